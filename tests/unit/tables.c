// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "build.h"
#include "core/view.h"
#include "random.h"

TestSuite(tables, .fini = teardown);

Test(tables, nothing_configured)
{
	build(0);
	cr_assert_eq(tables->cluster.layout, XNLB_LAYOUT);
	cr_assert_eq(tables->cluster.rows, 0);
	cr_assert_eq(tables->cluster.plans, 1);
	cr_assert_eq(tables->setup.plans, 1);
	for (int i = 0; i < XNLB_BUCKETS; i++)
		cr_assert_eq(tables->plan[0].owner[i], 0);
}

Test(tables, free_takes_null)
{
	tables_free(NULL);
}

Test(tables, describe_the_cluster)
{
	struct rule *rule;

	strcpy(cluster.name, "web");
	cluster.mode = XNLB_IGMP;
	cluster.default_action = XNLB_DEFAULT_DROP;
	add_nodes(3);
	cluster.node[2].id = 64;
	add_ip("192.168.1.100");
	add_ip("fd00::100");
	rule = add_rule(80);
	rule->ip = 1;
	rule->port_last = 90;
	rule->affinity = XNLB_AFFINITY_NETWORK;
	rule->weight[63] = 7;
	rule = add_rule(53);
	rule->filter = XNLB_FILTER_SINGLE;
	rule->protocol = XNLB_BOTH;
	rule->priority[1] = 1;
	build(node_bit(1) | node_bit(64) | node_bit(33));

	cr_assert_str_eq(tables->cluster.name, "web");
	cr_assert_eq(tables->cluster.mode, XNLB_IGMP);
	cr_assert_eq(tables->cluster.default_action, XNLB_DEFAULT_DROP);
	cr_assert_eq(tables->setup.default_drop, 1);
	cr_assert_arr_eq(tables->cluster.cluster_mac, ((uint8_t[]){1, 0, 0x5e, 0x7f, 1, 100}), 6);
	cr_assert_arr_eq(tables->setup.cluster_mac.bytes, ((uint8_t[8]){1, 0, 0x5e, 0x7f, 1, 100}),
			 8);
	cr_assert_arr_eq(tables->cluster.group, ((uint8_t[]){239, 255, 1, 100}), 4);
	cr_assert_arr_eq(&tables->setup.hash, &key, sizeof(key));
	cr_assert_eq(tables->cluster.nodes, 3);
	cr_assert_eq(tables->cluster.ips, 2);
	cr_assert_eq(tables->cluster.rules, 2);

	cr_assert_str_eq(tables->node[1].name, "node1");
	cr_assert_str_eq(tables->node[64].name, "node3");
	cr_assert_str_eq(tables->node[3].name, "");
	cr_assert_eq(tables->node[1].state, XNLB_NODE_LIVE);
	cr_assert_eq(tables->node[2].state, XNLB_NODE_ABSENT);
	cr_assert_eq(tables->node[64].state, XNLB_NODE_LIVE);
	cr_assert_eq(tables->node[33].state, XNLB_NODE_ABSENT, "no node of the cluster");

	cr_assert_str_eq(tables->ip[0].text, "192.168.1.100");
	cr_assert_eq(tables->ip[0].family, 4);
	cr_assert_str_eq(tables->ip[1].text, "fd00::100");
	cr_assert_eq(tables->ip[1].family, 6);
	cr_assert_arr_eq(tables->ip[1].addr, cluster.ip[1].bytes, 16);

	cr_assert_str_eq(tables->rule[0].name, "no rule");
	cr_assert_eq(tables->rule[0].filter, XNLB_FILTER_DEFAULT);
	cr_assert_str_eq(tables->rule[1].name, "rule1");
	cr_assert_str_eq(tables->rule[1].ip, "fd00::100");
	cr_assert_eq(tables->rule[1].protocol, XNLB_TCP);
	cr_assert_eq(tables->rule[1].affinity, XNLB_AFFINITY_NETWORK);
	cr_assert_eq(tables->rule[1].port_first, 80);
	cr_assert_eq(tables->rule[1].port_last, 90);
	cr_assert_eq(tables->rule[1].weight[63], 7);
	cr_assert_str_eq(tables->rule[2].ip, "all");
	cr_assert_eq(tables->rule[2].filter, XNLB_FILTER_SINGLE);
	cr_assert_eq(tables->rule[2].protocol, XNLB_BOTH);
	cr_assert_eq(tables->rule[2].priority[1], 1);
}

