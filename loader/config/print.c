// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A configuration as JSON, in the same shape as the file: read again, it is the same. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "core/words.h"

static json_t *cluster_json(const struct config *config)
{
	const struct cluster *cluster = &config->cluster;
	json_t *ips = json_array();
	char text[IP_TEXT_SIZE];

	for (unsigned int i = 0; i < cluster->ips; i++)
		if (json_array_append_new(ips, json_string(ip_text(&cluster->ip[i], text)))) {
			json_decref(ips);
			return NULL;
		}
	return json_pack("{s:s, s:s, s:o, s:s*, s:s, s:s, s:s, s:s}", "name", cluster->name, "mode",
			 word_of(mode_words, cluster->mode), "ips", ips, "interface",
			 *cluster->interface ? cluster->interface : NULL, "key_file",
			 config->key_file, "default",
			 word_of(default_words, cluster->default_action), "quorum",
			 word_of(quorum_words, cluster->quorum), "attach",
			 word_of(attach_words, cluster->attach));
}

static json_t *heartbeat_json(const struct cluster *cluster)
{
	unsigned int us = cluster->heartbeat.interval_us;
	char text[16];

	snprintf(text, sizeof(text), us % 1000 ? "%uus" : "%ums", us % 1000 ? us : us / 1000);
	return json_pack("{s:s, s:i, s:i}", "interval", text, "tolerance",
			 (int)cluster->heartbeat.tolerance, "port", (int)cluster->heartbeat.port);
}

static json_t *nodes_json(const struct cluster *cluster)
{
	json_t *nodes = json_array();

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];
		const char *interface = *node->interface ? node->interface : NULL;

		if (json_array_append_new(nodes,
					  json_pack("{s:i, s:s, s:s*}", "id", (int)node->id, "name",
						    node->name, "interface", interface))) {
			json_decref(nodes);
			return NULL;
		}
	}
	return nodes;
}

/* Numbers by node name. `zeros`: those of 0 too. */
static json_t *by_node_json(const struct cluster *cluster, const uint8_t numbers[XNLB_NODES_MAX],
			    bool zeros)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];
		int number = numbers[node->id - 1];

		if (!number && !zeros)
			continue;
		if (json_object_set_new(object, node->name, json_integer(number))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *rule_json(const struct cluster *cluster, const struct rule *rule)
{
	char ports[PORTS_TEXT_SIZE], ip[IP_TEXT_SIZE] = "all";
	json_t *weights = NULL, *priorities = NULL;

	ports_text(rule->port_first, rule->port_last, ports);
	if (rule->ip != RULE_IP_ALL)
		ip_text(&cluster->ip[rule->ip], ip);
	if (rule->filter == XNLB_FILTER_MULTIPLE)
		weights = by_node_json(cluster, rule->weight, true);
	if (rule->filter == XNLB_FILTER_SINGLE)
		priorities = by_node_json(cluster, rule->priority, false);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o*, s:o*}", "name", rule->name,
			 "ip", ip, "protocol", word_of(protocol_words, rule->protocol), "ports",
			 ports, "mode", word_of(filter_words, rule->filter), "affinity",
			 word_of(affinity_words, rule->affinity), "timeout", "0s", "weights",
			 weights, "priorities", priorities);
}

static json_t *rules_json(const struct cluster *cluster)
{
	json_t *rules = json_array();

	for (unsigned int i = 0; i < cluster->rules; i++)
		if (json_array_append_new(rules, rule_json(cluster, &cluster->rule[i]))) {
			json_decref(rules);
			return NULL;
		}
	return rules;
}

json_t *config_json(const struct config *config)
{
	const struct cluster *cluster = &config->cluster;

	return json_pack("{s:o, s:o, s:o, s:o}", "cluster", cluster_json(config), "heartbeat",
			 heartbeat_json(cluster), "nodes", nodes_json(cluster), "rules",
			 rules_json(cluster));
}
