// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The keys of a configuration, except those of a rule (rules.c). */
#include <string.h>

#include "config/reader.h"

#define INTERVAL_LEAST 10000u	 /* us: below, the kernel's timers are too coarse */
#define INTERVAL_MOST  10000000u /* us: NLB's limit */

static void set_cluster_name(struct reader *r, const struct key *key, const struct yaml *value)
{
	read_plain_name(r, key, value, r->config->cluster.name);
}

static void set_mode(struct reader *r, const struct key *key, const struct yaml *value)
{
	int mode;

	if (read_choice(r, key, value, mode_words, &mode))
		r->config->cluster.mode = (enum xnlb_cluster_mode)mode;
}

static void set_default(struct reader *r, const struct key *key, const struct yaml *value)
{
	int action;

	if (read_choice(r, key, value, default_words, &action))
		r->config->cluster.default_action = (enum xnlb_default)action;
}

static void set_quorum(struct reader *r, const struct key *key, const struct yaml *value)
{
	int quorum;

	if (read_choice(r, key, value, quorum_words, &quorum))
		r->config->cluster.quorum = (enum xnlb_quorum)quorum;
}

static void set_attach(struct reader *r, const struct key *key, const struct yaml *value)
{
	int attach;

	if (read_choice(r, key, value, attach_words, &attach))
		r->config->cluster.attach = (enum xnlb_attach)attach;
}

static void set_ips(struct reader *r, const struct key *key, const struct yaml *list)
{
	struct cluster *cluster = &r->config->cluster;
	unsigned int errors = r->report->errors;

	if (!list->first)
		report_error(r->report, list->mark, "%s: a cluster has at least one IP", key->name);
	for (const struct yaml *item = list->first; item; item = item->next) {
		struct ip_addr ip;
		unsigned int same;

		if (cluster->ips == XNLB_IPS_MAX) {
			report_error(r->report, item->mark, "%s: more than %d cluster IPs",
				     key->name, XNLB_IPS_MAX);
			break;
		}
		if (!read_cluster_ip(r, item, &ip))
			continue;
		for (same = 0; same < cluster->ips; same++)
			if (ip_equal(&cluster->ip[same], &ip))
				break;
		if (same < cluster->ips) {
			report_error(r->report, item->mark,
				     "%s: %s is given twice: first in line %u", key->name,
				     item->text, r->config->ip_mark[same].line);
			continue;
		}
		r->config->ip_mark[cluster->ips] = item->mark;
		cluster->ip[cluster->ips++] = ip;
	}
	r->ips_sound = r->report->errors == errors;
}

static void set_interface(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->config->interface_mark = value->mark;
	read_interface(r, key, value, r->config->cluster.interface);
}

static void set_key_file(struct reader *r, const struct key *key, const struct yaml *value)
{
	if (!*value->text || strlen(value->text) > 4000) {
		report_error(r->report, value->mark, "%s: this is not the name of a file",
			     key->name);
		return;
	}
	r->config->key_mark = value->mark;
	r->config->key_file = strdup(value->text);
	if (!r->config->key_file)
		report_error(r->report, value->mark, "memory is short");
}

static void set_interval(struct reader *r, const struct key *key, const struct yaml *value)
{
	uint64_t us;

	if (!read_duration(r, key, value, &us))
		return;
	if (us < INTERVAL_LEAST || us > INTERVAL_MOST)
		report_error(r->report, value->mark, "%s: " WORD " is not within 10ms and 10s",
			     key->name, value->text);
	else
		r->config->cluster.heartbeat.interval_us = (uint32_t)us;
}

static void set_tolerance(struct reader *r, const struct key *key, const struct yaml *value)
{
	read_number(r, key, value, 1, 100, &r->config->cluster.heartbeat.tolerance);
}

static void set_port(struct reader *r, const struct key *key, const struct yaml *value)
{
	unsigned int port;

	if (read_number(r, key, value, 1, XNLB_PORTS - 1, &port))
		r->config->cluster.heartbeat.port = (uint16_t)port;
}

static void set_node_id(struct reader *r, const struct key *key, const struct yaml *value)
{
	unsigned int id;

	r->node_fact->id = value->mark;
	if (read_number(r, key, value, 1, XNLB_NODES_MAX, &id))
		r->node->id = (uint8_t)id;
}

static void set_node_name(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->node_fact->name = value->mark;
	read_dotted_name(r, key, value, r->node->name);
}

static void set_node_interface(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->node_fact->interface = true;
	r->config->node_mark[r->node - r->config->cluster.node] = value->mark;
	read_interface(r, key, value, r->node->interface);
}

