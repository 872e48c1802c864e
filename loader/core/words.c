// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Enums as words. Knows who uses none of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/words.h"

const struct word mode_words[] = {
	{"unicast", XNLB_UNICAST},
	{"multicast", XNLB_MULTICAST},
	{"igmp", XNLB_IGMP},
	{NULL, 0},
};

const struct word default_words[] = {
	{"node", XNLB_DEFAULT_NODE},
	{"drop", XNLB_DEFAULT_DROP},
	{NULL, 0},
};

const struct word quorum_words[] = {
	{"none", XNLB_QUORUM_NONE},
	{"majority", XNLB_QUORUM_MAJORITY},
	{NULL, 0},
};

const struct word attach_words[] = {
	{"exclusive", XNLB_ATTACH_EXCLUSIVE},
	{"dispatcher", XNLB_ATTACH_DISPATCHER},
	{NULL, 0},
};

const struct word protocol_words[] = {
	{"tcp", XNLB_TCP},
	{"udp", XNLB_UDP},
	{"both", XNLB_BOTH},
	{NULL, 0},
};

const struct word filter_words[] = {
	{"multiple", XNLB_FILTER_MULTIPLE},
	{"single", XNLB_FILTER_SINGLE},
	{"disabled", XNLB_FILTER_DISABLED},
	{NULL, 0},
};

const struct word affinity_words[] = {
	{"none", XNLB_AFFINITY_NONE},
	{"single", XNLB_AFFINITY_SINGLE},
	{"network", XNLB_AFFINITY_NETWORK},
	{NULL, 0},
};

const struct word verdict_words[] = {
	{"accept", XNLB_VERDICT_ACCEPT},
	{"drop", XNLB_VERDICT_DROP},
	{"pass", XNLB_VERDICT_PASS},
	{NULL, 0},
};

const struct word state_words[] = {
	{"absent", XNLB_NODE_ABSENT},
	{"live", XNLB_NODE_LIVE},
	{NULL, 0},
};

const struct word xdp_words[] = {
	{"native", XNLB_XDP_NATIVE},
	{"generic", XNLB_XDP_GENERIC},
	{NULL, 0},
};

const struct word tc_words[] = {
	{"tcx", XNLB_TC_TCX},
	{"clsact", XNLB_TC_CLSACT},
	{NULL, 0},
};

const char *word_of(const struct word *words, int value)
{
	for (; words->word; words++)
		if (words->value == value)
			return words->word;
	return "?";
}

int word_value(const struct word *words, const char *word, int *out)
{
	for (; words->word; words++) {
		if (!strcmp(words->word, word)) {
			*out = words->value;
			return 0;
		}
	}
	return -EINVAL;
}

const char *ports_text(__u16 first, __u16 last, char text[PORTS_TEXT_SIZE])
{
	if (first == 0 && last == XNLB_PORTS - 1)
		snprintf(text, PORTS_TEXT_SIZE, "all");
	else if (first == last)
		snprintf(text, PORTS_TEXT_SIZE, "%u", first);
	else
		snprintf(text, PORTS_TEXT_SIZE, "%u-%u", first, last);
	return text;
}
