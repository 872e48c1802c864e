/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs of a program over frames, and the parts of the benchmark. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include "frame.h"

struct bare_bpf;

/* One line on stderr, and the end. `err`: errno or -errno. */
__attribute__((noreturn)) void give_up(const char *what, int err);

#define RUNS 200000 /* of a program over random flows; one packet: five times as many */

/* BPF_PROG_TEST_RUN. ns a run, whole ones, by the kernel's own count. */
double test_run(int program, const uint8_t frame[FRAME_SIZE], int repeat, unsigned int flags);

/*
 * One packet, again and again. What is accepted is stamped, so the second run would see another
 * packet: here the node's own MAC is the cluster's, which costs one comparison more than it should.
 */
double test_run_packet(int program, const struct frame_kind *kind);

/*
 * Another flow in each run (bare.bpf.c), to one of `ports` ports from the kind's on. `clients`
 * above 0: one of so many open connections' flows (flow.h), else anybody's.
 */
double test_run_flows(struct bare_bpf *bare, int program, const struct frame_kind *kind,
		      unsigned int ports, unsigned int clients);

/* The parts, each with its tables. All in the network namespace that lab.sh has made. */
void measure_xdp(struct bare_bpf *bare, unsigned int rounds);
void measure_tc(struct bare_bpf *bare, unsigned int rounds);
void measure_rules(struct bare_bpf *bare, unsigned int rounds);
void measure_connections(struct bare_bpf *bare, unsigned int rounds);
void measure_live(struct bare_bpf *bare, unsigned int rounds);
void measure_wire(struct bare_bpf *bare, unsigned int rounds);

#endif