static void set_nodes(struct reader *r, const struct key *key, const struct yaml *list)
{
	struct cluster *cluster = &r->config->cluster;
	unsigned int errors = r->report->errors;

	if (!list->first)
		report_error(r->report, list->mark, "%s: a cluster has at least one node",
			     key->name);
	for (const struct yaml *item = list->first; item; item = item->next) {
		if (cluster->nodes == XNLB_NODES_MAX) {
			report_error(r->report, item->mark, "%s: more than %d nodes", key->name,
				     XNLB_NODES_MAX);
			break;
		}
		r->config->node_mark[cluster->nodes] = item->mark;
		r->node = &cluster->node[cluster->nodes];
		r->node_fact = &r->node_facts[cluster->nodes++];
		r->node_fact->place = item->mark;
		read_table(r, key->table, item);
	}
	r->nodes_sound = r->report->errors == errors;
}

/* clang-format off: a table, one key a paragraph */

static const struct key cluster_keys[] = {
	{"name", YAML_TEXT, .required = true, .type = "name", .set = set_cluster_name,
	 .help = "the cluster's name, also that of its instance on a host"},
	{"mode", YAML_TEXT, .required = true, .type = "unicast, multicast or igmp", .set = set_mode,
	 .help = "how every node gets every frame"},
	{"ips", YAML_LIST, .required = true, .type = "list of IP addresses", .set = set_ips,
	 .help = "the cluster IPs, IPv4 or IPv6, 1 to 64"},
	{"interface", YAML_TEXT, .type = "network interface", .absent = "each node names its own",
	 .set = set_interface, .help = "where the cluster IPs are served"},
	{"key_file", YAML_TEXT, .required = true, .type = "file", .set = set_key_file,
	 .help = "the cluster's secrets, made by `xnlb keygen'; relative to the configuration"},
	{"default", YAML_TEXT, .type = "node or drop", .fallback = "node", .set = set_default,
	 .help = "what happens to packets that no rule covers"},
	{"quorum", YAML_TEXT, .type = "none or majority", .fallback = "none", .set = set_quorum,
	 .help = "whether a minority of the nodes goes on serving"},
	{"attach", YAML_TEXT, .type = "exclusive or dispatcher", .fallback = "exclusive",
	 .set = set_attach, .help = "whether other XDP programs share the interface, by libxdp"},
};

static const struct key_table cluster_table = {.noun = "the cluster", KEYS(cluster_keys)};

static const struct key heartbeat_keys[] = {
	{"interval", YAML_TEXT, .type = "duration, 10ms to 10s", .fallback = "50ms",
	 .set = set_interval, .help = "time between two heartbeats of a node"},
	{"tolerance", YAML_TEXT, .type = "number, 1 to 100", .fallback = "3", .set = set_tolerance,
	 .help = "heartbeats lost in a row that do no harm"},
	{"port", YAML_TEXT, .type = "number, 1 to 65535", .fallback = "8860", .set = set_port,
	 .help = "UDP port of the heartbeats"},
};

static const struct key_table heartbeat_table = {.noun = "the heartbeat", KEYS(heartbeat_keys)};

static const struct key node_keys[] = {
	{"id", YAML_TEXT, .required = true, .type = "number, 1 to 64", .set = set_node_id,
	 .help = "the node's number; the lowest is the default node"},
	{"name", YAML_TEXT, .required = true, .type = "name", .set = set_node_name,
	 .help = "the node's host name"},
	{"interface", YAML_TEXT, .type = "network interface", .absent = "the cluster's",
	 .set = set_node_interface, .help = "where it differs on this node"},
};

static const struct key_table node_table = {.noun = "a node", KEYS(node_keys)};

static const struct key config_keys[] = {
	{"cluster", YAML_MAP, .required = true, .type = "mapping", .table = &cluster_table,
	 .set = set_section, .help = "what all nodes share"},
	{"heartbeat", YAML_MAP, .type = "mapping", .absent = "the defaults of its keys",
	 .table = &heartbeat_table, .set = set_section, .help = "how the nodes watch each other"},
	{"nodes", YAML_LIST, .required = true, .type = "list of nodes, 1 to 64",
	 .table = &node_table, .set = set_nodes, .help = "the machines of the cluster"},
	{"rules", YAML_LIST, .type = "list of port rules, up to 1000",
	 .absent = "all is for the default node", .table = &rule_table, .set = set_rules,
	 .help = "who answers on which port"},
};

const struct key_table config_table = {.noun = "a configuration", KEYS(config_keys)};
