/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The machine, and whether anybody else works on it. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

/* Kernel and CPU, in one line. */
void machine_describe(void);

/* CPU time of all since machine_watch, without this process and its children; one line. */
void machine_watch(void);
void machine_judge(void);

#endif
