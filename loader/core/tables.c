// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From a cluster to the tables that the data plane reads. Knows no map and no interface. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buckets.h"
#include "core/mac.h"
#include "core/slots.h"
#include "core/tables.h"
#include "core/timing.h"
#include "core/view.h"

/* Do two rules hand out packets alike, whoever the members are? */
static bool same_plan(const struct xnlb_rule *a, const struct xnlb_rule *b)
{
	if (a->filter != b->filter)
		return false;
	if (a->filter == XNLB_FILTER_SINGLE)
		return !memcmp(a->priority, b->priority, sizeof(a->priority));
	return !memcmp(a->weight, b->weight, sizeof(a->weight));
}

/*
 * Numbers the plans in the order of the rules that need them first; plan 0 is the default node's.
 * There is room for a plan of each rule's own.
 */
static void number_plans(struct tables *tables)
{
	uint32_t plans = 1, room = 1;
	uint16_t first[XNLB_PLANS_MAX]; /* by plan: the first rule that uses it */

	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		struct xnlb_rule *rule = &tables->rule[i];
		uint32_t plan = 1;

		if (rule->filter == XNLB_FILTER_DISABLED)
			continue;
		room++;
		while (plan < plans && !same_plan(rule, &tables->rule[first[plan]]))
			plan++;
		if (plan == plans)
			first[plans++] = (uint16_t)i;
		rule->plan = plan;
	}
	tables->cluster.plans = plans;
	tables->cluster.room = room;
	tables->setup.plans = (uint16_t)room;
}

/* What `status` and `explain` show: names, addresses, rules. */
static void describe(struct tables *tables, const struct cluster *cluster)
{
	struct xnlb_rule *none = &tables->rule[0];

	tables->cluster.layout = XNLB_LAYOUT;
	memcpy(tables->cluster.name, cluster->name, sizeof(cluster->name));
	tables->cluster.mode = cluster->mode;
	tables->cluster.default_action = cluster->default_action;
	tables->cluster.attach = cluster->attach;
	tables->cluster.nodes = cluster->nodes;
	tables->cluster.ips = cluster->ips;
	tables->cluster.rules = cluster->rules;

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];

		memcpy(tables->node[node->id].name, node->name, sizeof(node->name));
	}
	for (unsigned int i = 0; i < cluster->ips; i++) {
		struct xnlb_ip *ip = &tables->ip[i];

		ip_text(&cluster->ip[i], ip->text);
		ip->family = cluster->ip[i].family;
		memcpy(ip->addr, cluster->ip[i].bytes, sizeof(ip->addr));
	}

	strcpy(none->name, "no rule");
	strcpy(none->ip, "all");
	none->protocol = XNLB_BOTH;
	none->port_last = XNLB_PORTS - 1;
	for (unsigned int i = 0; i < cluster->rules; i++) {
		const struct rule *from = &cluster->rule[i];
		struct xnlb_rule *to = &tables->rule[i + 1];

		memcpy(to->name, from->name, sizeof(to->name));
		if (from->ip == RULE_IP_ALL)
			strcpy(to->ip, "all");
		else
			memcpy(to->ip, tables->ip[from->ip].text, sizeof(to->ip));
		to->protocol = from->protocol;
		to->filter = from->filter;
		to->affinity = from->affinity;
		to->port_first = from->port_first;
		to->port_last = from->port_last;
		memcpy(to->weight, from->weight, sizeof(to->weight));
		memcpy(to->priority, from->priority, sizeof(to->priority));
	}
}

static void fill_row(const struct tables *tables, const struct cluster *cluster, unsigned int ip,
		     enum xnlb_protocol protocol, struct xnlb_row *row)
{
	memset(row, 0, sizeof(*row));
	for (uint32_t i = 1; i <= cluster->rules; i++) {
		const struct rule *rule = &cluster->rule[i - 1];
		uint32_t code = xnlb_code(i, tables->rule[i].plan, rule->affinity, rule->filter);

		if ((rule->ip != RULE_IP_ALL && rule->ip != ip) || !(rule->protocol & protocol))
			continue;
		for (uint32_t port = rule->port_first; port <= rule->port_last; port++)
			row->code[port] = code;
	}
	if (protocol == XNLB_UDP && cluster->heartbeat.port)
		row->code[cluster->heartbeat.port] = XNLB_CODE_HEARTBEAT;
}

