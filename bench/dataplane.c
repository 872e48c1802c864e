// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What xnlb costs, against programs that do nothing in the same set-up. Each round runs the bare
 * program and xnlb one after the other, so that what else the machine does falls on both. The paths
 * are measured with one packet each; whether they stay as short with many rules, nodes and flows is
 * measured with another flow in every run (bare.bpf.c), as a cache or a predictor would see it.
 *
 * Runs in a network namespace of its own, with the veth pair bench0, bench1 (bench.mk makes both).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bare.skel.h"
#include "core/tables.h"
#include "dataplane/object.h"
#include "report.h"

#define REPEAT	   200000
#define LIVE	   400000 /* frames of a round on the NIC path */
#define FRAME_SIZE 78
#define SYN	   0x02
#define ACK	   0x10

static const uint8_t cluster_address[6] = {3, 0xbf, 192, 168, 1, 100};
static const uint8_t nobody[6];

__attribute__((noreturn)) static void give_up(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

/* ---- clusters ---- */

enum part { ALL_MINE, NONE_MINE, EQUAL };

struct variant {
	uint8_t node; /* this one */
	uint8_t nodes;
	unsigned int rules; /* on ports from 80 on; one rule covers 1024 of them */
	enum part part;
	enum xnlb_affinity affinity;
};

static void fill_rule(struct rule *rule, const struct variant *variant, unsigned int index)
{
	*rule = (struct rule){.ip = RULE_IP_ALL,
			      .protocol = XNLB_BOTH,
			      .port_first = (uint16_t)(80 + index),
			      .port_last = (uint16_t)(variant->rules == 1 ? 80 + 1023 : 80 + index),
			      .filter = XNLB_FILTER_MULTIPLE,
			      .affinity = variant->affinity};
	snprintf(rule->name, sizeof(rule->name), "rule%u", index);
	for (uint8_t id = 1; id <= variant->nodes; id++) {
		bool mine = id == variant->node;

		/* Equal, but different for each rule, so that no two share a plan. */
		if (variant->part == EQUAL)
			rule->weight[id - 1] = (uint8_t)(50 + (index + id * 7u) % 50);
		else
			rule->weight[id - 1] = mine == (variant->part == ALL_MINE) ? 50 : 0;
	}
}

static struct object load(const struct variant *variant)
{
	/* An instance without a pin, of which nothing is kept. */
	struct instance nowhere = {.name = "bench", .folder = "/tmp/xnlb-bench-XXXXXX", .lock = -1};
	static const struct xnlb_hash_key key = {{3, 5, 7, 11, 13, 17, 19, 23, 29, 31}, 37};
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	struct xnlb_hash_key hash = key;
	struct object object;
	struct tables *tables;
	int err;

	if (!cluster)
		give_up("memory", ENOMEM);
	for (int i = 0; i < XNLB_HASH_WORDS; i++) /* odd multiples of the golden ratio */
		hash.a[i] *= 0x9e3779b97f4a7c15;
	cluster->mode = XNLB_MULTICAST;
	cluster->nodes = variant->nodes;
	for (uint8_t i = 0; i < variant->nodes; i++) {
		cluster->node[i].id = (uint8_t)(i + 1);
		snprintf(cluster->node[i].name, sizeof(cluster->node[i].name), "node%u", i + 1u);
	}
	cluster->ips = 2;
	ip_parse("192.168.1.100", &cluster->ip[0]);
	ip_parse("fd00::100", &cluster->ip[1]);
	cluster->rules = variant->rules;
	for (unsigned int i = 0; i < variant->rules; i++)
		fill_rule(&cluster->rule[i], variant, i);
	err = tables_build(cluster, cluster_nodes(cluster), &hash, &tables);
	if (err)
		give_up("tables", err);
	tables->setup.node = variant->node;
	memcpy(tables->setup.own_mac.bytes, cluster_address, 6);
	if (!mkdtemp(nowhere.folder))
		give_up("temporary folder", errno);
	err = object_load(tables, &nowhere, &object);
	rmdir(nowhere.folder);
	if (err)
		exit(1);
	tables_free(tables);
	free(cluster);
	return object;
}

/* ---- frames ---- */

struct frame_kind {
	int family;
	const char *to; /* address */
	uint8_t proto, flags;
	uint16_t port;
};

static void build(const struct frame_kind *kind, const uint8_t mac[6], uint8_t frame[FRAME_SIZE])
{
	uint8_t *ip = frame + 14, *transport = ip + (kind->family == 4 ? 20 : 40);
	static const uint8_t client[6] = {0x52, 0x54, 0, 0, 2, 0};
	static const uint8_t header4[9] = {0x45, 0, 0, 64, 0, 0, 0, 0, 64};
	static const uint8_t header6[6] = {0x60, 0, 0, 0, 0, 24};
	uint16_t port = htons(kind->port);

	memset(frame, 0, FRAME_SIZE);
	memcpy(frame, mac, 6);
	memcpy(frame + 6, client, sizeof(client));
	if (kind->family == 4) {
		frame[12] = 0x08;
		memcpy(ip, header4, sizeof(header4));
		ip[9] = kind->proto;
		inet_pton(AF_INET, "10.1.2.3", ip + 12);
		inet_pton(AF_INET, kind->to, ip + 16);
	} else {
		frame[12] = 0x86;
		frame[13] = 0xdd;
		memcpy(ip, header6, sizeof(header6));
		ip[6] = kind->proto;
		ip[7] = 64;
		inet_pton(AF_INET6, "fd01::3", ip + 8);
		inet_pton(AF_INET6, kind->to, ip + 24);
	}
	memcpy(transport + 2, &port, 2);
	if (kind->proto == IPPROTO_TCP) {
		transport[12] = 0x50; /* 20 bytes of header */
		transport[13] = kind->flags;
	}
}

/* ---- measuring ---- */

/* ns for each run, whole ones: the kernel's own count, without what the scheduler took in between.
 */
static double run(int program, const uint8_t frame[FRAME_SIZE], int repeat, unsigned int flags)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME_SIZE,
		    .repeat = repeat, .flags = flags);
	int err = bpf_prog_test_run_opts(program, &opts);

	if (err)
		give_up("BPF_PROG_TEST_RUN", err);
	return opts.duration;
}

