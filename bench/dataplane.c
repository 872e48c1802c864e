// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What xnlb costs, against programs that do nothing in the same set-up. Each round runs the bare
 * program and xnlb one after the other, so that what else the machine does falls on both.
 *
 * Runs in the network namespaces of lab.sh (make bench).
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bare.skel.h"
#include "harness.h"
#include "machine.h"
#include "report.h"

int main(int argc, char **argv)
{
	static void (*const parts[])(struct bare_bpf *, unsigned int) = {
		measure_xdp,  measure_tc,   measure_rules,
		measure_live, measure_wire, measure_connections,
	};
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 15;
	struct bare_bpf *bare;
	cpu_set_t cpus;

	if (rounds < 3 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench: rounds are 3 to %d\n", ROUNDS_MAX);
		return 2;
	}
	/* One CPU: the sender and the NIC's softirq share it, so that time adds up. */
	CPU_ZERO(&cpus);
	CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	bare = bare_bpf__open_and_load();
	if (!bare)
		give_up("bare programs", errno);
	machine_describe();
	report_note("%u rounds; %d runs of one packet each, %d of random flows", rounds, 5 * RUNS,
		    RUNS);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		machine_watch();
		parts[i](bare, rounds);
		machine_judge();
	}
	bare_bpf__destroy(bare);
	return 0;
}