Test(tables, code_of_a_rule)
{
	struct rule *rule;

	add_nodes(2);
	add_ip("10.0.0.1");
	add_rule(80)->affinity = XNLB_AFFINITY_SINGLE;
	rule = add_rule(443);
	rule->filter = XNLB_FILTER_SINGLE;
	rule->affinity = XNLB_AFFINITY_NETWORK;
	add_rule(22)->filter = XNLB_FILTER_DISABLED;
	build(3);
	cr_assert_eq(tcp(0, 80), xnlb_code(1, 1, XNLB_AFFINITY_SINGLE, XNLB_FILTER_MULTIPLE));
	cr_assert_eq(tcp(0, 443), xnlb_code(2, 2, XNLB_AFFINITY_NETWORK, XNLB_FILTER_SINGLE));
	cr_assert_eq(tcp(0, 22), xnlb_code(3, 0, XNLB_AFFINITY_NONE, XNLB_FILTER_DISABLED));
	cr_assert_eq(tcp(0, 81), 0);
	cr_assert_eq(udp(0, 80), 0);
	cr_assert_eq(tables->rule[3].plan, 0);
}

Test(tables, heartbeats_have_their_port_whatever_the_rules_say)
{
	struct rule *rule;

	add_nodes(2);
	add_ip("10.0.0.1");
	rule = add_rule(1);
	rule->port_last = 65535;
	rule->protocol = XNLB_BOTH;
	cluster.heartbeat.interval_us = 50000;
	cluster.heartbeat.tolerance = 3;
	cluster.heartbeat.port = 8860;
	build(3);
	cr_assert_eq(udp(0, 8860), XNLB_CODE_HEARTBEAT);
	cr_assert_neq(udp(0, 8861), XNLB_CODE_HEARTBEAT);
	cr_assert_neq(tcp(0, 8860), XNLB_CODE_HEARTBEAT);
	cr_assert_eq(tables->setup.nodes, 3);
	cr_assert_eq(tables->setup.stale_ns, 200000000, "L - S");
}

Test(tables, port_ranges_to_the_limits)
{
	struct rule *rule;

	add_nodes(1);
	add_ip("10.0.0.1");
	rule = add_rule(0);
	rule->port_last = 79;
	rule = add_rule(81);
	rule->port_last = 65535;
	rule = add_rule(0);
	rule->protocol = XNLB_UDP;
	rule->port_last = 65535;
	build(1);
	for (uint32_t port = 0; port < XNLB_PORTS; port++) {
		cr_assert_eq(xnlb_code_rule(tcp(0, (uint16_t)port)), port < 80	 ? 1u
								     : port > 80 ? 2u
										 : 0u);
		cr_assert_eq(xnlb_code_rule(udp(0, (uint16_t)port)), 3);
	}
}

Test(tables, rules_of_one_ip_and_of_all)
{
	add_nodes(1);
	add_ip("10.0.0.1");
	add_ip("fd00::1");
	add_ip("10.0.0.2");
	add_rule(80);
	add_rule(443)->ip = 1;
	add_rule(53)->protocol = XNLB_BOTH;
	build(1);
	for (unsigned int ip = 0; ip < 3; ip++) {
		cr_assert_eq(xnlb_code_rule(tcp(ip, 80)), 1);
		cr_assert_eq(xnlb_code_rule(udp(ip, 80)), 0);
		cr_assert_eq(xnlb_code_rule(tcp(ip, 443)), ip == 1 ? 2 : 0);
		cr_assert_eq(xnlb_code_rule(tcp(ip, 53)), 3);
		cr_assert_eq(xnlb_code_rule(udp(ip, 53)), 3);
	}
}

