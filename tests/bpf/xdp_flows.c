// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP program and the core agree: on the bucket of each shared vector, and on 20,000 random
 * flows of a random cluster, at each of its nodes, with what `explain` says.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bpf/network.h"
#include "bpf/programs.h"
#include "unit/random.h"
#include "vectors/hash.h"

#define NODES 4
#define FLOWS 20000

static size_t flow_frame(const struct flow *flow, uint8_t frame[PACKET_MAX])
{
	char src[IP_TEXT_SIZE], dst[IP_TEXT_SIZE];
	const struct packet packet = {
		.src = ip_text(&flow->src, src),
		.dst = ip_text(&flow->dst, dst),
		.proto = flow->proto,
		.sport = flow->sport,
		.dport = flow->dport,
		.flags = TCP_SYN,
		.icmp_type = flow->proto == IPPROTO_ICMP ? 8 : 128,
	};

	return packet_build(&packet, frame);
}

static struct flow vector_flow(const struct hash_vector *vector)
{
	struct flow flow = {.proto = vector->proto, .sport = vector->sport, .dport = vector->dport};

	cr_assert_eq(ip_parse(vector->src, &flow.src), 0);
	cr_assert_eq(ip_parse(vector->dst, &flow.dst), 0);
	return flow;
}

/* A cluster with every destination of the vectors as a cluster IP, and one rule. */
static void vector_cluster(struct cluster *cluster)
{
	*cluster = (struct cluster){.nodes = 2,
				    .node = {{1, "node1", ""}, {2, "node2", ""}},
				    .rules = 1,
				    .rule = {{.name = "any",
					      .ip = RULE_IP_ALL,
					      .protocol = XNLB_BOTH,
					      .port_last = UINT16_MAX,
					      .filter = XNLB_FILTER_MULTIPLE,
					      .weight = {50, 50}}}};
	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		struct ip_addr ip = vector_flow(&hash_vectors[i]).dst;
		unsigned int known = 0;

		while (known < cluster->ips && !ip_equal(&cluster->ip[known], &ip))
			known++;
		if (known < cluster->ips)
			continue;
		cr_assert_lt(cluster->ips, XNLB_IPS_MAX);
		cluster->ip[cluster->ips++] = ip;
	}
}

/* Is the flow's bucket this one? Then it is this node's when the node owns this bucket alone. */
static bool in_bucket(const struct programs *programs, const struct hash_vector *vector,
		      uint32_t bucket)
{
	static struct outcome outcome;
	struct flow flow = vector_flow(vector);
	uint8_t frame[PACKET_MAX];
	struct xnlb_plan plan;

	memset(&plan, 2, sizeof(plan));
	plan.owner[bucket] = 1;
	for (uint32_t i = 0; i < programs->tables->cluster.plans; i++)
		programs_write(programs, "owners", i, &plan);
	programs_run(programs, programs->xdp, vector->src, frame, flow_frame(&flow, frame),
		     &outcome);
	cr_expect(outcome.counted.reason == XNLB_REASON_OWN_BUCKET ||
			  outcome.counted.reason == XNLB_REASON_DEFAULT_NODE ||
			  outcome.counted.reason == XNLB_REASON_OTHER_BUCKET ||
			  outcome.counted.reason == XNLB_REASON_NO_RULE ||
			  outcome.counted.reason == XNLB_REASON_NO_SOCKET,
		  "%s to %s: %s", vector->src, vector->dst, reason_name(outcome.counted.reason));
	/* The bucket of the default node decides; whether a socket is there comes behind it. */
	return outcome.code == XDP_PASS || outcome.counted.reason == XNLB_REASON_NO_SOCKET;
}

/* Rules have any affinity; protocols without ports have no rule and are hashed with all words. */
static bool reachable(const struct hash_vector *vector)
{
	return vector->proto == IPPROTO_TCP || vector->proto == IPPROTO_UDP ||
	       (vector->affinity == XNLB_AFFINITY_NONE && !vector->sport && !vector->dport);
}

static unsigned int run_vectors(unsigned int key, const struct cluster *cluster)
{
	unsigned int compared = 0;

	for (int affinity = XNLB_AFFINITY_NONE; affinity <= XNLB_AFFINITY_NETWORK; affinity++) {
		struct cluster mine = *cluster;
		struct programs programs;
		struct tables *tables;

		mine.rule[0].affinity = (enum xnlb_affinity)affinity;
		tables = programs_tables(&mine, 1, &hash_keys[key]);
		programs_load(tables, &programs);
		for (size_t i = 0; i < COUNT(hash_vectors); i++) {
			const struct hash_vector *vector = &hash_vectors[i];

			if (vector->key != key || (int)vector->affinity != affinity ||
			    !reachable(vector))
				continue;
			cr_expect(in_bucket(&programs, vector, vector->bucket), "vector %zu", i);
			cr_expect_not(
				in_bucket(&programs, vector, (vector->bucket + 1) % XNLB_BUCKETS),
				"vector %zu, next bucket", i);
			compared++;
		}
		programs_close(&programs);
		tables_free(tables);
	}
	return compared;
}

Test(flows, vectors, .timeout = 60)
{
	static struct cluster cluster;
	unsigned int compared = 0;

	network_new(); /* no sockets */
	vector_cluster(&cluster);
	for (unsigned int key = 0; key < COUNT(hash_keys); key++)
		compared += run_vectors(key, &cluster);
	cr_assert_geq(compared, 150, "only %u vectors reach the program", compared);
}

static struct ip_addr random_address(uint8_t family)
{
	struct ip_addr ip = {.family = family};

