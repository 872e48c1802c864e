// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/tables.h"
#include "random.h"
#include "../vectors/hash.h"

#define TCP 6
#define UDP 17

static struct cluster cluster = {
	.heartbeat = {.port = 8860},
	.nodes = 4,
	.node = {{1, "a", ""}, {2, "b", ""}, {3, "c", ""}, {4, "d", ""}},
	.ips = 2,
	.ip = {{4, {192, 168, 1, 100}}, {6, {0xfd, [14] = 1}}},
	.rules = 5,
	.rule =
		{
			{.name = "web",
			 .ip = RULE_IP_ALL,
			 .protocol = XNLB_TCP,
			 .port_first = 80,
			 .port_last = 80,
			 .filter = XNLB_FILTER_MULTIPLE,
			 .weight = {10, 20, 30, 40}},
			{.name = "shop",
			 .ip = RULE_IP_ALL,
			 .protocol = XNLB_BOTH,
			 .port_first = 443,
			 .port_last = 443,
			 .filter = XNLB_FILTER_MULTIPLE,
			 .weight = {50, 50, 50, 50},
			 .affinity = XNLB_AFFINITY_SINGLE},
			{.name = "db",
			 .ip = 0,
			 .protocol = XNLB_TCP,
			 .port_first = 5432,
			 .port_last = 5432,
			 .filter = XNLB_FILTER_SINGLE,
			 .priority = {0, 2, 1}},
			{.name = "off",
			 .ip = RULE_IP_ALL,
			 .protocol = XNLB_TCP,
			 .port_first = 23,
			 .port_last = 23,
			 .filter = XNLB_FILTER_DISABLED},
			{.name = "idle",
			 .ip = RULE_IP_ALL,
			 .protocol = XNLB_TCP,
			 .port_first = 99,
			 .port_last = 99,
			 .filter = XNLB_FILTER_MULTIPLE},
		},
};

static struct tables *tables;

static void setup(void)
{
	cr_assert_eq(tables_build(&cluster, 15, &hash_keys[1], &tables), 0);
}

static void teardown(void)
{
	tables_free(tables);
}

TestSuite(explain, .init = setup, .fini = teardown);

static struct flow flow(const char *src, uint16_t sport, const char *dst, uint16_t dport,
			uint8_t proto)
{
	struct flow built = {.proto = proto, .sport = sport, .dport = dport};

	cr_assert_eq(ip_parse(src, &built.src), 0);
	cr_assert_eq(ip_parse(dst, &built.dst), 0);
	return built;
}

static struct explanation explain(const struct flow *asked, uint8_t node)
{
	struct explanation answer;

	tables->setup.node = node;
	cr_assert_eq(tables_explain(tables, asked, &answer), 0);
	return answer;
}

Test(explain, refuses_what_is_not_for_the_cluster)
{
	struct flow mixed = flow("10.0.0.1", 1, "fd00::100", 80, TCP);
	struct flow stranger4 = flow("10.0.0.1", 1, "192.168.1.101", 80, TCP);
	struct flow stranger6 = flow("fd00::1", 1, "fd00::101", 80, TCP);
	struct explanation answer = {.rule = 4711};

	cr_assert_eq(tables_explain(tables, &mixed, &answer), -EAFNOSUPPORT);
	cr_assert_eq(tables_explain(tables, &stranger4, &answer), -EADDRNOTAVAIL);
	cr_assert_eq(tables_explain(tables, &stranger6, &answer), -EADDRNOTAVAIL);
	cr_assert_eq(answer.rule, 4711);
}

/* The vectors again, as flows to a cluster of their own: bucket by affinity, byte order of ports.
 */
Test(explain, bucket_is_the_flow_hash)
{
	for (size_t i = 0; i < sizeof(hash_vectors) / sizeof(hash_vectors[0]); i++) {
		const struct hash_vector *vector = &hash_vectors[i];
		struct flow asked =
			flow(vector->src, vector->sport, vector->dst, vector->dport, vector->proto);
		struct cluster own = {
			.nodes = 1,
			.node = {{1, "a", ""}},
			.ips = 1,
			.ip = {asked.dst},
			.rules = 1,
			.rule = {{.ip = 0,
				  .protocol = XNLB_BOTH,
				  .port_last = 65535,
				  .filter = XNLB_FILTER_MULTIPLE,
				  .affinity = vector->affinity,
				  .weight = {1}}},
		};
		struct explanation answer;
		struct tables *of_it;

		if (vector->proto != TCP && vector->proto != UDP)
			continue;
		cr_assert_eq(tables_build(&own, 1, &hash_keys[vector->key], &of_it), 0);
		of_it->setup.node = 1;
		cr_assert_eq(tables_explain(of_it, &asked, &answer), 0);
		cr_assert_eq(answer.bucket, vector->bucket, "vector %zu: %u", i, answer.bucket);
		cr_assert_eq(answer.rule, 1);
		cr_assert_eq(answer.reason, XNLB_REASON_OWN_BUCKET);
		tables_free(of_it);
	}
}

