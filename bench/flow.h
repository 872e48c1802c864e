/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flows that the generator draws, known to the BPF programs and to user space. */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

/*
 * Open connection i: client CROWD_CLIENT + i, its port CROWD_PORT, to a port of the cluster that is
 * FIRST_PORT + i % PORTS.
 */
#define CROWD_CLIENT 0x0a000000u
#define CROWD_PORT   40000
#define FIRST_PORT   80
#define PORTS	     1000 /* as many as rules, if each has one */

#endif
