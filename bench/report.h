/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Series of measurements, and how they are told: minimum, median, maximum. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#define ROUNDS_MAX 101

struct series {
	unsigned int count;
	double value[ROUNDS_MAX];
};

void series_add(struct series *series, double value);
double series_at(struct series *series, double part); /* 0: minimum, 0.5: median, 1: maximum */

/*
 * A line: what, the bare program's median, xnlb's, the difference in ns (minimum, median, maximum)
 * and the budget for its median; budget 0: none.
 */
void report_head(const char *title);
void report_line(const char *what, struct series *bare, struct series *xnlb, double budget);

#endif
