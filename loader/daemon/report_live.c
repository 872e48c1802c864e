// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What only the daemon knows: its membership, the other nodes as it hears them, the history. */
#include <stdio.h>
#include <time.h>

#include "core/words.h"
#include "daemon/report.h"
#include "daemon/words.h"

#define TIME_SIZE 64

/* ---- the node itself ---- */

static json_t *membership(const struct report_live *live)
{
	const struct control_state *control = live->control;
	const struct beat_news *news = live->news;

	return json_pack("{s:s, s:s, s:i, s:b, s:I, s:{s:I, s:I, s:I, s:I}}", "state",
			 word_of(member_words, news->state), "asked",
			 word_of(asked_words, control->part), "weight", control->weight, "draining",
			 control->draining, "connections", (json_int_t)control->connections,
			 "heartbeats", "sent", (json_int_t)news->sent, "heard",
			 (json_int_t)news->heard, "refused", (json_int_t)news->refused,
			 "mismatched", (json_int_t)news->mismatched);
}

/* ---- the nodes ---- */

static json_t *differs(uint8_t parts)
{
	json_t *array = json_array();

	for (int part = 0; part < DIFFERS_BITS; part++)
		if (parts >> part & 1)
			json_array_append_new(array, json_string(word_of(part_words, part)));
	return array;
}

static void warn_of_node(json_t *document, const char *name, uint8_t id,
			 const struct beat_news *news)
{
	char text[MISMATCH_TEXT_SIZE];

	if (news->differs[id - 1])
		report_warn(document, "%s",
			    mismatch_text(name, news->differs[id - 1],
					  news->view.members & node_bit(id), text));
	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		if (news->silent[ipv6] & node_bit(id))
			report_warn(document, "%s", silent_text(name, ipv6, text));
	if (news->twice & node_bit(id))
		report_warn(document, "%s", twice_text(name, id, text));
}

static void add_nodes(json_t *document, const struct tables *tables, const struct report_live *live)
{
	const struct beat_news *news = live->news;
	size_t index;
	json_t *node;

	json_array_foreach(json_object_get(document, "nodes"), index, node) {
		uint8_t id = (uint8_t)json_integer_value(json_object_get(node, "id"));
		node_set bit = node_bit(id);
		bool heard = id == tables->cluster.node || news->live & bit;
		bool member = state_operates(news->state) && news->view.members & bit;

		json_object_set_new(node, "heard", json_boolean(heard));
		json_object_set_new(node, "weight",
				    member ? json_integer(news->view.weight[id - 1]) : json_null());
		json_object_set_new(node, "differs", differs(news->differs[id - 1]));
		json_object_set_new(node, "twice", json_boolean(news->twice & bit));
		warn_of_node(document, tables->node[id].name, id, news);
	}
}

/* ---- the rules ---- */

static void warn_of_drain(json_t *document, const char *what, uint32_t connections)
{
	report_warn(document, "%s is draining: %u connection%s left", what, connections,
		    connections == 1 ? " is" : "s are");
}

static void add_rule(json_t *document, json_t *rule, uint32_t number, const struct tables *tables,
		     const struct control_state *control)
{
	int state = control->rule[number].state;
	uint32_t connections = control->rule[number].connections;
	char what[XNLB_NAME_SIZE + 8];

	json_object_set_new(rule, "state", json_string(word_of(rule_state_words, state)));
	json_object_set_new(rule, "connections", json_integer(connections));
	if (state != WISH_RULE_DRAINING)
		return;
	snprintf(what, sizeof(what), "rule %s", tables->rule[number].name);
	warn_of_drain(document, number ? what : "what no rule covers", connections);
}

static void add_rules(json_t *document, const struct tables *tables,
		      const struct control_state *control)
{
	size_t index;
	json_t *rule;

	json_array_foreach(json_object_get(document, "rules"), index, rule) {
		add_rule(document, rule, (uint32_t)index + 1, tables, control);
	}
	add_rule(document, json_object_get(document, "default"), 0, tables, control);
	if (control->part == WISH_DRAINING)
		warn_of_drain(document, "this node", control->connections);
}

/* ---- the history ---- */

/* RFC 3339, in UTC. */
static const char *time_text(const struct report_live *live, struct instant when,
			     char text[TIME_SIZE])
{
	int64_t us = live->unix_us - (live->now.us - when.us);
	time_t seconds = (time_t)(us / 1000000);
	size_t length;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	length = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, TIME_SIZE - length, ".%03dZ", (int)(us / 1000 % 1000));
	return text;
}

static json_t *names(const struct tables *tables, node_set nodes)
{
	json_t *array = json_array();

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
		if (nodes & node_bit(id))
			json_array_append_new(array, json_string(tables->node[id].name));
	return array;
}

static json_t *ids(node_set nodes)
{
	json_t *array = json_array();

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
		if (nodes & node_bit(id))
			json_array_append_new(array, json_integer(id));
	return array;
}

static json_t *why(const struct tables *tables, const struct history_entry *entry)
{
	const struct {
		const char *what;
		bool so;
		node_set nodes;
	} reasons[] = {
		{"joined", entry->joined, entry->joined},
		{"lost", entry->lost, entry->lost},
		{"left", entry->left, entry->left},
		{"restarted", entry->restarted, entry->restarted},
		{"weight", entry->weighed, entry->weighed},
		{"rules", entry->ruled, entry->ruled},
		{"mismatch", entry->mismatched, entry->mismatched},
		{"configuration", entry->configured, 0},
		{"listening", !entry->epoch, 0},
	};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].so)
			json_array_append_new(array,
					      json_pack("{s:s, s:o}", "what", reasons[i].what,
							"nodes", names(tables, reasons[i].nodes)));
	return array;
}

static json_t *entry_json(const struct tables *tables, const struct report_live *live,
			  const struct history_entry *entry)
{
	bool known = entry->of;
	char at[TIME_SIZE];

	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "at",
			 time_text(live, entry->began, at), "epoch", (json_int_t)entry->epoch,
			 "why", why(tables, entry), "members", ids(entry->members), "took_ms",
			 entry->took_us < 0 ? json_null() : json_integer(entry->took_us / 1000),
			 "moved", known ? json_integer(entry->moved) : json_null(), "of",
			 known ? json_integer(entry->of) : json_null());
}

static json_t *history(const struct tables *tables, const struct report_live *live)
{
	const struct history *history = &live->news->history;
	uint64_t first = history->count > HISTORY_MAX ? history->count - HISTORY_MAX : 0;
	json_t *array = json_array();

	for (uint64_t i = first; i < history->count; i++)
		json_array_append_new(array,
				      entry_json(tables, live, &history->entry[i % HISTORY_MAX]));
	return array;
}

void report_add_live(json_t *document, const struct tables *tables, const struct report_live *live)
{
	if (live->refused)
		report_warn(document, "the configuration was read again and not taken: the "
				      "daemon's messages say why, and the former one stays");
	add_nodes(document, tables, live);
	add_rules(document, tables, live->control);
	json_object_set_new(document, "membership", membership(live));
	json_object_set_new(document, "history", history(tables, live));
}
