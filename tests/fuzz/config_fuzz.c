// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as a configuration. Whatever they are: no crash, no leak, an answer; what is reported
 * can be printed on a terminal; and what is accepted keeps the limits that the core relies on and
 * is the same when it is printed and read again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "fuzz.h"

/* One line after the other, printable, none of them endless. */
static void require_printable(const char *text, size_t length)
{
	size_t column = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		REQUIRE(c == '\n' || (c >= 0x20 && c != 0x7f));
		column = c == '\n' ? 0 : column + 1;
		REQUIRE(column < 1200);
	}
	REQUIRE(!length || text[length - 1] == '\n');
}

static void require_rule(const struct cluster *cluster, const struct rule *rule)
{
	unsigned int weights = 0, first = 0;

	REQUIRE(*rule->name && memchr(rule->name, 0, sizeof(rule->name)));
	REQUIRE(rule->ip == RULE_IP_ALL || rule->ip < cluster->ips);
	REQUIRE(rule->protocol >= XNLB_TCP && rule->protocol <= XNLB_BOTH);
	REQUIRE(rule->port_first <= rule->port_last);
	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		bool known = cluster_node(cluster, (uint8_t)(i + 1)) != NULL;

		REQUIRE(rule->weight[i] <= XNLB_WEIGHT_MAX && (known || !rule->weight[i]));
		REQUIRE(known || !rule->priority[i]);
		weights += rule->weight[i];
		first += rule->priority[i];
	}
	REQUIRE((rule->filter == XNLB_FILTER_MULTIPLE) == (weights > 0));
	REQUIRE((rule->filter == XNLB_FILTER_SINGLE) == (first > 0));
}

static void require_cluster(const struct cluster *cluster)
{
	node_set set = 0;

	REQUIRE(*cluster->name && !strchr(cluster->name, '.') && !strchr(cluster->name, '/'));
	REQUIRE(cluster->ips >= 1 && cluster->ips <= XNLB_IPS_MAX);
	REQUIRE(cluster->nodes >= 1 && cluster->nodes <= XNLB_NODES_MAX);
	REQUIRE(cluster->rules <= XNLB_RULES_MAX);
	REQUIRE(cluster->heartbeat.interval_us && cluster->heartbeat.tolerance);
	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];

		REQUIRE(node->id >= 1 && node->id <= XNLB_NODES_MAX && *node->name);
		REQUIRE(!(set & node_bit(node->id)));
		REQUIRE(*node->interface || *cluster->interface);
		set |= node_bit(node->id);
	}
	for (unsigned int i = 0; i < cluster->rules; i++)
		require_rule(cluster, &cluster->rule[i]);
}

static void require_same_again(const struct config *config)
{
	struct config *again = NULL;
	json_t *json = config_json(config), *json_again;
	char *text = json_dumps(json, JSON_INDENT(1));

	REQUIRE(text);
	REQUIRE(!config_parse("again.yaml", text, strlen(text), stderr, &again));
	json_again = config_json(again);
	REQUIRE(json_equal(json, json_again));
	json_decref(json_again);
	config_free(again);
	free(text);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	char *report = NULL;
	size_t length = 0;
	FILE *errors = open_memstream(&report, &length);
	int err;

	REQUIRE(errors);
	err = config_parse("fuzz.yaml", (const char *)data, size, errors, &config);
	fclose(errors);
	REQUIRE(!err == !length && !err == !!config);
	require_printable(report, length);
	if (config) {
		require_cluster(&config->cluster);
		require_same_again(config);
	}
	config_free(config);
	free(report);
	return 0;
}
