/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network namespaces of lab.sh, and commands in them. */
#ifndef BENCH_LAB_H
#define BENCH_LAB_H

#define WIRE_NETWORK 3 /* descriptor that lab.sh leaves open: the namespace of the sender */

int network_here(void); /* a descriptor of this namespace */
void network_enter(int network);

/* `sh -c`, silently. Its exit code, or -errno. */
int command(const char *line);

#endif