/* Of any flow, all nodes name the same owner, and exactly that one takes it. */
Test(explain, exactly_one_node_takes_a_flow)
{
	static const uint16_t ports[] = {80, 443, 5432, 23, 99, 8080};
	int taken[5] = {0};

	for (int i = 0; i < 20000; i++) {
		struct flow asked = {
			.src = {.family = i % 2 ? 4 : 6},
			.dst = cluster.ip[i % 2 ? 0 : 1],
			.proto = i % 3 ? TCP : UDP,
			.sport = (uint16_t)random_word(),
			.dport = ports[random_below(6)],
		};
		struct explanation nobody;
		uint8_t owner = 0, takers = 0;

		for (int byte = 0; byte < (i % 2 ? 4 : 16); byte++)
			asked.src.bytes[byte] = (uint8_t)random_word();
		for (uint8_t node = 1; node <= 4; node++) {
			struct explanation answer = explain(&asked, node);

			if (node > 1)
				cr_assert_eq(answer.owner, owner);
			owner = answer.owner;
			cr_assert_eq(answer.verdict,
				     node == owner ? XNLB_VERDICT_ACCEPT : XNLB_VERDICT_DROP);
			takers += answer.verdict == XNLB_VERDICT_ACCEPT;
		}
		cr_assert_eq(takers, owner != 0);
		nobody = explain(&asked, 0);
		cr_assert_eq(nobody.owner, owner);
		cr_assert_eq(nobody.reason, explain(&asked, owner ? owner : 1).reason);
		cr_assert(owner ||
			  (asked.proto == TCP && (asked.dport == 23 || asked.dport == 99)));
		taken[owner]++;
	}
	for (int node = 1; node <= 4; node++)
		cr_assert_gt(taken[node], 1000);
}

Test(explain, each_reason)
{
	struct flow web = flow("10.0.0.1", 4000, "192.168.1.100", 80, TCP);
	struct flow db = flow("10.0.0.1", 4000, "192.168.1.100", 5432, TCP);
	struct flow db6 = flow("fd00::1", 4000, "fd00::100", 5432, TCP);
	struct flow off = flow("10.0.0.1", 4000, "192.168.1.100", 23, TCP);
	struct flow idle = flow("10.0.0.1", 4000, "192.168.1.100", 99, TCP);
	struct flow beat = flow("192.168.1.2", 8860, "192.168.1.100", 8860, UDP);
	struct explanation answer = explain(&web, 1);
	uint8_t owner = answer.owner;

	cr_assert_eq(answer.rule, 1);
	cr_assert_eq(owner, tables->plan[tables->rule[1].plan].owner[answer.bucket]);
	cr_assert_eq(explain(&web, owner).reason, XNLB_REASON_OWN_BUCKET);
	cr_assert_eq(explain(&web, owner % 4 + 1).reason, XNLB_REASON_OTHER_BUCKET);

	answer = explain(&db, 3);
	cr_assert_eq(answer.reason, XNLB_REASON_OWN_BUCKET);
	cr_assert_eq(answer.rule, 3);
	cr_assert_eq(answer.owner, 3);
	cr_assert_eq(explain(&db, 2).reason, XNLB_REASON_OTHER_BUCKET);

	answer = explain(&db6, 1); /* the rule is for the IPv4 cluster IP alone */
	cr_assert_eq(answer.reason, XNLB_REASON_DEFAULT_NODE);
	cr_assert_eq(answer.rule, 0);
	cr_assert_eq(answer.owner, 1);
	cr_assert_eq(explain(&db6, 2).reason, XNLB_REASON_NO_RULE);
	cr_assert_eq(explain(&db6, 2).owner, 1);

	answer = explain(&off, 1);
	cr_assert_eq(answer.reason, XNLB_REASON_DISABLED);
	cr_assert_eq(answer.rule, 4);
	cr_assert_eq(answer.owner, 0, "nobody takes it, the default node neither");

	answer = explain(&beat, 1);
	cr_assert_eq(answer.reason, XNLB_REASON_HEARTBEAT);
	cr_assert_eq(answer.verdict, XNLB_VERDICT_DROP);
	cr_assert_eq(answer.rule, 0);
	cr_assert_eq(answer.owner, 0);

	answer = explain(&idle, 1);
	cr_assert_eq(answer.reason, XNLB_REASON_NO_OWNER);
	cr_assert_eq(answer.verdict, XNLB_VERDICT_DROP);
	cr_assert_eq(answer.owner, 0);
}

