/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A cluster made by hand, and its tables, for tests of what goes by them. */
#ifndef UNIT_BUILD_H
#define UNIT_BUILD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/tables.h"

static const struct xnlb_hash_key key = {.a = {1, 2, 3}, .c = 4};
static struct cluster cluster;
static struct tables *tables;

static inline void add_nodes(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct node *node = &cluster.node[cluster.nodes++];

		node->id = (uint8_t)cluster.nodes;
		snprintf(node->name, sizeof(node->name), "node%u", cluster.nodes);
	}
}

static inline void add_ip(const char *text)
{
	cr_assert_eq(ip_parse(text, &cluster.ip[cluster.ips++]), 0);
}

/* Filter multiple, TCP, all IPs, equal weights, one port: what a test does not say. */
static inline struct rule *add_rule(uint16_t port)
{
	struct rule *rule = &cluster.rule[cluster.rules++];

	snprintf(rule->name, sizeof(rule->name), "rule%u", cluster.rules);
	rule->ip = RULE_IP_ALL;
	rule->protocol = XNLB_TCP;
	rule->port_first = rule->port_last = port;
	rule->filter = XNLB_FILTER_MULTIPLE;
	memset(rule->weight, 50, sizeof(rule->weight));
	return rule;
}

static inline void build(node_set members)
{
	cr_assert_eq(tables_build(&cluster, members, &key, &tables), 0);
}

static inline uint32_t tcp(unsigned int ip, uint16_t port)
{
	return tables->row[tables->ip[ip].row_tcp].code[port];
}

static inline uint32_t udp(unsigned int ip, uint16_t port)
{
	return tables->row[tables->ip[ip].row_udp].code[port];
}

static inline void teardown(void)
{
	tables_free(tables);
}

#endif