/* What a lease has left when it has not been renewed for S (docs/protocol.md). */
static uint64_t stale_ns(const struct cluster *cluster)
{
	struct timing timing;

	timing_derive(cluster->heartbeat.interval_us, cluster->heartbeat.tolerance, &timing);
	return (uint64_t)(timing.lease - timing.suspect) * 1000;
}

/* Adds the row unless there is an equal one. Sets *number to its number. */
static int add_row(struct tables *tables, const struct xnlb_row *row, uint16_t *number)
{
	uint32_t rows = tables->cluster.rows;
	struct xnlb_row *grown;

	for (uint32_t i = 0; i < rows; i++) {
		if (!memcmp(&tables->row[i], row, sizeof(*row))) {
			*number = (uint16_t)i;
			return 0;
		}
	}
	grown = realloc(tables->row, (rows + 1) * sizeof(*row));
	if (!grown)
		return -ENOMEM;
	tables->row = grown;
	memcpy(&grown[rows], row, sizeof(*row));
	tables->cluster.rows = rows + 1;
	*number = (uint16_t)rows;
	return 0;
}

static int build_rows(struct tables *tables, const struct cluster *cluster)
{
	struct xnlb_row *row = malloc(sizeof(*row));
	int err = row ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < cluster->ips && !err; i++) {
		fill_row(tables, cluster, i, XNLB_TCP, row);
		err = add_row(tables, row, &tables->ip[i].row_tcp);
		if (err)
			break;
		fill_row(tables, cluster, i, XNLB_UDP, row);
		err = add_row(tables, row, &tables->ip[i].row_udp);
	}
	free(row);
	return err;
}

int tables_build(const struct cluster *cluster, node_set members, const struct xnlb_hash_key *hash,
		 struct tables **out)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	int err = -ENOMEM;

	if (!tables)
		return err;
	describe(tables, cluster);
	number_plans(tables);
	tables->plan = calloc(tables->cluster.room, sizeof(*tables->plan));
	if (!tables->plan)
		goto fail;
	err = build_rows(tables, cluster);
	if (err)
		goto fail;
	tables->setup.hash = *hash;
	err = slots_fill(tables->ip, cluster->ips, &tables->setup);
	if (err)
		goto fail;

	tables->live = (struct xnlb_live){.epoch = 1, .lease_ns = XNLB_LEASE_FOREVER};
	tables->setup.nodes = cluster_nodes(cluster);
	tables->setup.stale_ns = stale_ns(cluster);
	tables->setup.default_drop = cluster->default_action == XNLB_DEFAULT_DROP;
	if (cluster->ips) {
		cluster_mac(cluster->mode, cluster->ip, cluster->ips, tables->cluster.cluster_mac);
		memcpy(tables->setup.cluster_mac.bytes, tables->cluster.cluster_mac, 6);
		if (cluster->mode == XNLB_IGMP)
			cluster_group(cluster->ip, cluster->ips, tables->cluster.group);
	}
	tables_own(tables, members);
	*out = tables;
	return 0;

fail:
	tables_free(tables);
	return err;
}

void tables_free(struct tables *tables)
{
	if (!tables)
		return;
	free(tables->row);
	free(tables->plan);
	explicit_bzero(&tables->setup, sizeof(tables->setup)); /* the hash key is a secret */
	free(tables);
}

int tables_copy(const struct tables *tables, struct tables **out)
{
	size_t rows = tables->cluster.rows * sizeof(*tables->row);
	size_t plans = tables->cluster.room * sizeof(*tables->plan);
	struct tables *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *tables;
	copy->row = malloc(rows);
	copy->plan = malloc(plans);
	if (!copy->row || !copy->plan) {
		tables_free(copy);
		return -ENOMEM;
	}
	memcpy(copy->row, tables->row, rows);
	memcpy(copy->plan, tables->plan, plans);
	*out = copy;
	return 0;
}

void tables_ips(const struct tables *tables, struct ip_addr out[XNLB_IPS_MAX])
{
	for (uint32_t i = 0; i < tables->cluster.ips; i++) {
		out[i].family = tables->ip[i].family == 4 ? 4 : 6;
		memcpy(out[i].bytes, tables->ip[i].addr, sizeof(out[i].bytes));
	}
}

/* The member of the lowest priority above 0; the lowest id of several; 0 if there is none. */
static uint8_t first_choice(const uint8_t priority[XNLB_NODES_MAX], node_set members)
{
	uint8_t best = 0;

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++) {
		uint8_t own = priority[id - 1];

		if (members & node_bit(id) && own && (!best || own < priority[best - 1]))
			best = id;
	}
	return best;
}

