// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Order statistics and a table. */
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

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

double series_at(struct series *series, double part)
{
	qsort(series->value, series->count, sizeof(series->value[0]), compare);
	return series->value[(unsigned int)(part * (series->count - 1) + 0.5)];
}

void report_head(const char *title)
{
	printf("\n%s\n%-44s %8s %8s   %22s %8s\n", title, "ns a packet", "bare", "xnlb",
	       "above bare min/med/max", "budget");
}

void report_line(const char *what, struct series *bare, struct series *xnlb, double budget)
{
	struct series above = {0};
	double median;

	/* Neighbours in time are compared, before sorting forgets who they were. */
	for (unsigned int i = 0; i < xnlb->count; i++)
		series_add(&above, xnlb->value[i] - bare->value[i]);
	median = series_at(&above, 0.5);
	printf("%-44s %8.1f %8.1f   %6.1f %6.1f %7.1f", what, series_at(bare, 0.5),
	       series_at(xnlb, 0.5), series_at(&above, 0), median, series_at(&above, 1));
	if (budget > 0)
		printf(" %8.0f %s", budget, median <= budget ? "ok" : "NOT REACHED");
	putchar('\n');
}