Test(tables, equal_rows_are_stored_once)
{
	add_nodes(1);
	add_ip("10.0.0.1");
	add_ip("10.0.0.2");
	add_ip("fd00::1");
	add_rule(80)->protocol = XNLB_BOTH;
	build(1);
	cr_assert_eq(tables->cluster.rows, 1, "%u rows", tables->cluster.rows);
	tables_free(tables);

	add_rule(443);
	build(1);
	cr_assert_eq(tables->cluster.rows, 2);
	tables_free(tables);

	add_rule(25)->ip = 2;
	build(1);
	cr_assert_eq(tables->cluster.rows, 3);
	cr_assert_eq(tables->ip[0].row_tcp, tables->ip[1].row_tcp);
	cr_assert_neq(tables->ip[0].row_tcp, tables->ip[2].row_tcp);
	cr_assert_eq(tables->ip[0].row_udp, tables->ip[2].row_udp);
}

Test(tables, equal_weights_share_a_plan)
{
	add_nodes(3);
	add_ip("10.0.0.1");
	add_rule(1);
	add_rule(2)->affinity = XNLB_AFFINITY_SINGLE;
	add_rule(3)->weight[0] = 51;
	add_rule(4)->filter = XNLB_FILTER_SINGLE;
	add_rule(5)->filter = XNLB_FILTER_SINGLE;
	cluster.rule[4].priority[0] = 1;
	add_rule(6)->filter = XNLB_FILTER_SINGLE;
	cluster.rule[5].weight[0] = 99; /* means nothing here */
	add_rule(7);
	build(7);
	cr_assert_eq(tables->cluster.plans, 5);
	cr_assert_eq(tables->setup.plans, 8, "room for a plan of each rule's own");
	cr_assert_eq(tables->cluster.room, 8);
	cr_assert_eq(tables->rule[1].plan, 1);
	cr_assert_eq(tables->rule[2].plan, 1);
	cr_assert_eq(tables->rule[3].plan, 2);
	cr_assert_eq(tables->rule[4].plan, 3);
	cr_assert_eq(tables->rule[5].plan, 4);
	cr_assert_eq(tables->rule[6].plan, 3);
	cr_assert_eq(tables->rule[7].plan, 1);
}

static bool owns_all(uint32_t plan, uint8_t id)
{
	for (int i = 0; i < XNLB_BUCKETS; i++)
		if (tables->plan[plan].owner[i] != id)
			return false;
	return true;
}

Test(tables, default_node_is_the_lowest_live_id)
{
	add_nodes(4);
	add_ip("10.0.0.1");
	build(node_bit(3) | node_bit(4));
	cr_assert(owns_all(0, 3));
	tables_own(tables, node_bit(4));
	cr_assert(owns_all(0, 4));
	cr_assert_eq(tables->node[3].state, XNLB_NODE_ABSENT);
	tables_own(tables, ~0ull);
	cr_assert(owns_all(0, 1));
	tables_own(tables, node_bit(5));
	cr_assert(owns_all(0, 0), "only nodes of the cluster count");
}

