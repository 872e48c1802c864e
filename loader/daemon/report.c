// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the pinned maps tell. */
#include "daemon/report.h"

#define LATE_US 3000000

#include <stdarg.h>
#include <stdio.h>

#include "base/version.h"
#include "core/mac.h"
#include "core/words.h"

#define WARNING_SIZE 512

void report_warn(json_t *document, const char *format, ...)
{
	char text[WARNING_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(json_object_get(document, "warnings"), json_string(text));
}

/* ---- counters ---- */

static unsigned long long sum_verdict(const struct xnlb_counters *counters,
				      enum xnlb_verdict verdict)
{
	const unsigned long long *packets = (const unsigned long long *)counters;
	unsigned long long sum = 0;

	for (int reason = 0; reason < XNLB_REASONS; reason++)
		if (reason_verdict(reason) == verdict)
			sum += packets[reason];
	return sum;
}

static unsigned long long reason_packets(const struct state *state, enum xnlb_reason reason)
{
	unsigned long long sum = 0;

	for (__u32 i = 0; i <= state->tables->cluster.rules; i++)
		sum += ((const unsigned long long *)&state->counters[i])[reason];
	return sum;
}

static json_t *counters(const struct state *state)
{
	json_t *object = json_object();

	for (int reason = 0; reason < XNLB_REASONS; reason++)
		json_object_set_new(object, reason_name(reason),
				    json_integer((json_int_t)reason_packets(state, reason)));
	return object;
}

/* ---- rules ---- */

/* A rule, or, number 0, the traffic that none covers. */
static json_t *rule(const struct state *state, __u32 number)
{
	const struct tables *tables = state->tables;
	const struct xnlb_rule *rule = &tables->rule[number];
	const struct xnlb_counters *counters = &state->counters[number];
	double share =
		100.0 * tables_share(tables, number, (uint8_t)tables->cluster.node) / XNLB_BUCKETS;
	char ports[PORTS_TEXT_SIZE];

	if (number == 0 && tables->cluster.default_action == XNLB_DEFAULT_DROP)
		share = 0;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:I, s:I}", "name", rule->name, "ip",
			 rule->ip, "protocol",
			 number ? word_of(protocol_words, rule->protocol) : "any", "ports",
			 ports_text(rule->port_first, rule->port_last, ports), "mode",
			 number ? word_of(filter_words, rule->filter) : "default", "affinity",
			 word_of(affinity_words, rule->affinity), "share", share, "accepted",
			 (json_int_t)sum_verdict(counters, XNLB_VERDICT_ACCEPT), "dropped",
			 (json_int_t)sum_verdict(counters, XNLB_VERDICT_DROP));
}

static json_t *rules(const struct state *state)
{
	json_t *array = json_array();

	for (__u32 i = 1; i <= state->tables->cluster.rules; i++)
		json_array_append_new(array, rule(state, i));
	return array;
}

/* ---- nodes ---- */

static json_t *node(const struct tables *tables, unsigned int id)
{
	return json_pack("{s:i, s:s, s:s}", "id", id, "name", tables->node[id].name, "state",
			 word_of(state_words, tables->node[id].state));
}

static json_t *nodes(const struct tables *tables)
{
	json_t *array = json_array();

	for (unsigned int id = 1; id <= XNLB_NODES_MAX; id++)
		if (tables->node[id].name[0])
			json_array_append_new(array, node(tables, id));
	return array;
}

/* Without a lease it takes nothing; with one it may still be on the way to its view. */
static const char *convergence_word(const struct state *state, const struct report_live *live)
{
	/* Attached without a daemon: its lease has no end. */
	if (state->live.lease_ns == XNLB_LEASE_FOREVER)
		return "static";
	if (!state->leased)
		return "idle";
	if (live && state_operates(live->news->state) && live->news->state != XNLB_STATE_ACTIVE)
		return "converging";
	return "converged";
}

static bool is_member(const struct state *state, const struct report_live *live, unsigned int id)
{
	if (live && state_operates(live->news->state))
		return live->news->view.members & node_bit((uint8_t)id);
	return state->tables->node[id].state == XNLB_NODE_LIVE;
}

static json_t *convergence(const struct state *state, const struct report_live *live)
{
	bool is_static = state->live.lease_ns == XNLB_LEASE_FOREVER;
	json_t *members = json_array();

	for (unsigned int id = 1; id <= XNLB_NODES_MAX; id++)
		if (state->tables->node[id].name[0] && is_member(state, live, id))
			json_array_append_new(members, json_integer(id));
	return json_pack("{s:s, s:I, s:o}", "state", convergence_word(state, live), "epoch",
			 (json_int_t)(is_static ? state->live.epoch : state->live.view_epoch),
			 "members", members);
}

/* ---- the whole ---- */

static json_t *ips(const struct tables *tables)
{
	json_t *array = json_array();

	for (__u32 i = 0; i < tables->cluster.ips; i++)
		json_array_append_new(array, json_string(tables->ip[i].text));
	return array;
}

static const char *why_unleased(const struct report_live *live)
{
	static const char *const texts[] = {
		[WISH_STARTED] = "its daemon runs, and has no lease",
		[WISH_DRAINING] = "it is drained and stops",
		[WISH_STOPPED] = "it is stopped; `xnlb start' starts it",
		[WISH_SUSPENDED] = "it is suspended; `xnlb resume' starts it",
	};

	return live ? texts[live->control->part]
		    : "its daemon does not run, or has no lease; `xnlb run' keeps one";
}

/* Not active in a view for much longer than that takes, another configuration included. */
static bool is_late(const struct report_live *live)
{
	const struct history *history = &live->news->history;
	const struct history_entry *newest = &history->entry[(history->count - 1) % HISTORY_MAX];

	return history->count && state_operates(live->news->state) &&
	       live->news->state != XNLB_STATE_ACTIVE && live->now.us - newest->began.us > LATE_US;
}

static void add_warnings(json_t *document, const struct state *state,
			 const struct report_live *live)
{
	if (!state->leased)
		report_warn(document, "this node takes no new connections: %s", why_unleased(live));
	if (live && is_late(live))
		report_warn(document, "the view does not come about: its members do not all get "
				      "ready; `xnlb status' on each of them tells more");
	for (unsigned int i = 0; i < state->warnings; i++)
		report_warn(document, "%s", state->warning[i]);
}

json_t *report(const struct state *state, const char *instance, const struct report_live *live)
{
	const struct tables *tables = state->tables;
	const struct xnlb_cluster *cluster = &tables->cluster;
	char mac[MAC_TEXT_SIZE];
	json_t *document;

	document = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, "
		"s:[]}",
		"schema_version", XNLB_SCHEMA_VERSION, "cluster", cluster->name, "instance",
		instance, "mode", word_of(mode_words, cluster->mode), "cluster_mac",
		mac_text(cluster->cluster_mac, mac), "ips", ips(tables), "node",
		node(tables, cluster->node), "interface", cluster->interface, "xdp",
		word_of(xdp_words, cluster->xdp_hook), "attach",
		word_of(attach_words, cluster->attach), "tc", word_of(tc_words, cluster->tc_hook),
		"convergence", convergence(state, live), "nodes", nodes(tables), "rules",
		rules(state), "default", rule(state, 0), "counters", counters(state), "warnings");
	if (!document)
		return NULL;
	add_warnings(document, state, live);
	if (live)
		report_add_live(document, tables, live);
	return document;
}
