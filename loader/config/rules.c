// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The keys of a port rule. */
#include <string.h>

#include "config/reader.h"

#define WEIGHT_DEFAULT 50 /* NLB's; only proportions count */

static void set_name(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->rule_fact->name = value->mark;
	read_dotted_name(r, key, value, r->rule->name);
}

static void set_ip(struct reader *r, const struct key *key, const struct yaml *value)
{
	const struct cluster *cluster = &r->config->cluster;
	struct ip_addr ip;

	r->rule->ip = RULE_IP_ALL;
	r->rule_fact->ip_sound = !strcmp(value->text, "all");
	if (r->rule_fact->ip_sound)
		return;
	if (ip_parse(value->text, &ip)) {
		report_error(r->report, value->mark,
			     "%s: \"" WORD "\" is not \"all\" or one of the cluster's ips",
			     key->name, value->text);
		return;
	}
	for (unsigned int i = 0; i < cluster->ips; i++) {
		if (ip_equal(&cluster->ip[i], &ip)) {
			r->rule->ip = (uint8_t)i;
			r->rule_fact->ip_sound = true;
			return;
		}
	}
	if (r->ips_sound) /* else it may be one that could not be read */
		report_error(r->report, value->mark, "%s: %s is not one of the cluster's ips",
			     key->name, value->text);
}

static void set_protocol(struct reader *r, const struct key *key, const struct yaml *value)
{
	int protocol;

	if (read_choice(r, key, value, protocol_words, &protocol))
		r->rule->protocol = (enum xnlb_protocol)protocol;
}

static void set_ports(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->rule_fact->ports = value->mark;
	r->rule_fact->ports_sound =
		read_ports(r, key, value, &r->rule->port_first, &r->rule->port_last);
}

static void set_mode(struct reader *r, const struct key *key, const struct yaml *value)
{
	int filter;

	if (read_choice(r, key, value, filter_words, &filter))
		r->rule->filter = (enum xnlb_filter)filter;
}

static void set_affinity(struct reader *r, const struct key *key, const struct yaml *value)
{
	int affinity;

	if (read_choice(r, key, value, affinity_words, &affinity))
		r->rule->affinity = (enum xnlb_affinity)affinity;
}

static void set_timeout(struct reader *r, const struct key *key, const struct yaml *value)
{
	uint64_t us;

	if (read_duration(r, key, value, &us) && us)
		report_error(r->report, value->mark,
			     "%s: extended affinity is not built yet: leave it out or write 0s",
			     key->name);
}

static void set_weights(struct reader *r, const struct key *key, const struct yaml *value)
{
	r->rule_fact->weights = value->key->mark;
	r->rule_fact->all_zero =
		read_by_node(r, key, value, 0, XNLB_WEIGHT_MAX, r->rule_fact->weight);
}

static void set_priorities(struct reader *r, const struct key *key, const struct yaml *value)
{
	unsigned int errors = r->report->errors;

	r->rule_fact->priorities = value->key->mark;
	r->rule_fact->unranked = !value->first;
	read_by_node(r, key, value, 1, XNLB_NODES_MAX, r->rule_fact->priority);
	r->rule_fact->priorities_sound = r->report->errors == errors;
}

/* clang-format off: a table, one key a paragraph */

static const struct key rule_keys[] = {
	{"name", YAML_TEXT, .required = true, .type = "name", .set = set_name,
	 .help = "what status and the counters call it"},
	{"ip", YAML_TEXT, .type = "all, or one of the cluster's ips", .fallback = "all",
	 .set = set_ip, .help = "the cluster IP that it is for"},
	{"protocol", YAML_TEXT, .type = "tcp, udp or both", .fallback = "both", .set = set_protocol,
	 .help = "the protocol that it is for"},
	{"ports", YAML_TEXT, .required = true, .type = "80, 8000-8099 or all", .set = set_ports,
	 .help = "the destination ports that it is for"},
	{"mode", YAML_TEXT, .type = "multiple, single or disabled", .fallback = "multiple",
	 .set = set_mode, .help = "all nodes share it, one node has it, or nobody"},
	{"affinity", YAML_TEXT, .type = "none, single or network", .fallback = "single",
	 .set = set_affinity,
	 .help = "what stays together on a node: a connection, a client, a network"},
	{"timeout", YAML_TEXT, .type = "duration", .fallback = "0s", .set = set_timeout,
	 .help = "extended affinity, which is not built yet: only 0s"},
	{"weights", YAML_MAP, .type = "node: number, 0 to 100", .absent = "50 for every node",
	 .set = set_weights, .help = "shares of the nodes in mode multiple; a node left out: 0"},
	{"priorities", YAML_MAP, .type = "node: number, 1 to 64",
	 .absent = "an error in mode single", .set = set_priorities,
	 .help = "order of the nodes in mode single, 1 is first; a node left out: never"},
};

/* clang-format on */

const struct key_table rule_table = {.noun = "a rule", KEYS(rule_keys)};

/* Into the rule goes what counts in its mode. */
static void settle(const struct cluster *cluster, const struct rule_facts *facts, struct rule *rule)
{
	for (unsigned int i = 0; i < cluster->nodes; i++) {
		unsigned int id = cluster->node[i].id;

		if (!id)
			continue;
		if (rule->filter == XNLB_FILTER_SINGLE)
			rule->priority[id - 1] = facts->priority[i];
		if (rule->filter == XNLB_FILTER_MULTIPLE)
			rule->weight[id - 1] =
				facts->weights.line ? facts->weight[i] : WEIGHT_DEFAULT;
	}
}

void set_rules(struct reader *r, const struct key *key, const struct yaml *list)
{
	struct cluster *cluster = &r->config->cluster;

	for (const struct yaml *item = list->first; item; item = item->next) {
		if (cluster->rules == XNLB_RULES_MAX) {
			report_error(r->report, item->mark, "%s: more than %d port rules",
				     key->name, XNLB_RULES_MAX);
			break;
		}
		r->rule = &cluster->rule[cluster->rules];
		r->rule_fact = &r->rule_facts[cluster->rules++];
		r->rule_fact->place = item->mark;
		r->rule_fact->unranked = !has_key(item, "priorities");
		read_table(r, key->table, item);
		settle(cluster, r->rule_fact, r->rule);
	}
}
