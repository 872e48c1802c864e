// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "core/digest.h"

#define SEED 42

static struct cluster sample(void)
{
	struct cluster cluster = {
		.name = "web",
		.nodes = 2,
		.node = {{1, "a", "eth0"}, {2, "b", ""}},
		.ips = 1,
		.ip = {{4, {10, 0, 0, 1}}},
		.rules = 1,
		.rule = {{.name = "r",
			  .ip = RULE_IP_ALL,
			  .protocol = XNLB_TCP,
			  .port_first = 80,
			  .port_last = 81,
			  .filter = XNLB_FILTER_MULTIPLE,
			  .weight = {50, 50},
			  .priority = {0}}},
		.heartbeat = {50000, 3, 8860},
	};

	return cluster;
}

/* Each change makes another digest of its part, and of no other. */
static struct cluster changed;
static const struct {
	const char *what;
	enum xnlb_part part;
	void *field;
	size_t size;
} fields[] = {
#define FIELD(part, name)                                                    \
	{                                                                    \
#name, XNLB_PART_##part, &changed.name, sizeof(changed.name) \
	}
	FIELD(MODE, mode),
	FIELD(MODE, default_action),
	FIELD(IPS, ip[0].family),
	FIELD(IPS, ip[0].bytes[3]),
	FIELD(NODES, node[1].id),
	FIELD(NODES, node[1].name[0]),
	FIELD(RULES, rule[0].name[0]),
	FIELD(RULES, rule[0].ip),
	FIELD(RULES, rule[0].protocol),
	FIELD(RULES, rule[0].port_first),
	FIELD(RULES, rule[0].port_last),
	FIELD(RULES, rule[0].filter),
	FIELD(RULES, rule[0].affinity),
	FIELD(RULES, rule[0].weight[1]),
	FIELD(RULES, rule[0].priority[63]),
	FIELD(TIMES, heartbeat.interval_us),
	FIELD(TIMES, heartbeat.tolerance),
	FIELD(TIMES, heartbeat.port),
	FIELD(TIMES, quorum),
};

Test(digest, each_field_counts_in_its_part)
{
	uint32_t before[XNLB_PARTS], after[XNLB_PARTS];
	uint64_t whole;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		changed = sample();
		whole = digest_cluster(&changed, SEED, before);
		((uint8_t *)fields[i].field)[0] ^= 1;
		cr_assert_neq(digest_cluster(&changed, SEED, after), whole, "%s", fields[i].what);
		for (int part = 0; part < XNLB_PARTS; part++)
			cr_assert_eq(before[part] != after[part], part == (int)fields[i].part,
				     "%s, part %d", fields[i].what, part);
	}
}

Test(digest, the_seed_counts)
{
	uint32_t before[XNLB_PARTS], after[XNLB_PARTS];

	changed = sample();
	cr_assert_neq(digest_cluster(&changed, SEED, before),
		      digest_cluster(&changed, SEED + 1, after));
	cr_assert_neq(before[XNLB_PART_SEED], after[XNLB_PART_SEED]);
}

Test(digest, what_a_node_may_have_for_itself_does_not)
{
	uint32_t part[XNLB_PARTS];
	uint64_t whole;

	changed = sample();
	whole = digest_cluster(&changed, SEED, part);
	strcpy(changed.node[0].interface, "ens3");
	strcpy(changed.interface, "bond0");
	changed.attach = XNLB_ATTACH_DISPATCHER;
	memset(changed.node[1].name + 2, 0x55, 10); /* behind the end of the name */
	changed.ip[1].family = 6;		    /* beyond the number of them */
	cr_assert_eq(digest_cluster(&changed, SEED, part), whole);
}