Test(tables, single_goes_to_the_lowest_priority_that_lives)
{
	struct rule *rule;

	add_nodes(64);
	add_ip("10.0.0.1");
	rule = add_rule(5432);
	rule->filter = XNLB_FILTER_SINGLE;
	rule->priority[1] = 2;
	rule->priority[2] = 1;
	rule->priority[63] = 200;
	build(~0ull);
	cr_assert(owns_all(1, 3));
	tables_own(tables, ~node_bit(3));
	cr_assert(owns_all(1, 2));
	tables_own(tables, ~(node_bit(3) | node_bit(2)));
	cr_assert(owns_all(1, 64));
	tables_own(tables, node_bit(1) | node_bit(4));
	cr_assert(owns_all(1, 0), "priority 0 is never chosen");
	tables->rule[1].priority[3] = tables->rule[1].priority[0] = 9;
	tables_own(tables, node_bit(1) | node_bit(4));
	cr_assert(owns_all(1, 1), "equal priorities: the lowest id");
}

Test(tables, a_view_scales_the_weights)
{
	struct view view = {.members = 7, .weight = {100, 50, 100}};
	struct rule *single;

	add_nodes(3);
	add_ip("10.0.0.1");
	memset(add_rule(80)->weight, 50, XNLB_NODES_MAX);
	single = add_rule(81);
	single->filter = XNLB_FILTER_SINGLE;
	single->priority[0] = 1;
	single->priority[1] = 2;
	build(0);
	tables_own_view(tables, &view, NULL);
	cr_assert_eq(tables_share(tables, 1, 1), 1639); /* 4096 * 2 / 5, rounded */
	cr_assert_eq(tables_share(tables, 1, 2), 819);
	cr_assert_eq(tables->node[3].state, XNLB_NODE_LIVE);
	cr_assert_eq(tables->plan[0].owner[0], 1);
	cr_assert_eq(tables_share(tables, 2, 1), XNLB_BUCKETS);

	view.weight[0] = 0; /* it drains: nothing new, no single rule, no default node */
	tables_own_view(tables, &view, NULL);
	cr_assert_eq(tables_share(tables, 1, 1), 0);
	cr_assert_eq(tables->plan[0].owner[0], 2);
	cr_assert_eq(tables_share(tables, 2, 2), XNLB_BUCKETS);
	cr_assert_eq(tables->node[1].state, XNLB_NODE_LIVE);

	memset(view.weight, 0, sizeof(view.weight)); /* all drain */
	tables_own_view(tables, &view, NULL);
	cr_assert_eq(tables->plan[0].owner[0], 1, "somebody has to answer");
	cr_assert_eq(tables_share(tables, 1, 1), 0);
	cr_assert_eq(tables_share(tables, 2, 1), 0);
	view.weight[0] = 1; /* of a small weight something is left */
	tables_own_view(tables, &view, NULL);
	cr_assert_eq(tables_share(tables, 1, 1), XNLB_BUCKETS);
}

Test(tables, shares)
{
	struct rule *rule;

	add_nodes(3);
	add_ip("10.0.0.1");
	rule = add_rule(80);
	rule->weight[0] = 25;
	rule->weight[1] = 25;
	rule->weight[2] = 50;
	rule = add_rule(25);
	rule->filter = XNLB_FILTER_SINGLE;
	rule->priority[1] = 1;
	add_rule(22)->filter = XNLB_FILTER_DISABLED;
	rule = add_rule(99);
	memset(rule->weight, 0, sizeof(rule->weight));
	build(7);
	cr_assert_eq(tables_share(tables, 1, 1), 1024);
	cr_assert_eq(tables_share(tables, 1, 3), 2048);
	cr_assert_eq(tables_share(tables, 1, 4), 0);
	cr_assert_eq(tables_share(tables, 2, 1), 0);
	cr_assert_eq(tables_share(tables, 2, 2), 4096);
	for (uint8_t id = 0; id <= 3; id++)
		cr_assert_eq(tables_share(tables, 3, id), 0, "disabled");
	cr_assert_eq(tables_share(tables, 4, 1), 0, "no weights");
	cr_assert_eq(tables_share(tables, 0, 1), 4096, "no rule: the default node");
	cr_assert_eq(tables_share(tables, 5, 1), 0, "no such rule");
	tables_own(tables, 3);
	cr_assert_eq(tables_share(tables, 1, 1), 2048);
	cr_assert_eq(tables_share(tables, 1, 3), 0);
}

