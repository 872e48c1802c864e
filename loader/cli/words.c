// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Enums as words. */
#include <stdio.h>

#include "cli/words.h"

/* Values come from maps that another program could have written: none is trusted as an index. */
#define WORD(table, value)                                                            \
	((unsigned int)(value) < sizeof(table) / sizeof((table)[0]) && (table)[value] \
		 ? (table)[value]                                                     \
		 : "?")

static const char *const modes[] = {
	[XNLB_UNICAST] = "unicast", [XNLB_MULTICAST] = "multicast", [XNLB_IGMP] = "igmp"};
static const char *const filters[] = {
	[XNLB_FILTER_DEFAULT] = "default",
	[XNLB_FILTER_MULTIPLE] = "multiple",
	[XNLB_FILTER_SINGLE] = "single",
	[XNLB_FILTER_DISABLED] = "disabled",
};
static const char *const affinities[] = {
	[XNLB_AFFINITY_NONE] = "none",
	[XNLB_AFFINITY_SINGLE] = "single",
	[XNLB_AFFINITY_NETWORK] = "network",
};
static const char *const protocols[] = {
	[XNLB_TCP] = "tcp", [XNLB_UDP] = "udp", [XNLB_BOTH] = "both"};
static const char *const verdicts[] = {
	[XNLB_VERDICT_ACCEPT] = "accept",
	[XNLB_VERDICT_DROP] = "drop",
	[XNLB_VERDICT_PASS] = "pass",
};
static const char *const xdp_hooks[] = {
	[XNLB_XDP_NATIVE] = "native", [XNLB_XDP_GENERIC] = "generic"};
static const char *const tc_hooks[] = {[XNLB_TC_TCX] = "tcx", [XNLB_TC_CLSACT] = "clsact"};
static const char *const states[] = {[XNLB_NODE_ABSENT] = "absent", [XNLB_NODE_LIVE] = "live"};

const char *mode_word(enum xnlb_cluster_mode mode)
{
	return WORD(modes, mode);
}

const char *filter_word(enum xnlb_filter filter)
{
	return WORD(filters, filter);
}

const char *affinity_word(enum xnlb_affinity affinity)
{
	return WORD(affinities, affinity);
}

const char *protocol_word(enum xnlb_protocol protocol)
{
	return WORD(protocols, protocol);
}

const char *verdict_word(enum xnlb_verdict verdict)
{
	return WORD(verdicts, verdict);
}

const char *xdp_word(enum xnlb_xdp_hook hook)
{
	return WORD(xdp_hooks, hook);
}

const char *tc_word(enum xnlb_tc_hook hook)
{
	return WORD(tc_hooks, hook);
}

const char *node_word(enum xnlb_node_state state)
{
	return WORD(states, state);
}

const char *ports_text(const struct xnlb_rule *rule, char text[PORTS_TEXT_SIZE])
{
	if (rule->port_first == 0 && rule->port_last == XNLB_PORTS - 1)
		snprintf(text, PORTS_TEXT_SIZE, "all");
	else if (rule->port_first == rule->port_last)
		snprintf(text, PORTS_TEXT_SIZE, "%u", rule->port_first);
	else
		snprintf(text, PORTS_TEXT_SIZE, "%u-%u", rule->port_first, rule->port_last);
	return text;
}
