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
double series_at(const struct series *series,
		 double part); /* 0: minimum, 0.5: median, 1: maximum */

/*
 * Lines of two series side by side, in ns: what, both medians, the second minus the first (minimum,
 * median, maximum) and the budget for its median; budget 0: none.
 */
void report_head(const char *title, const char *first, const char *second);
void report_line(const char *what, const struct series *first, const struct series *second,
		 double budget);

/* A line of one ratio, with its budget and aim. */
void report_ratio(const char *what, const struct series *ratio);

/* Something was left out, or went wrong, in one line among the tables. */
void report_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