	for (int i = 0; i < (family == 4 ? 4 : 16); i++)
		ip.bytes[i] = (uint8_t)random_word();
	return ip;
}

/* Rules of every kind, with ports between them that none covers, on one cluster IP or on all. */
static void random_cluster(struct cluster *cluster)
{
	*cluster = (struct cluster){.nodes = NODES, .ips = 8, .rules = 40};
	for (uint8_t i = 0; i < NODES; i++) {
		cluster->node[i].id = i + 1;
		snprintf(cluster->node[i].name, sizeof(cluster->node[i].name), "node%u", i + 1u);
	}
	for (unsigned int i = 0; i < cluster->ips; i++)
		cluster->ip[i] = random_address(i % 2 ? 6 : 4);
	for (unsigned int i = 0; i < cluster->rules; i++) {
		struct rule *rule = &cluster->rule[i];

		snprintf(rule->name, sizeof(rule->name), "rule%u", i);
		rule->ip = (uint8_t)(i % 3 ? RULE_IP_ALL : random_below(cluster->ips));
		rule->protocol = (enum xnlb_protocol)(1 + random_below(3));
		rule->port_first = (uint16_t)(i * 1600 + random_below(800));
		rule->port_last = (uint16_t)(rule->port_first + random_below(800));
		rule->filter = (enum xnlb_filter)(i % 10 == 9  ? XNLB_FILTER_DISABLED
						  : i % 5 == 4 ? XNLB_FILTER_SINGLE
							       : XNLB_FILTER_MULTIPLE);
		rule->affinity = (enum xnlb_affinity)random_below(3);
		for (uint8_t node = 0; node < NODES; node++) {
			rule->weight[node] = (uint8_t)(i == 7 ? 0 : random_below(101));
			rule->priority[node] = (uint8_t)((node + i) % NODES + 1);
		}
	}
}

static struct flow random_flow(const struct cluster *cluster)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
					 IPPROTO_UDP, IPPROTO_UDP, 0,		47};
	struct flow flow = {.dst = cluster->ip[random_below(cluster->ips)]};

	flow.src = random_address(flow.dst.family);
	flow.proto = protos[random_below(COUNT(protos))];
	if (flow.proto == 0)
		flow.proto = flow.dst.family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (flow.proto == IPPROTO_TCP || flow.proto == IPPROTO_UDP) {
		flow.sport = (uint16_t)random_word();
		flow.dport = (uint16_t)random_word();
	}
	return flow;
}

/* What a node's counters must be at the end. */
static unsigned long long wanted[NODES][XNLB_RULES_MAX + 1][XNLB_REASONS];

/* Without a rule the program asks for a socket too, which explain does not: here is none. */
static void ask_socket(const struct flow *flow, struct explanation *explanation)
{
	if (explanation->rule || flow->proto != IPPROTO_UDP)
		return;
	explanation->owner = 0;
	if (explanation->reason != XNLB_REASON_DEFAULT_NODE)
		return;
	explanation->reason = XNLB_REASON_NO_SOCKET;
	explanation->verdict = XNLB_VERDICT_DROP;
}

static void run_flow(const struct programs programs[NODES], const struct flow *flow)
{
	unsigned int accepted = 0, owner = 0;
	uint8_t frame[PACKET_MAX];
	size_t size = flow_frame(flow, frame);

	for (int node = 0; node < NODES; node++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
			    .data_size_in = (__u32)size, .repeat = 1);
		struct explanation explanation;

		cr_assert_eq(bpf_prog_test_run_opts(programs[node].xdp, &options), 0);
		cr_assert_eq(tables_explain(programs[node].tables, flow, &explanation), 0);
		ask_socket(flow, &explanation);
		cr_assert_eq(options.retval,
			     explanation.verdict == XNLB_VERDICT_DROP ? XDP_DROP : XDP_PASS);
		wanted[node][explanation.rule][explanation.reason]++;
		owner = explanation.owner;
		if (options.retval == XDP_PASS) {
			accepted++;
			cr_expect_eq(explanation.owner, node + 1);
		}
	}
	cr_expect_eq(accepted, owner ? 1 : 0, "%u nodes took a flow of owner %u", accepted, owner);
}

static void compare_all_counters(const struct programs *programs, int node)
{
	static unsigned long long sums[XNLB_RULES_MAX + 1][XNLB_REASONS];

	programs_counters(programs, sums);
	for (uint32_t rule = 0; rule <= programs->tables->cluster.rules; rule++)
		for (int reason = 0; reason < XNLB_REASONS; reason++)
			cr_expect_eq(sums[rule][reason], wanted[node][rule][reason],
				     "node %d, rule %u, %s: %llu, not %llu", node + 1, rule,
				     reason_name((enum xnlb_reason)reason), sums[rule][reason],
				     wanted[node][rule][reason]);
}

Test(flows, explain_agrees, .timeout = 60)
{
	static struct cluster cluster;
	struct programs programs[NODES];
	struct tables *tables[NODES];

	network_new();
	random_cluster(&cluster);
	for (uint8_t node = 0; node < NODES; node++) {
		tables[node] = programs_tables(&cluster, node + 1, &test_key);
		programs_load(tables[node], &programs[node]);
	}
	for (int i = 0; i < FLOWS; i++) {
		struct flow flow = random_flow(&cluster);

		run_flow(programs, &flow);
	}
	for (int node = 0; node < NODES; node++) {
		compare_all_counters(&programs[node], node);
		programs_close(&programs[node]);
		tables_free(tables[node]);
	}
}