/* Of a weight above 0 something is left. */
static uint8_t scaled(uint8_t weight, uint8_t percent)
{
	unsigned int product = weight * percent;

	return (uint8_t)(product && product < 100 ? 1 : (product + 50) / 100);
}

static void own_rule(struct tables *tables, const struct xnlb_rule *rule, node_set members,
		     const uint8_t percent[XNLB_NODES_MAX])
{
	struct xnlb_plan *plan = &tables->plan[rule->plan];
	uint8_t weight[XNLB_NODES_MAX];

	if (rule->filter == XNLB_FILTER_SINGLE) {
		buckets_give(first_choice(rule->priority, members), plan);
		return;
	}
	for (int id = 0; id < XNLB_NODES_MAX; id++)
		weight[id] = scaled(rule->weight[id], percent[id]);
	buckets_assign(members, weight, plan);
}

/* Those for whom the rule is open. */
static node_set open_for(node_set members, uint32_t rule, const struct rule_set *closed)
{
	for (unsigned int i = 0; closed && i < XNLB_NODES_MAX; i++)
		if (rule_set_has(&closed[i], rule))
			members &= ~(1ull << i);
	return members;
}

static void own(struct tables *tables, node_set members, const uint8_t percent[XNLB_NODES_MAX],
		const struct rule_set *closed)
{
	bool done[XNLB_PLANS_MAX] = {true};

	buckets_give(node_set_lowest(members), &tables->plan[0]);
	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		const struct xnlb_rule *rule = &tables->rule[i];

		if (!done[rule->plan])
			own_rule(tables, rule, open_for(members, i, closed), percent);
		done[rule->plan] = true;
	}
}

static node_set note_members(struct tables *tables, node_set members)
{
	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++) {
		if (!tables->node[id].name[0])
			members &= ~node_bit(id);
		tables->node[id].state = members & node_bit(id) ? XNLB_NODE_LIVE : XNLB_NODE_ABSENT;
	}
	return members;
}

void tables_own(struct tables *tables, node_set members)
{
	uint8_t percent[XNLB_NODES_MAX];

	memset(percent, 100, sizeof(percent));
	own(tables, note_members(tables, members), percent, NULL);
}

void tables_own_view(struct tables *tables, const struct view *view,
		     const struct rule_set closed[XNLB_NODES_MAX])
{
	node_set members = note_members(tables, view->members), willing = 0;

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
		if (members & node_bit(id) && view->weight[id - 1])
			willing |= node_bit(id);
	own(tables, willing, view->weight, closed);
	/* Somebody has to answer for the cluster IPs. */
	if (!willing)
		buckets_give(node_set_lowest(members), &tables->plan[0]);
}

/* Its plan in the codes of all ports. */
static void note_plan(struct tables *tables, uint32_t number)
{
	for (uint32_t row = 0; row < tables->cluster.rows; row++)
		for (uint32_t port = 0; port < XNLB_PORTS; port++) {
			uint32_t *code = &tables->row[row].code[port];

			if (xnlb_code_rule(*code) == number)
				*code = xnlb_code(number, tables->rule[number].plan,
						  xnlb_code_affinity(*code),
						  xnlb_code_filter(*code));
		}
}

int tables_adopt(struct tables *tables, const struct xnlb_rule *rule)
{
	uint32_t plans = tables->cluster.plans;

	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		if (rule[i].plan >= tables->cluster.room || !rule[i].plan != !tables->rule[i].plan)
			return -EPROTO;
		if (rule[i].plan >= plans)
			plans = rule[i].plan + 1;
	}
	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		if (rule[i].plan == tables->rule[i].plan)
			continue;
		tables->rule[i].plan = rule[i].plan;
		note_plan(tables, i);
	}
	tables->cluster.plans = plans;
	return 0;
}

uint32_t tables_split(struct tables *tables, uint32_t rule)
{
	struct xnlb_rule *split = &tables->rule[rule];
	uint32_t plan = tables->cluster.plans, with = 0;

	for (uint32_t i = 1; i <= tables->cluster.rules; i++)
		with += i != rule && tables->rule[i].plan == split->plan;
	if (!split->plan || !with)
		return 0;
	tables->cluster.plans++;
	tables->plan[plan] = tables->plan[split->plan];
	split->plan = plan;
	note_plan(tables, rule);
	return plan;
}
