// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as a line that `xnlb explain -` reads. Whatever they are: no crash, an answer; what is
 * refused names one of its words and leaves the flow untouched; what is accepted is the same flow
 * when it is printed and read again, and has a decision within the tables' limits.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/flow.h"
#include "fuzz.h"

/* The addresses are those of the seeds and the dictionary. */
static const struct cluster cluster = {
	.name = "fuzz",
	.nodes = 2,
	.node = {{1, "node1", ""}, {64, "node64", ""}},
	.ips = 2,
	.ip = {{4, {192, 168, 1, 100}}, {6, {0xfd, [14] = 1}}},
	.rules = 3,
	.rule = {{.name = "web",
		  .ip = RULE_IP_ALL,
		  .protocol = XNLB_TCP,
		  .port_first = 80,
		  .port_last = 80,
		  .filter = XNLB_FILTER_MULTIPLE,
		  .weight = {50, [63] = 50}},
		 {.name = "db",
		  .ip = 1,
		  .protocol = XNLB_BOTH,
		  .port_first = 8000,
		  .port_last = 8099,
		  .filter = XNLB_FILTER_SINGLE,
		  .affinity = XNLB_AFFINITY_NETWORK,
		  .priority = {2, [63] = 1}},
		 {.name = "off",
		  .ip = 0,
		  .protocol = XNLB_UDP,
		  .port_first = 65535,
		  .port_last = 65535,
		  .filter = XNLB_FILTER_DISABLED}},
};

static const struct tables *fuzz_tables(void)
{
	static const struct xnlb_hash_key key = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 11};
	static struct tables *tables;

	if (!tables) {
		REQUIRE(!tables_build(&cluster, cluster_nodes(&cluster), &key, &tables));
		tables->setup.node = 64;
	}
	return tables;
}

static bool same_flow(const struct flow *a, const struct flow *b)
{
	return ip_equal(&a->src, &b->src) && ip_equal(&a->dst, &b->dst) && a->proto == b->proto &&
	       a->sport == b->sport && a->dport == b->dport;
}

static bool has_ports(const struct flow *flow)
{
	return flow->proto == 6 || flow->proto == 17;
}

static void require_same_again(const struct flow *flow)
{
	char text[FLOW_TEXT_SIZE], *rest = text, *word[4];
	const char *bad;
	struct flow again;

	REQUIRE(strlen(flow_text(flow, text)) < FLOW_TEXT_SIZE - 1);
	for (int i = 0; i < 4; i++)
		REQUIRE((word[i] = strtok_r(rest, " ", &rest)));
	REQUIRE(!*rest && !strcmp(word[2], "->"));
	REQUIRE(!strchr(word[1], ']') == !(flow->src.family == 6 && has_ports(flow)));
	REQUIRE(!flow_parse(word[0], word[1], word[3], &again, &bad));
	REQUIRE(same_flow(flow, &again));
}

static void require_decision(const struct flow *flow)
{
	const struct tables *tables = fuzz_tables();
	struct explanation e;

	REQUIRE(flow->src.family == 4 || flow->src.family == 6);
	REQUIRE(flow->dst.family == 4 || flow->dst.family == 6);
	REQUIRE(has_ports(flow) || (!flow->sport && !flow->dport));
	if (tables_explain(tables, flow, &e))
		return;
	REQUIRE(flow->src.family == flow->dst.family);
	REQUIRE(e.bucket < XNLB_BUCKETS && e.rule <= cluster.rules);
	REQUIRE(!e.owner || e.owner == 1 || e.owner == 64);
	REQUIRE((e.verdict == XNLB_VERDICT_ACCEPT) == (e.owner == 64));
}

/* With a good word in place of the bad one, what is wrong is a later word, or nothing. */
static void require_bad(char *const word[3], const char *bad)
{
	static const char *const ends[] = {"192.0.2.7:1", "192.0.2.7"};
	int at = bad == word[0] ? 0 : bad == word[1] ? 1 : 2;
	bool later = false;

	REQUIRE(bad == word[at]);
	for (int i = 0; i < 2; i++) { /* a protocol with ports, and one without */
		const char *again[3] = {word[0], word[1], word[2]}, *still = NULL;
		struct flow flow;

		again[at] = at ? ends[i] : "tcp";
		if (!flow_parse(again[0], again[1], again[2], &flow, &still))
			later = true;
		for (int j = at + 1; j < 3; j++)
			later |= still == again[j];
	}
	REQUIRE(later);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy that ends where the text ends: reading on is found */
	char *line = malloc(size + 1), *rest = line, *word[3];
	union {
		struct flow flow;
		uint8_t bytes[sizeof(struct flow)];
	} found, before;
	const char *bad = NULL;
	int words = 0;

	REQUIRE(line);
	memcpy(line, data, size);
	line[size] = '\0';
	while (words < 3 && (word[words] = strtok_r(rest, " \t\n", &rest)))
		words++;
	memset(&found, 0xa5, sizeof(found));
	before = found;
	if (words == 3 && !flow_parse(word[0], word[1], word[2], &found.flow, &bad)) {
		require_same_again(&found.flow);
		require_decision(&found.flow);
	} else {
		if (words == 3)
			require_bad(word, bad);
		REQUIRE(!memcmp(found.bytes, before.bytes, sizeof(before.bytes)));
	}
	free(line);
	return 0;
}
