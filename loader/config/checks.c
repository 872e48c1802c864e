// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What several keys must fulfil together. Values that were already reported are left out, so that
 * one mistake gives one message.
 */
#include <string.h>

#include "config/reader.h"

static void check_node_pair(struct reader *r, unsigned int first, unsigned int second)
{
	const struct node *a = &r->config->cluster.node[first];
	const struct node *b = &r->config->cluster.node[second];

	if (a->id && a->id == b->id)
		report_error(r->report, r->node_facts[second].id,
			     "id: %u is given twice: first in line %u", b->id,
			     r->node_facts[first].id.line);
	if (*a->name && !strcasecmp(a->name, b->name))
		report_error(r->report, r->node_facts[second].name,
			     "name: node \"" WORD "\" is given twice: first in line %u", b->name,
			     r->node_facts[first].name.line);
}

/* One error for all of them: it is most often one mistake, in the cluster's key. */
static void check_interfaces(struct reader *r)
{
	const struct cluster *cluster = &r->config->cluster;
	unsigned int first = 0, without = 0;

	if (r->config->interface_mark.line)
		return;
	for (unsigned int i = cluster->nodes; i-- > 0;) {
		if (r->node_facts[i].interface || !*cluster->node[i].name)
			continue;
		first = i;
		without++;
	}
	if (without)
		report_error(r->report, r->node_facts[first].place,
			     "interface: neither the cluster nor node \"" WORD "\"%s names one",
			     cluster->node[first].name, without > 1 ? " and others" : "");
}

static void check_nodes(struct reader *r)
{
	for (unsigned int i = 0; i < r->config->cluster.nodes; i++)
		for (unsigned int j = 0; j < i; j++)
			check_node_pair(r, j, i);
	check_interfaces(r);
}

/* A node's name for an example, of any that has one. */
static const char *example_node(const struct cluster *cluster)
{
	for (unsigned int i = 0; i < cluster->nodes; i++)
		if (*cluster->node[i].name)
			return cluster->node[i].name;
	return "node1";
}

static void check_priorities(struct reader *r, const struct rule_facts *facts)
{
	const struct cluster *cluster = &r->config->cluster;
	const char *holder[XNLB_NODES_MAX + 1] = {0};

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];
		unsigned int rank = facts->priority[i];

		if (rank && holder[rank])
			report_error(r->report, facts->priorities,
				     "priorities: " WORD " and " WORD " both have %u", holder[rank],
				     node->name, rank);
		holder[rank] = node->name;
	}
}

/* Numbers that the mode does not have, and numbers that it lacks. */
static void check_multiple(struct reader *r, const struct rule_facts *facts)
{
	if (facts->priorities.line)
		report_error(r->report, facts->priorities,
			     "priorities: mode multiple has weights, only single has priorities");
	if (facts->all_zero)
		report_error(r->report, facts->weights,
			     "weights: all are 0, so nobody would answer; to close the ports write "
			     "mode: disabled");
}

static void check_single(struct reader *r, const struct rule_facts *facts)
{
	if (facts->weights.line)
		report_error(r->report, facts->weights,
			     "weights: mode single has priorities, only multiple has weights");
	if (facts->unranked)
		report_error(r->report, facts->priorities.line ? facts->priorities : facts->place,
			     "priorities: mode single needs them, such as {" WORD ": 1}",
			     example_node(&r->config->cluster));
	if (facts->priorities_sound)
		check_priorities(r, facts);
}

static bool overlap(const struct rule *a, const struct rule *b)
{
	return (a->ip == b->ip || a->ip == RULE_IP_ALL || b->ip == RULE_IP_ALL) &&
	       a->protocol & b->protocol && a->port_first <= b->port_last &&
	       b->port_first <= a->port_last;
}

static bool readable(const struct rule_facts *facts)
{
	return facts->ip_sound && facts->ports_sound;
}

/* A packet has one rule, wherever the rules stand in the file. */
static void check_ports(struct reader *r, unsigned int second)
{
	const struct rule *rules = r->config->cluster.rule, *b = &rules[second];

	for (unsigned int first = 0; first < second; first++) {
		const struct rule *a = &rules[first];

		if (!readable(&r->rule_facts[first]) || !overlap(a, b))
			continue;
		report_error(r->report, r->rule_facts[second].ports,
			     "ports: rule \"" WORD "\" in line %u covers some of them already%s",
			     a->name, r->rule_facts[first].place.line,
			     a->ip == b->ip	    ? ""
			     : a->ip == RULE_IP_ALL ? ", for all IPs"
						    : ", for one of the IPs");
		return;
	}
}

static void check_rules(struct reader *r)
{
	const struct cluster *cluster = &r->config->cluster;

	for (unsigned int i = 0; i < cluster->rules; i++) {
		const struct rule_facts *facts = &r->rule_facts[i];
		const struct rule *rule = &cluster->rule[i];

		for (unsigned int j = 0; *rule->name && j < i; j++) {
			if (strcmp(rule->name, cluster->rule[j].name) != 0)
				continue;
			report_error(r->report, facts->name,
				     "name: rule \"" WORD "\" is given twice: first in line %u",
				     rule->name, r->rule_facts[j].name.line);
			break;
		}
		if (readable(facts))
			check_ports(r, i);
		if (rule->filter == XNLB_FILTER_MULTIPLE)
			check_multiple(r, facts);
		if (rule->filter == XNLB_FILTER_SINGLE)
			check_single(r, facts);
	}
}

void check_all(struct reader *r)
{
	check_nodes(r);
	check_rules(r);
}