Test(explain, default_drop)
{
	struct flow other = flow("10.0.0.1", 4000, "192.168.1.100", 8080, TCP);
	struct explanation answer;

	tables->setup.default_drop = 1;
	answer = explain(&other, 1);
	cr_assert_eq(answer.reason, XNLB_REASON_NO_RULE);
	cr_assert_eq(answer.verdict, XNLB_VERDICT_DROP);
	cr_assert_eq(answer.owner, 0);
}

Test(explain, nobody_lives)
{
	struct flow web = flow("10.0.0.1", 4000, "192.168.1.100", 80, TCP);
	struct flow other = flow("10.0.0.1", 4000, "192.168.1.100", 8080, TCP);

	tables_own(tables, 0);
	cr_assert_eq(explain(&web, 1).reason, XNLB_REASON_NO_OWNER);
	cr_assert_eq(explain(&other, 1).reason, XNLB_REASON_NO_RULE);
}

/* ICMP has no ports and no rules; what the caller left in the ports does not matter. */
Test(explain, protocols_without_ports)
{
	struct flow ping = flow("10.0.0.1", 0, "192.168.1.100", 0, 1);
	struct flow noise = flow("10.0.0.1", 80, "192.168.1.100", 80, 1);

	cr_assert_eq(explain(&ping, 1).reason, XNLB_REASON_DEFAULT_NODE);
	cr_assert_eq(explain(&ping, 2).reason, XNLB_REASON_NO_RULE);
	cr_assert_eq(explain(&noise, 1).reason, XNLB_REASON_DEFAULT_NODE);
	cr_assert_eq(explain(&noise, 1).bucket, explain(&ping, 1).bucket);
}

/* Affinity single: all of a client's flows to a rule on one node, over TCP and UDP. */
Test(explain, affinity_keeps_a_client_together)
{
	for (int client = 0; client < 200; client++) {
		struct flow asked = {.src = {4, {10, 0, 1, (uint8_t)client}},
				     .dst = cluster.ip[0],
				     .proto = TCP,
				     .dport = 443};
		uint8_t owner = explain(&asked, 1).owner;

		for (uint16_t port = 1; port < 20; port++) {
			asked.sport = port;
			asked.proto = port % 2 ? TCP : UDP;
			cr_assert_eq(explain(&asked, 1).owner, owner);
		}
	}
}

/* As it is read from a running instance: with the marks of moving buckets, and the lease. */
Test(explain, a_node_without_a_lease_and_buckets_that_move)
{
	const struct flow web = flow("10.0.0.1", 1234, "192.168.1.100", 80, TCP);
	struct xnlb_plan *plan = &tables->plan[tables->rule[1].plan];
	struct explanation e;

	tables->setup.node = 1;
	for (int i = 0; i < XNLB_BUCKETS; i++)
		plan->owner[i] = 1 | XNLB_OWNER_MOVING;
	cr_assert_eq(tables_explain(tables, &web, &e), 0);
	cr_assert_eq(e.verdict, XNLB_VERDICT_ACCEPT);
	cr_assert_eq(e.owner, 1);
	cr_assert(e.moves);
	cr_assert_eq(tables_share(tables, 1, 1), XNLB_BUCKETS);
	tables->idle = true;
	cr_assert_eq(tables_explain(tables, &web, &e), 0);
	cr_assert_eq(e.reason, XNLB_REASON_NO_LEASE);
	cr_assert_eq(e.verdict, XNLB_VERDICT_DROP);
	cr_assert_eq(e.owner, 1);
	for (int i = 0; i < XNLB_BUCKETS; i++)
		plan->owner[i] = XNLB_OWNER_MOVING;
	cr_assert_eq(tables_explain(tables, &web, &e), 0);
	cr_assert_eq(e.reason, XNLB_REASON_MOVING);
	cr_assert_eq(e.owner, 0);
	tables->setup.node = 2;
	for (int i = 0; i < XNLB_BUCKETS; i++)
		plan->owner[i] = 1;
	cr_assert_eq(tables_explain(tables, &web, &e), 0);
	cr_assert_eq(e.reason, XNLB_REASON_OTHER_BUCKET, "without a lease others' are others'");
	cr_assert(!e.moves);
}
