// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The document of an instance: what the maps tell, and what a daemon adds. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report.h"

#define SECOND 1000000

static struct xnlb_plan plan;
static struct xnlb_counters counters[2];
static struct tables tables;
static struct state state;
static struct control_state control;
static struct beat_news news;
static struct report_live live;

/* Three nodes, one rule, this is node 2: it has a quarter of the rule. */
static void setup(void)
{
	static const char *const names[] = {"", "node1", "node2", "node3"};

	tables.cluster = (struct xnlb_cluster){
		.name = "web", .node = 2, .nodes = 3, .ips = 1, .rules = 1, .interface = "eth0"};
	for (int id = 1; id <= 3; id++) {
		strcpy(tables.node[id].name, names[id]);
		tables.node[id].state = XNLB_NODE_LIVE;
	}
	strcpy(tables.ip[0].text, "192.168.1.100");
	tables.rule[1] = (struct xnlb_rule){.name = "http",
					    .ip = "all",
					    .protocol = XNLB_TCP,
					    .filter = XNLB_FILTER_MULTIPLE,
					    .port_first = 80,
					    .port_last = 80};
	strcpy(tables.rule[0].name, "no rule");
	tables.plan = &plan;
	for (int i = 0; i < XNLB_BUCKETS; i++)
		plan.owner[i] = i % 4 ? 1 : 2;
	state = (struct state){.tables = &tables,
			       .live = {.lease_ns = 5, .view_epoch = 9},
			       .leased = true,
			       .counters = counters,
			       .warnings = 1,
			       .warning = {"something is missing"}};
	control.weight = 50;
	news.state = XNLB_STATE_ACTIVE;
	news.view.members = node_bit(1) | node_bit(2);
	news.view.weight[0] = 100;
	news.view.weight[1] = 50;
	live = (struct report_live){.news = &news,
				    .control = &control,
				    .now = {100 * SECOND},
				    .unix_us = 1000000000LL * SECOND};
}

/* What a path leads to, as text: "rules.0.name". */
static void expect_at(const json_t *document, const char *path, const char *expected)
{
	char *copy = strdup(path), *rest = copy, *word, *text;
	const json_t *at = document;

	while ((word = strsep(&rest, ".")))
		at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10))
				       : json_object_get(at, word);
	text = at ? json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");
	cr_expect_str_eq(text, expected, "%s is %s instead of %s", path, text, expected);
	free(text);
	free(copy);
}

Test(report, without_a_daemon, .init = setup)
{
	json_t *document = report(&state, "other", NULL);

	expect_at(document, "schema_version", "1");
	expect_at(document, "instance", "\"other\"");
	expect_at(document, "node", "{\"id\":2,\"name\":\"node2\",\"state\":\"live\"}");
	expect_at(document, "convergence",
		  "{\"state\":\"converged\",\"epoch\":9,\"members\":[1,2,3]}");
	expect_at(document, "rules.0.share", "25.0");
	expect_at(document, "rules.0.ports", "\"80\"");
	expect_at(document, "rules.0.state", "nothing");
	expect_at(document, "rules.1", "nothing");
	expect_at(document, "nodes.2.heard", "nothing");
	expect_at(document, "warnings", "[\"something is missing\"]");
	expect_at(document, "membership", "nothing");
	expect_at(document, "history", "nothing");
	json_decref(document);
}

Test(report, why_nothing_new_is_taken, .init = setup)
{
	static const struct {
		enum wish_part part;
		const char *text;
	} rows[] = {
		{WISH_STARTED, "its daemon runs, and has no lease"},
		{WISH_STOPPED, "it is stopped; `xnlb start' starts it"},
		{WISH_SUSPENDED, "it is suspended; `xnlb resume' starts it"},
	};
	char expected[128];
	json_t *document;

	state.leased = false;
	state.warnings = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		control.part = rows[i].part;
		document = report(&state, "web", &live);
		snprintf(expected, sizeof(expected), "[\"this node takes no new connections: %s\"]",
			 rows[i].text);
		expect_at(document, "warnings", expected);
		expect_at(document, "convergence.state", "\"idle\"");
		json_decref(document);
	}
}

