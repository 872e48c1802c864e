// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/programs.h"
#include <xnlb/reason.h>
#include <xnlb/wire.h>

#define CPUS_MAX 1024

const struct xnlb_hash_key test_key = {{0x9b810e766ec9d286, 0xc4647159c324c985, 0xb2221a58008a05a6,
					0x442e3d437204e52d, 0xcd447e35b8b6d8fe, 0x9755d4c13a902931,
					0x1a2b8f1ff1fd42a2, 0x51431193e6c3f339, 0x05b6e6e307d4bedc,
					0xa648a7dd06839eb9},
				       0x025b413f8a9a021e};

#define MULTIPLE .filter = XNLB_FILTER_MULTIPLE
#define SINGLE	 .filter = XNLB_FILTER_SINGLE
#define MINE	 MULTIPLE, .weight = {50}
#define THEIRS	 MULTIPLE, .weight = {0, 50}
#define PORT(n)	 .port_first = (n), .port_last = (n)
#define ALL	 .ip = RULE_IP_ALL
#define BOTH	 .protocol = XNLB_BOTH
#define BY(what) .affinity = XNLB_AFFINITY_##what

const struct cluster test_cluster = {
	.name = "test",
	.mode = XNLB_MULTICAST,
	.heartbeat = {.interval_us = 50000, .tolerance = 3, .port = XNLB_FRAME_PORT},
	.nodes = 4,
	.node = {{1, "node1", ""}, {2, "node2", ""}, {3, "node3", ""}, {4, "node4", ""}},
	.ips = 3,
	.ip = {{4, {192, 168, 1, 100}}, {4, {192, 168, 1, 101}}, {6, {0xfd, [14] = 1, [15] = 0}}},
	.rules = 14,
	.rule =
		{
			{.name = "mine-none", ALL, BOTH, PORT(80), MINE, BY(NONE)},
			{.name = "mine-single", ALL, BOTH, PORT(81), MINE, BY(SINGLE)},
			{.name = "mine-network", ALL, BOTH, PORT(82), MINE, BY(NETWORK)},
			{.name = "theirs-none", ALL, BOTH, PORT(90), THEIRS, BY(NONE)},
			{.name = "theirs-single", ALL, BOTH, PORT(91), THEIRS, BY(SINGLE)},
			{.name = "theirs-network", ALL, BOTH, PORT(92), THEIRS, BY(NETWORK)},
			{.name = "mine-first", ALL, BOTH, PORT(5432), SINGLE, .priority = {1, 2}},
			{.name = "theirs-first", ALL, BOTH, PORT(5433), SINGLE, .priority = {2, 1}},
			{.name = "off", ALL, BOTH, PORT(23), .filter = XNLB_FILTER_DISABLED},
			{.name = "nobody", ALL, BOTH, PORT(99), MULTIPLE},
			{.name = "theirs-lowest", ALL, BOTH, PORT(0), THEIRS},
			{.name = "mine-highest", ALL, BOTH, PORT(65535), MINE},
			{.name = "mine-range",
			 ALL,
			 .protocol = XNLB_UDP,
			 .port_first = 8000,
			 .port_last = 8099,
			 MINE},
			{.name = "mine-b", .ip = 1, .protocol = XNLB_TCP, PORT(7000), MINE},
		},
};

uint32_t test_rule(const char *name)
{
	if (!name)
		return 0;
	for (uint32_t i = 0; i < test_cluster.rules; i++)
		if (!strcmp(test_cluster.rule[i].name, name))
			return i + 1;
	cr_assert_fail("no rule is called %s", name);
	return 0;
}

struct tables *programs_tables(const struct cluster *cluster, uint8_t node,
			       const struct xnlb_hash_key *hash)
{
	struct tables *tables;

	cr_assert_eq(tables_build(cluster, cluster_nodes(cluster), hash, &tables), 0);
	tables->setup.node = node;
	memcpy(tables->setup.own_mac.bytes, packet_mac(node == 2 ? NODE2_MAC : NODE1_MAC), 6);
	memcpy(tables->setup.cluster_mac.bytes, packet_mac(CLUSTER_MAC), 6);
	return tables;
}