/*
 * One packet, again and again. What is accepted is stamped, so the second run would see another
 * packet: here the node's own MAC is the cluster's, which costs one comparison more than it should.
 */
static double run_packet(int program, const struct frame_kind *kind)
{
	uint8_t frame[FRAME_SIZE];

	build(kind, cluster_address, frame);
	return run(program, frame, 5 * REPEAT, 0);
}

/* The same through the program that makes each run another flow. */
static double run_flows(struct bare_bpf *bare, int program, const struct frame_kind *kind,
			unsigned int ports_mask)
{
	uint8_t frame[FRAME_SIZE];
	__u32 zero = 0;
	int err;

	memcpy(bare->bss->to, cluster_address, 6);
	bare->bss->ports_mask = ports_mask;
	bare->data->port = kind->port;
	err = bpf_map_update_elem(bpf_map__fd(bare->maps.next), &zero, &program, BPF_ANY);
	if (err)
		give_up("next program", err);
	build(kind, cluster_address, frame);
	return run(bpf_program__fd(bare->progs.flows), frame, REPEAT, 0);
}

struct xdp_case {
	const char *what;
	struct variant variant;
	struct frame_kind frame;
	unsigned int ports_mask; /* above 0: another flow in every run */
	bool drops;
	double budget;
};

#define THEIRS                                         \
	{                                              \
		1, 4, 1, NONE_MINE, XNLB_AFFINITY_NONE \
	}
#define MINE                                          \
	{                                             \
		1, 4, 1, ALL_MINE, XNLB_AFFINITY_NONE \
	}
#define FLAT(nodes, rules)                                 \
	{                                                  \
		1, nodes, rules, EQUAL, XNLB_AFFINITY_NONE \
	}
#define C4  "192.168.1.100"
#define C6  "fd00::100"
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

