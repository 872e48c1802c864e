// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whether the path stays as short with many open connections: the same loaded program, run in turns
 * in a namespace without one and in one with all of them, over random flows of these connections.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "crowd.h"
#include "flow.h"
#include "harness.h"
#include "lab.h"
#include "report.h"
#include "variant.h"

#define CONNECTIONS 1000000

#define ELSEWHERE 30000 /* the rule's ports, so that those of the connections have none */

static const struct {
	const char *what;
	struct variant variant;
	bool strangers; /* flows of nobody's connection */
} cases[] = {
	{"drop another node's", {1, 4, NONE, 1, false, 0, XNLB_AFFINITY_NONE}, false},
	{"accept", {1, 4, ALL, 1, false, 0, XNLB_AFFINITY_NONE}, false},
	{"no rule: socket table, strangers",
	 {2, 4, NONE, 1, false, ELSEWHERE, XNLB_AFFINITY_NONE},
	 true},
	{"no rule: socket table, found if open",
	 {2, 4, NONE, 1, false, ELSEWHERE, XNLB_AFFINITY_NONE},
	 false},
};

void measure_connections(struct bare_bpf *bare, unsigned int rounds)
{
	static const struct frame_kind frame = {4, CLUSTER_4, IPPROTO_TCP, ACK, FIRST_PORT};
	int home = network_here();
	struct crowd crowd;
	char title[128], many[16];

	crowd_open(CONNECTIONS, &crowd);
	snprintf(title, sizeof(title),
		 "Open connections: %u in %u processes, opened in %.0f s; random flows, "
		 "BPF_PROG_TEST_RUN",
		 crowd.connections, crowd.processes, crowd.seconds);
	snprintf(many, sizeof(many), "%u", crowd.connections);
	report_head(title, "none", many);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object object = variant_load(&cases[i].variant);
		int xnlb = object_program(&object, "xnlb_xdp");
		unsigned int clients = cases[i].strangers ? 0 : crowd.connections;
		struct series without = {0}, with = {0};

		test_run_flows(bare, xnlb, &frame, PORTS, clients); /* warm */
		for (unsigned int round = 0; round < rounds; round++) {
			series_add(&without, test_run_flows(bare, xnlb, &frame, PORTS, clients));
			network_enter(crowd.network);
			series_add(&with, test_run_flows(bare, xnlb, &frame, PORTS, clients));
			network_enter(home);
		}
		report_line(cases[i].what, &without, &with, 0);
		object_close(&object);
	}
	crowd_close(&crowd);
	close(home);
}
