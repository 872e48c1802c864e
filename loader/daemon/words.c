// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/words.h"

#include <stdio.h>
#include <xnlb/wire.h>

#include "daemon/control.h"

const struct word member_words[] = {
	{"listening", XNLB_STATE_LISTEN}, {"preparing", XNLB_STATE_PREP},
	{"ready", XNLB_STATE_READY},	  {"active", XNLB_STATE_ACTIVE},
	{"leaving", XNLB_STATE_LEAVING},  {NULL, 0},
};

const struct word part_words[] = {
	{"mode or default", XNLB_PART_MODE},
	{"cluster IPs", XNLB_PART_IPS},
	{"nodes", XNLB_PART_NODES},
	{"rules", XNLB_PART_RULES},
	{"heartbeat or quorum", XNLB_PART_TIMES},
	{"seed", XNLB_PART_SEED},
	{"version of xnlb", DIFFERS_VERSION},
	{"key", DIFFERS_KEY},
	{NULL, 0},
};

const struct word verb_words[] = {
	{"start", CONTROL_START},	  {"stop", CONTROL_STOP},
	{"drainstop", CONTROL_DRAINSTOP}, {"suspend", CONTROL_SUSPEND},
	{"resume", CONTROL_RESUME},	  {"enable", CONTROL_ENABLE},
	{"disable", CONTROL_DISABLE},	  {"drain", CONTROL_DRAIN},
	{"weight", CONTROL_WEIGHT},	  {NULL, 0},
};

const struct word answer_words[] = {
	{"none", CONTROL_NONE},		  {"taken", CONTROL_TAKEN},   {"no-rule", CONTROL_NO_RULE},
	{"suspended", CONTROL_SUSPENDED}, {"absent", CONTROL_ABSENT}, {NULL, 0},
};

const struct word asked_words[] = {
	{"started", WISH_STARTED},
	{"draining", WISH_DRAINING},
	{"stopped", WISH_STOPPED},
	{"suspended", WISH_SUSPENDED},
	{NULL, 0},
};

const struct word rule_state_words[] = {
	{"open", WISH_OPEN},
	{"draining", WISH_RULE_DRAINING},
	{"closed", WISH_CLOSED},
	{NULL, 0},
};

const char *parts_text(uint8_t differs, char text[PARTS_TEXT_SIZE])
{
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < DIFFERS_BITS; i++)
		if (differs >> i & 1)
			length += (size_t)snprintf(text + length, PARTS_TEXT_SIZE - length, "%s%s",
						   length ? ", " : "", word_of(part_words, i));
	return text;
}

const char *mismatch_text(const char *node, uint8_t differs, bool member,
			  char text[MISMATCH_TEXT_SIZE])
{
	char parts[PARTS_TEXT_SIZE];

	snprintf(text, MISMATCH_TEXT_SIZE, "%s has another configuration: %s%s; %s", node,
		 parts_text(differs, parts),
		 differs >> DIFFERS_KEY & 1 ? " (or somebody forges its heartbeats)" : "",
		 member ? "as long as it is a member, the former one is gone by"
			: "it is heard, and not admitted");
	return text;
}

const char *twice_text(const char *node, uint8_t id, char text[MISMATCH_TEXT_SIZE])
{
	snprintf(text, MISMATCH_TEXT_SIZE,
		 "another machine is node %u (%s) too: `--node' or its host name is wrong there, "
		 "or here",
		 id, node);
	return text;
}

const char *silent_text(const char *node, bool ipv6, char text[MISMATCH_TEXT_SIZE])
{
	snprintf(text, MISMATCH_TEXT_SIZE,
		 "%s is not heard over IPv%d, only over IPv%d: does the switch carry that to all "
		 "nodes?",
		 node, ipv6 ? 6 : 4, ipv6 ? 4 : 6);
	return text;
}