static const struct xdp_case cases[] = {
	{"drop another node's, IPv4 TCP", THEIRS, {4, C4, TCP, ACK, 80}, 0, true, 10},
	{"drop another node's, IPv4 UDP", THEIRS, {4, C4, UDP, 0, 80}, 0, true, 10},
	{"drop another node's, IPv6 TCP", THEIRS, {6, C6, TCP, ACK, 80}, 0, true, 10},
	{"drop another node's, IPv6 UDP", THEIRS, {6, C6, UDP, 0, 80}, 0, true, 10},
	{"drop, affinity single, IPv4 TCP",
	 {1, 4, 1, NONE_MINE, XNLB_AFFINITY_SINGLE},
	 {4, C4, TCP, ACK, 80},
	 0,
	 true,
	 10},
	{"accept, IPv4 TCP", MINE, {4, C4, TCP, ACK, 80}, 0, false, 15},
	{"accept, IPv4 UDP", MINE, {4, C4, UDP, 0, 80}, 0, false, 15},
	{"accept, IPv6 TCP", MINE, {6, C6, TCP, ACK, 80}, 0, false, 15},
	{"other traffic, IPv4 TCP", THEIRS, {4, "192.168.1.1", TCP, ACK, 80}, 0, false, 5},
	{"other traffic, IPv6 TCP", THEIRS, {6, "fd00::1", TCP, ACK, 80}, 0, false, 5},
	{"SYN flood, port without a rule",
	 {2, 4, 1, EQUAL, XNLB_AFFINITY_NONE},
	 {4, C4, TCP, SYN, 9999},
	 0,
	 true,
	 10},
	{"no SYN, port without a rule: socket table",
	 {2, 4, 1, EQUAL, XNLB_AFFINITY_NONE},
	 {4, C4, TCP, ACK, 9999},
	 0,
	 true,
	 0},
	{"random flows, 1 rule, 2 nodes", FLAT(2, 1), {4, C4, TCP, ACK, 80}, 1023, true, 0},
	{"random flows, 1 rule, 64 nodes", FLAT(64, 1), {4, C4, TCP, ACK, 80}, 1023, true, 0},
	{"random flows, 1000 rules, 2 nodes", FLAT(2, 1000), {4, C4, TCP, ACK, 80}, 1023, true, 0},
	{"random flows, 1000 rules, 64 nodes",
	 FLAT(64, 1000),
	 {4, C4, TCP, ACK, 80},
	 1023,
	 true,
	 0},
};

static double run_case(struct bare_bpf *bare, int program, const struct xdp_case *c)
{
	return c->ports_mask ? run_flows(bare, program, &c->frame, c->ports_mask)
			     : run_packet(program, &c->frame);
}

static void measure_xdp(struct bare_bpf *bare, unsigned int rounds)
{
	report_head("XDP, BPF_PROG_TEST_RUN");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct xdp_case *c = &cases[i];
		struct object object = load(&c->variant);
		int xnlb = object_program(&object, "xnlb_xdp");
		int nothing =
			bpf_program__fd(c->drops ? bare->progs.bare_drop : bare->progs.bare_pass);
		struct series without = {0}, with = {0};

		run_case(bare, xnlb, c); /* warm */
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, run_case(bare, nothing, c));
			series_add(&with, run_case(bare, xnlb, c));
		}
		report_line(c->what, &without, &with, c->budget);
		object_close(&object);
	}
}

static void measure_tc(struct bare_bpf *bare, unsigned int rounds)
{
	static const struct {
		const char *what, *program;
		struct frame_kind frame;
	} tc[] = {
		{"tc ingress, IPv4 TCP", "xnlb_ingress", {4, "192.168.1.1", TCP, ACK, 80}},
		{"tc ingress, IPv6 TCP", "xnlb_ingress", {6, "fd00::1", TCP, ACK, 80}},
		{"tc egress, IPv4 TCP", "xnlb_egress", {4, "10.1.2.3", TCP, ACK, 80}},
		{"tc egress, IPv6 TCP", "xnlb_egress", {6, "fd01::3", TCP, ACK, 80}},
	};
	struct object object = load(&cases[0].variant);
	int nothing = bpf_program__fd(bare->progs.bare_tc);

	report_head("tc companions, other traffic, BPF_PROG_TEST_RUN");
	for (size_t i = 0; i < sizeof(tc) / sizeof(tc[0]); i++) {
		int program = object_program(&object, tc[i].program);
		struct series without = {0}, with = {0};
		uint8_t frame[FRAME_SIZE];

		/* The test run's device is lo, whose MAC is zero: the frame is for this host. */
		build(&tc[i].frame, nobody, frame);
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, run(nothing, frame, 5 * REPEAT, 0));
			series_add(&with, run(program, frame, 5 * REPEAT, 0));
		}
		report_line(tc[i].what, &without, &with, 5);
	}
	object_close(&object);
}

