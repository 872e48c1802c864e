// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How many buckets move when members or weights change, against the fewest possible, and what a
 * plan costs to compute. Fixed seeds: the moves are the same on every machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buckets.h"

#define SAMPLES 200

struct ratio {
	double sum, worst, last;
	unsigned int count;
};

static void ratio_add(struct ratio *ratio, double value)
{
	ratio->sum += value;
	ratio->last = value;
	ratio->count++;
	if (value > ratio->worst)
		ratio->worst = value;
}

static int moves(const struct xnlb_plan *a, const struct xnlb_plan *b)
{
	int count = 0;

	for (int i = 0; i < XNLB_BUCKETS; i++)
		count += a->owner[i] != b->owner[i];
	return count;
}

static node_set first_nodes(int count)
{
	return ~0ull >> (64 - count);
}

/* `count` random ids; *last is one of them. */
static node_set random_nodes(int count, uint8_t *last)
{
	node_set set = 0;

	while (count) {
		uint8_t id = (uint8_t)(1 + random() % XNLB_NODES_MAX);

		if (set & node_bit(id))
			continue;
		set |= node_bit(id);
		*last = id;
		count--;
	}
	return set;
}

/* One of `members`, all of equal weight, joins the others. */
static double join(node_set members, uint8_t id)
{
	uint8_t weight[XNLB_NODES_MAX];
	struct xnlb_plan before, after;
	int count = __builtin_popcountll(members);

	memset(weight, 1, sizeof(weight));
	buckets_assign(members & ~node_bit(id), weight, &before);
	buckets_assign(members, weight, &after);
	return moves(&before, &after) * (double)count / XNLB_BUCKETS;
}

static void print_joins(void)
{
	static const int sizes[] = {1, 2, 3, 4, 8, 16, 24, 32, 48, 63};

	printf("A node of equal weight joins N others: moves / (buckets / (N + 1))\n"
	       "           ids 1 to N+1           random ids\n"
	       "   N    last    mean   worst     mean   worst\n");
	srandom(7);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int count = sizes[i] + 1;
		struct ratio first = {0}, any = {0};

		for (uint8_t id = 1; id <= count; id++)
			ratio_add(&first, join(first_nodes(count), id));
		for (int sample = 0; sample < SAMPLES; sample++) {
			uint8_t id = 0;
			node_set members = random_nodes(count, &id);

			ratio_add(&any, join(members, id));
		}
		printf("%4d   %5.3f   %5.3f   %5.3f    %5.3f   %5.3f\n", sizes[i], first.last,
		       first.sum / first.count, first.worst, any.sum / any.count, any.worst);
	}
}

/* Buckets that change hands between two sets of weights: how many do, how many must. */
struct change {
	long moved, needed;
};

static void change_add(struct change *change, node_set members, const uint8_t *before,
		       const uint8_t *after)
{
	uint16_t quota[2][XNLB_NODES_MAX];
	struct xnlb_plan plan[2];

	bucket_quotas(members, before, quota[0]);
	bucket_quotas(members, after, quota[1]);
	buckets_assign(members, before, &plan[0]);
	buckets_assign(members, after, &plan[1]);
	change->moved += moves(&plan[0], &plan[1]);
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		if (quota[1][i] > quota[0][i])
			change->needed += quota[1][i] - quota[0][i];
}

static void random_weights(uint8_t weight[XNLB_NODES_MAX])
{
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		weight[i] = (uint8_t)(1 + random() % XNLB_WEIGHT_MAX);
}

static void print_changes(void)
{
	printf("\nN nodes of random weights: moves / fewest possible, over %d samples\n"
	       "   N    one leaves   one has a new weight   all have new weights\n",
	       SAMPLES);
	srandom(3);
	for (int count = 2; count <= XNLB_NODES_MAX; count *= 2) {
		struct change leave = {0}, one = {0}, all = {0};

		for (int sample = 0; sample < SAMPLES; sample++) {
			uint8_t weight[XNLB_NODES_MAX], other[XNLB_NODES_MAX];
			long i = random() % count;

			random_weights(weight);
			memcpy(other, weight, sizeof(other));
			other[i] = 0;
			change_add(&leave, first_nodes(count), weight, other);
			other[i] = (uint8_t)(1 + random() % XNLB_WEIGHT_MAX);
			change_add(&one, first_nodes(count), weight, other);
			random_weights(other);
			change_add(&all, first_nodes(count), weight, other);
		}
		printf("%4d         %5.3f                  %5.3f                  %5.3f\n", count,
		       (double)leave.moved / leave.needed, (double)one.moved / one.needed,
		       (double)all.moved / all.needed);
	}
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_times(void)
{
	printf("\nOne plan of N nodes of random weights, microseconds\n"
	       "   N     min  median     max\n");
	srandom(5);
	for (int count = 1; count <= XNLB_NODES_MAX; count *= 2) {
		double took[SAMPLES];

		for (int sample = 0; sample < SAMPLES; sample++) {
			uint8_t weight[XNLB_NODES_MAX];
			struct xnlb_plan plan;
			double start;

			random_weights(weight);
			start = now_us();
			buckets_assign(first_nodes(count), weight, &plan);
			took[sample] = now_us() - start;
		}
		qsort(took, SAMPLES, sizeof(took[0]), by_value);
		printf("%4d  %6.0f  %6.0f  %6.0f\n", count, took[0], took[SAMPLES / 2],
		       took[SAMPLES - 1]);
	}
}

int main(void)
{
	print_joins();
	print_changes();
	print_times();
	return 0;
}