void programs_load(const struct tables *tables, struct programs *out)
{
	/* An instance without a pin, of which nothing is kept. */
	struct instance instance = {.name = "test", .folder = "/tmp/xnlb-test-XXXXXX", .lock = -1};

	cr_assert(mkdtemp(instance.folder), "%s", strerror(errno));
	cr_assert_eq(object_load(tables, &instance, OBJECT_KEEP_NOTHING, &out->object), 0);
	rmdir(instance.folder);
	out->tables = tables;
	out->xdp = object_program(&out->object, "xnlb_xdp");
	out->ingress = object_program(&out->object, "xnlb_ingress");
	out->egress = object_program(&out->object, "xnlb_egress");
	cr_assert(out->xdp >= 0 && out->ingress >= 0 && out->egress >= 0);
}

void programs_close(struct programs *programs)
{
	object_close(&programs->object);
}

void programs_write(const struct programs *programs, const char *map, uint32_t key,
		    const void *value)
{
	int err = bpf_map_update_elem(object_map(&programs->object, map), &key, value, BPF_ANY);

	cr_assert_eq(err, 0, "map %s, key %u: %s", map, key, strerror(errno));
}

void programs_counters(const struct programs *programs,
		       unsigned long long sums[XNLB_RULES_MAX + 1][XNLB_REASONS])
{
	static unsigned long long values[CPUS_MAX][XNLB_REASONS];
	int map = object_map(&programs->object, "counters"), cpus = libbpf_num_possible_cpus();

	cr_assert_leq(cpus, CPUS_MAX);
	for (uint32_t rule = 0; rule <= programs->tables->cluster.rules; rule++) {
		cr_assert_eq(bpf_map_lookup_elem(map, &rule, values), 0);
		for (int reason = 0; reason < XNLB_REASONS; reason++) {
			sums[rule][reason] = 0;
			for (int cpu = 0; cpu < cpus; cpu++)
				sums[rule][reason] += values[cpu][reason];
		}
	}
}

static void compare_counters(const struct programs *programs, const char *what,
			     unsigned long long before[][XNLB_REASONS], struct counted *out)
{
	static unsigned long long after[XNLB_RULES_MAX + 1][XNLB_REASONS];

	programs_counters(programs, after);
	*out = (struct counted){.reason = XNLB_REASONS};
	for (uint32_t rule = 0; rule <= programs->tables->cluster.rules; rule++)
		for (int reason = 0; reason < XNLB_REASONS; reason++) {
			unsigned long long moved = after[rule][reason] - before[rule][reason];

			if (!moved)
				continue;
			cr_expect_eq(out->packets, 0,
				     "%s: counted as %s of rule %u and as %s of %u", what,
				     reason_name(out->reason), out->rule,
				     reason_name((enum xnlb_reason)reason), rule);
			*out = (struct counted){rule, (enum xnlb_reason)reason, moved};
		}
}

void programs_run(const struct programs *programs, int program, const char *what,
		  const uint8_t *frame, size_t size, struct outcome *out)
{
	static unsigned long long before[XNLB_RULES_MAX + 1][XNLB_REASONS];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)size,
		    .data_out = out->frame, .data_size_out = sizeof(out->frame), .repeat = 1);

	programs_counters(programs, before);
	cr_assert_eq(bpf_prog_test_run_opts(program, &options), 0, "%s: %s", what, strerror(errno));
	compare_counters(programs, what, before, &out->counted);
	out->code = options.retval;
	out->size = options.data_size_out;
}

static const char *hex(const uint8_t *frame, size_t size, char text[3 * 160])
{
	char *end = text;

	*text = '\0';
	for (size_t i = 0; i < size && i < 150; i++)
		end += sprintf(end, "%02x%s", frame[i], i % 4 == 3 ? " " : "");
	return text;
}

bool same_frame(const char *what, const uint8_t *got, size_t got_size, const uint8_t *wanted,
		size_t wanted_size)
{
	char got_text[3 * 160], wanted_text[3 * 160];
	bool same = got_size == wanted_size && !memcmp(got, wanted, wanted_size);

	cr_expect(same, "%s:\n  frame  %s\n  wanted %s", what, hex(got, got_size, got_text),
		  hex(wanted, wanted_size, wanted_text));
	return same;
}