/* ---- on a NIC's path ---- */

static unsigned long long packets_seen(const struct object *object)
{
	int cpus = libbpf_num_possible_cpus();
	struct xnlb_counters *each = calloc((size_t)cpus, sizeof(*each));
	unsigned long long sum = 0;

	for (__u32 rule = 0; each && rule < 2; rule++)
		if (!bpf_map_lookup_elem(object_map(object, "counters"), &rule, each))
			for (int cpu = 0; cpu < cpus; cpu++)
				for (int reason = 0; reason < XNLB_REASONS; reason++)
					sum += ((unsigned long long *)&each[cpu])[reason];
	free(each);
	return sum;
}

/* ns for each of LIVE frames that arrive at `nic` while `program` is attached there. */
static double live(struct bare_bpf *bare, int nic, int program, const uint8_t *frame)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(program, nic, BPF_XDP, &opts);
	double ns;

	if (link < 0)
		give_up("native XDP on veth", link);
	ns = run(bpf_program__fd(bare->progs.generator), frame, LIVE, BPF_F_TEST_XDP_LIVE_FRAMES);
	close(link);
	return ns;
}

static void measure_nic(struct bare_bpf *bare, unsigned int rounds)
{
	struct series made = {0}, without = {0}, with = {0}, ratio = {0};
	struct object object = load(&cases[0].variant);
	int xnlb = object_program(&object, "xnlb_xdp");
	int drop = bpf_program__fd(bare->progs.bare_drop);
	uint8_t frame[FRAME_SIZE];
	unsigned long long seen;
	int nic;

	nic = (int)if_nametoindex("bench0");
	if (!nic)
		give_up("bench0, the veth pair that bench.mk makes", ENODEV);
	bare->bss->redirect_to = if_nametoindex("bench1");
	bare->bss->ports_mask = 0;
	bare->data->port = 80;
	memcpy(bare->bss->to, cluster_address, 6);
	build(&cases[0].frame, cluster_address, frame);
	for (unsigned int round = 0; round < rounds; round++) {
		double generator = run(drop, frame, LIVE, BPF_F_TEST_XDP_LIVE_FRAMES);
		double bare_ns = live(bare, nic, drop, frame);
		double xnlb_ns = live(bare, nic, xnlb, frame);

		series_add(&made, generator);
		series_add(&without, bare_ns);
		series_add(&with, xnlb_ns);
		series_add(&ratio, (xnlb_ns - generator) / (bare_ns - generator));
	}
	seen = packets_seen(&object);
	report_head("Native XDP on veth, live frames: drop another node's");
	report_line("generator included", &without, &with, 0);
	printf("generator alone (frames made and dropped at once): %.1f ns\n",
	       series_at(&made, 0.5));
	printf("ratio to a bare XDP_DROP, generator subtracted: %.3f %.3f %.3f (budget 1.10, aim "
	       "1.05)\n",
	       series_at(&ratio, 0), series_at(&ratio, 0.5), series_at(&ratio, 1));
	printf("frames that arrived at xnlb: %.2f %% of those sent\n",
	       100.0 * (double)seen / ((double)LIVE * rounds));
	object_close(&object);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 15;
	struct bare_bpf *bare;
	struct utsname kernel;
	cpu_set_t cpus;

	if (rounds < 3 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench: rounds are 3 to %d\n", ROUNDS_MAX);
		return 2;
	}
	/* One CPU: the generator and the NIC's softirq share it, so that time adds up. */
	CPU_ZERO(&cpus);
	CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	bare = bare_bpf__open_and_load();
	if (!bare)
		give_up("bare programs", errno);
	uname(&kernel);
	printf("kernel %s, %u rounds of %d runs each\n", kernel.release, rounds, 5 * REPEAT);
	measure_xdp(bare, rounds);
	measure_tc(bare, rounds);
	measure_nic(bare, rounds);
	bare_bpf__destroy(bare);
	return 0;
}