Test(report, nodes_as_a_daemon_hears_them, .init = setup)
{
	json_t *document;

	state.warnings = 0;
	news.live = node_bit(1) | node_bit(3);
	news.differs[2] = 1u << XNLB_PART_RULES | 1u << XNLB_PART_SEED;
	news.twice = node_bit(2);
	document = report(&state, "web", &live);
	expect_at(document, "nodes.0",
		  "{\"id\":1,\"name\":\"node1\",\"state\":\"live\",\"heard\":true,"
		  "\"weight\":100,\"differs\":[],\"twice\":false}");
	expect_at(document, "nodes.1.heard", "true");
	expect_at(document, "nodes.1.weight", "50");
	expect_at(document, "nodes.1.twice", "true");
	expect_at(document, "nodes.2.weight", "null");
	expect_at(document, "nodes.2.differs", "[\"rules\",\"seed\"]");
	expect_at(document, "warnings.0",
		  "\"another machine is node 2 (node2) too: `--node' or its host name is wrong "
		  "there, or here\"");
	expect_at(document, "warnings.1",
		  "\"node3 has another configuration: rules, seed; it is heard, and not "
		  "admitted\"");
	json_decref(document);
	news.state = XNLB_STATE_LISTEN;
	news.live = 0;
	document = report(&state, "web", &live);
	expect_at(document, "nodes.0.weight", "null");
	expect_at(document, "nodes.0.heard", "false");
	expect_at(document, "nodes.1.heard", "true");
	json_decref(document);
}

Test(report, drains_are_warnings, .init = setup)
{
	json_t *document;

	state.warnings = 0;
	control.part = WISH_DRAINING;
	control.draining = true;
	control.connections = 3;
	control.rule[0].state = WISH_CLOSED;
	control.rule[1].state = WISH_RULE_DRAINING;
	control.rule[1].connections = 1;
	document = report(&state, "web", &live);
	expect_at(document, "membership",
		  "{\"state\":\"active\",\"asked\":\"draining\",\"weight\":50,\"draining\":true,"
		  "\"connections\":3,\"heartbeats\":{\"sent\":0,\"heard\":0,\"refused\":0,"
		  "\"mismatched\":0}}");
	expect_at(document, "rules.0.state", "\"draining\"");
	expect_at(document, "rules.0.connections", "1");
	expect_at(document, "default.state", "\"closed\"");
	expect_at(document, "warnings",
		  "[\"rule http is draining: 1 connection is left\","
		  "\"this node is draining: 3 connections are left\"]");
	json_decref(document);
}

Test(report, history_newest_last, .init = setup)
{
	struct history *history = &news.history;
	json_t *document;

	history->count = 2;
	history->entry[0] = (struct history_entry){.epoch = 8,
						   .began = {98 * SECOND + 250000},
						   .took_us = 512345,
						   .members = node_bit(1) | node_bit(2),
						   .joined = node_bit(1),
						   .lost = node_bit(2) | node_bit(3),
						   .configured = true,
						   .moved = 1024,
						   .of = 4096};
	history->entry[1] = (struct history_entry){.began = {100 * SECOND}, .took_us = -1};
	document = report(&state, "web", &live);
	expect_at(document, "history.0",
		  "{\"at\":\"2001-09-09T01:46:38.250Z\",\"epoch\":8,\"why\":["
		  "{\"what\":\"joined\",\"nodes\":[\"node1\"]},"
		  "{\"what\":\"lost\",\"nodes\":[\"node2\",\"node3\"]},"
		  "{\"what\":\"configuration\",\"nodes\":[]}],"
		  "\"members\":[1,2],\"took_ms\":512,\"moved\":1024,\"of\":4096}");
	expect_at(document, "history.1",
		  "{\"at\":\"2001-09-09T01:46:40.000Z\",\"epoch\":0,\"why\":["
		  "{\"what\":\"listening\",\"nodes\":[]}],"
		  "\"members\":[],\"took_ms\":null,\"moved\":null,\"of\":null}");
	expect_at(document, "history.2", "nothing");
	json_decref(document);
	/* of many the newest */
	history->count = HISTORY_MAX + 5;
	history->entry[4].epoch = 77;
	history->entry[5].epoch = 66;
	document = report(&state, "web", &live);
	cr_expect_eq(json_array_size(json_object_get(document, "history")), HISTORY_MAX);
	expect_at(document, "history.0.epoch", "66");
	expect_at(document, "history.31.epoch", "77");
	json_decref(document);
}
