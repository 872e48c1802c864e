// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Each path through the programs, with one packet again and again, against programs that do
 * nothing. */
#include <bpf/libbpf.h>
#include <netinet/in.h>

#include "bare.skel.h"
#include "harness.h"
#include "report.h"
#include "variant.h"

static const struct variant theirs = {1, 4, NONE, 1, false, 0, XNLB_AFFINITY_NONE};
static const struct variant theirs_single = {1, 4, NONE, 1, false, 0, XNLB_AFFINITY_SINGLE};
static const struct variant mine = {1, 4, ALL, 1, false, 0, XNLB_AFFINITY_NONE};
static const struct variant not_default = {2, 4, NONE, 1, false, 0, XNLB_AFFINITY_NONE};

static const struct {
	const char *what;
	const struct variant *variant;
	struct frame_kind frame;
	bool drops;
	double budget;
} xdp[] = {
	{"drop another node's, IPv4 TCP", &theirs, {4, CLUSTER_4, IPPROTO_TCP, ACK, 80}, true, 10},
	{"drop another node's, IPv4 UDP", &theirs, {4, CLUSTER_4, IPPROTO_UDP, 0, 80}, true, 10},
	{"drop another node's, IPv6 TCP", &theirs, {6, CLUSTER_6, IPPROTO_TCP, ACK, 80}, true, 10},
	{"drop another node's, IPv6 UDP", &theirs, {6, CLUSTER_6, IPPROTO_UDP, 0, 80}, true, 10},
	{"drop, affinity single, IPv4 TCP",
	 &theirs_single,
	 {4, CLUSTER_4, IPPROTO_TCP, ACK, 80},
	 true,
	 10},
	{"accept, IPv4 TCP", &mine, {4, CLUSTER_4, IPPROTO_TCP, ACK, 80}, false, 15},
	{"accept, IPv4 UDP", &mine, {4, CLUSTER_4, IPPROTO_UDP, 0, 80}, false, 15},
	{"accept, IPv6 TCP", &mine, {6, CLUSTER_6, IPPROTO_TCP, ACK, 80}, false, 15},
	{"other traffic, IPv4 TCP", &theirs, {4, "192.168.1.1", IPPROTO_TCP, ACK, 80}, false, 5},
	{"other traffic, IPv6 TCP", &theirs, {6, "fd00::1", IPPROTO_TCP, ACK, 80}, false, 5},
	{"SYN flood, port without a rule",
	 &not_default,
	 {4, CLUSTER_4, IPPROTO_TCP, SYN, 9999},
	 true,
	 10},
	{"no SYN, port without a rule: socket table",
	 &not_default,
	 {4, CLUSTER_4, IPPROTO_TCP, ACK, 9999},
	 true,
	 0},
};

void measure_xdp(struct bare_bpf *bare, unsigned int rounds)
{
	report_head("XDP, BPF_PROG_TEST_RUN", "bare", "xnlb");
	for (size_t i = 0; i < sizeof(xdp) / sizeof(xdp[0]); i++) {
		struct object object = variant_load(xdp[i].variant);
		int xnlb = object_program(&object, "xnlb_xdp");
		int nothing = bpf_program__fd(xdp[i].drops ? bare->progs.bare_drop
							   : bare->progs.bare_pass);
		struct series without = {0}, with = {0};

		test_run_packet(xnlb, &xdp[i].frame); /* warm */
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, test_run_packet(nothing, &xdp[i].frame));
			series_add(&with, test_run_packet(xnlb, &xdp[i].frame));
		}
		report_line(xdp[i].what, &without, &with, xdp[i].budget);
		object_close(&object);
	}
}

static const struct {
	const char *what, *program;
	struct frame_kind frame;
} tc[] = {
	{"tc ingress, IPv4 TCP", "xnlb_ingress", {4, "192.168.1.1", IPPROTO_TCP, ACK, 80}},
	{"tc ingress, IPv6 TCP", "xnlb_ingress", {6, "fd00::1", IPPROTO_TCP, ACK, 80}},
	{"tc egress, IPv4 TCP", "xnlb_egress", {4, "10.1.2.3", IPPROTO_TCP, ACK, 80}},
	{"tc egress, IPv6 TCP", "xnlb_egress", {6, "fd01::3", IPPROTO_TCP, ACK, 80}},
};

void measure_tc(struct bare_bpf *bare, unsigned int rounds)
{
	static const uint8_t nobody[6];
	struct object object = variant_load(&theirs);
	int nothing = bpf_program__fd(bare->progs.bare_tc);

	report_head("tc companions, other traffic, BPF_PROG_TEST_RUN", "bare", "xnlb");
	for (size_t i = 0; i < sizeof(tc) / sizeof(tc[0]); i++) {
		int program = object_program(&object, tc[i].program);
		struct series without = {0}, with = {0};
		uint8_t frame[FRAME_SIZE];

		/* The test run's device is lo, whose MAC is zero: the frame is for this host. */
		frame_build(&tc[i].frame, nobody, frame);
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, test_run(nothing, frame, 5 * RUNS, 0));
			series_add(&with, test_run(program, frame, 5 * RUNS, 0));
		}
		report_line(tc[i].what, &without, &with, 5);
	}
	object_close(&object);
}
