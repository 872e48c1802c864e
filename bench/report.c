// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Order statistics and a table. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

#define RATIO_BUDGET 1.10
#define RATIO_AIM    1.05

void series_add(struct series *series, double value)
{
	if (series->count < ROUNDS_MAX)
		series->value[series->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double series_at(const struct series *series, double part)
{
	struct series sorted = *series; /* neighbours in time are compared later */

	qsort(sorted.value, sorted.count, sizeof(sorted.value[0]), compare);
	return sorted.value[(unsigned int)(part * (sorted.count - 1) + 0.5)];
}

void report_head(const char *title, const char *first, const char *second)
{
	printf("\n%s\n%-44s %8s %8s   %22s %8s\n", title, "ns a packet", first, second,
	       "above min/med/max", "budget");
}

void report_line(const char *what, const struct series *first, const struct series *second,
		 double budget)
{
	struct series above = {0};
	double median;

	for (unsigned int i = 0; i < second->count; i++)
		series_add(&above, second->value[i] - first->value[i]);
	median = series_at(&above, 0.5);
	printf("%-44s %8.1f %8.1f   %6.1f %6.1f %7.1f", what, series_at(first, 0.5),
	       series_at(second, 0.5), series_at(&above, 0), median, series_at(&above, 1));
	if (budget > 0)
		printf(" %8.0f %s", budget, median <= budget ? "ok" : "NOT REACHED");
	putchar('\n');
	fflush(stdout);
}

void report_ratio(const char *what, const struct series *ratio)
{
	double median = series_at(ratio, 0.5);

	printf("%s: %.3f %.3f %.3f (budget %.2f, aim %.2f) %s\n", what, series_at(ratio, 0), median,
	       series_at(ratio, 1), RATIO_BUDGET, RATIO_AIM,
	       median <= RATIO_AIM	? "aim reached"
	       : median <= RATIO_BUDGET ? "ok"
					: "NOT REACHED");
}

void report_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}
