// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whether the path stays as short with many rules and nodes: another flow and port in every run, as
 * a cache or a predictor would see it. What else differs between two clusters is told apart: with
 * half of the buckets the verdict of a random flow cannot be predicted, whatever the number of
 * nodes; rules of equal weights read one plan, distinct ones 1000 plans, 4 MB.
 */
#include <bpf/libbpf.h>
#include <netinet/in.h>

#include "bare.skel.h"
#include "flow.h"
#include "harness.h"
#include "report.h"
#include "variant.h"

static const struct {
	const char *what;
	struct variant variant;
} flat[] = {
	{"all dropped, 1 rule, 2 nodes", {1, 2, NONE, 1, false, 0, XNLB_AFFINITY_NONE}},
	{"all dropped, 1 rule, 64 nodes", {1, 64, NONE, 1, false, 0, XNLB_AFFINITY_NONE}},
	{"all dropped, 1000 rules of 1 plan, 2 nodes",
	 {1, 2, NONE, 1000, false, 0, XNLB_AFFINITY_NONE}},
	{"all dropped, 1000 rules of 1 plan, 64 nodes",
	 {1, 64, NONE, 1000, false, 0, XNLB_AFFINITY_NONE}},
	{"all dropped, 1000 rules and plans, 64 nodes",
	 {1, 64, NONE, 1000, true, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1 rule, 2 nodes", {1, 2, HALF, 1, false, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1 rule, 64 nodes", {1, 64, HALF, 1, false, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1000 rules of 1 plan, 2 nodes",
	 {1, 2, HALF, 1000, false, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1000 rules of 1 plan, 64 nodes",
	 {1, 64, HALF, 1000, false, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1000 rules and plans, 2 nodes",
	 {1, 2, HALF, 1000, true, 0, XNLB_AFFINITY_NONE}},
	{"half dropped, 1000 rules and plans, 64 nodes",
	 {1, 64, HALF, 1000, true, 0, XNLB_AFFINITY_NONE}},
};

void measure_rules(struct bare_bpf *bare, unsigned int rounds)
{
	static const struct frame_kind frame = {4, CLUSTER_4, IPPROTO_TCP, ACK, FIRST_PORT};
	int nothing = bpf_program__fd(bare->progs.bare_drop);

	report_head("Rules and nodes: random flows over 1000 ports, BPF_PROG_TEST_RUN", "bare",
		    "xnlb");
	for (size_t i = 0; i < sizeof(flat) / sizeof(flat[0]); i++) {
		struct object object = variant_load(&flat[i].variant);
		int xnlb = object_program(&object, "xnlb_xdp");
		struct series without = {0}, with = {0};

		test_run_flows(bare, xnlb, &frame, PORTS, 0); /* warm */
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, test_run_flows(bare, nothing, &frame, PORTS, 0));
			series_add(&with, test_run_flows(bare, xnlb, &frame, PORTS, 0));
		}
		report_line(flat[i].what, &without, &with, 0);
		object_close(&object);
	}
}