/* tables_own gives what tables_build gives. */
Test(tables, owners_do_not_depend_on_what_was_before)
{
	add_nodes(20);
	add_ip("10.0.0.1");
	for (uint16_t i = 0; i < 30; i++) {
		struct rule *rule = add_rule(i);

		if (i % 3 == 0)
			rule->filter = XNLB_FILTER_SINGLE;
		for (int n = 0; n < 20; n++) {
			rule->weight[n] = (uint8_t)random_below(101);
			rule->priority[n] = (uint8_t)random_below(21);
		}
	}
	build(~0ull);
	for (int i = 0; i < 10; i++) {
		node_set members = random_below(1 << 20);
		struct tables *fresh;

		tables_own(tables, members);
		cr_assert_eq(tables_build(&cluster, members, &key, &fresh), 0);
		cr_assert_eq(fresh->cluster.plans, 31);
		cr_assert_arr_eq(tables->plan, fresh->plan, 31 * sizeof(*fresh->plan));
		tables_free(fresh);
	}
}

/* All limits at once: 64 nodes, 64 IPs of two families, 1000 rules, no two of equal weights. */
Test(tables, full_house)
{
	add_nodes(XNLB_NODES_MAX);
	for (int i = 0; i < XNLB_IPS_MAX; i++) {
		char text[IP_TEXT_SIZE];

		snprintf(text, sizeof(text), i % 2 ? "10.0.%d.100" : "fd00::%d:1", i);
		add_ip(text);
	}
	for (int i = 0; i < XNLB_RULES_MAX; i++) {
		struct rule *rule = add_rule((uint16_t)(i * 65));

		rule->port_last = (uint16_t)(i * 65 + 64);
		rule->ip = (uint8_t)(i < 64 ? i : RULE_IP_ALL);
		rule->weight[0] = (uint8_t)(i % 100);
		rule->weight[1] = (uint8_t)(i / 100);
	}
	build(~0ull);
	cr_assert_eq(tables->cluster.plans, XNLB_PLANS_MAX);
	cr_assert_eq(tables->cluster.rows, 65, "each IP's TCP row, and one empty UDP row: %u",
		     tables->cluster.rows);
	for (unsigned int ip = 0; ip < XNLB_IPS_MAX; ip++) {
		for (uint32_t i = 0; i < XNLB_RULES_MAX; i++) {
			uint32_t code = tcp(ip, (uint16_t)(i * 65 + 64));
			uint32_t rule = i < 64 && i != ip ? 0 : i + 1;

			cr_assert_eq(xnlb_code_rule(code), rule);
			cr_assert_eq(xnlb_code_plan(code), rule);
		}
		cr_assert_eq(tcp(ip, 65000), 0);
	}
	for (uint32_t i = 1; i <= XNLB_RULES_MAX; i += 111) {
		unsigned int sum = 0;

		for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
			sum += tables_share(tables, i, id);
		cr_assert_eq(sum, XNLB_BUCKETS);
	}
}

Test(tables, ips_are_as_they_were_given)
{
	struct ip_addr ips[XNLB_IPS_MAX];

	add_nodes(1);
	add_ip("192.168.1.100");
	add_ip("fd00::100");
	build(1);
	tables_ips(tables, ips);
	for (unsigned int i = 0; i < cluster.ips; i++)
		cr_assert(ip_equal(&ips[i], &cluster.ip[i]));
}

Test(tables, failure_leaves_the_output_alone)
{
	struct tables *out = (struct tables *)&cluster;

	add_nodes(1);
	add_ip("10.0.0.1");
	add_ip("10.0.0.1");
	cr_assert_eq(tables_build(&cluster, 1, &key, &out), -ENOSPC);
	cr_assert_eq((void *)out, (void *)&cluster);
}
