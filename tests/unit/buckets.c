// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/buckets.h"
#include "random.h"
#include "../vectors/buckets.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static node_set first_nodes(int count)
{
	return ~0ull >> (64 - count);
}

static void random_weights(uint8_t weight[XNLB_NODES_MAX])
{
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		weight[i] = (uint8_t)random_below(XNLB_WEIGHT_MAX + 1);
}

static void equal_weights(uint8_t weight[XNLB_NODES_MAX], uint8_t value)
{
	memset(weight, value, XNLB_NODES_MAX);
}

/* Buckets of each node by id; [0]: of nobody. */
static void count_owners(const struct xnlb_plan *plan, int count[256])
{
	memset(count, 0, 256 * sizeof(count[0]));
	for (int i = 0; i < XNLB_BUCKETS; i++)
		count[plan->owner[i]]++;
}

static int moves(const struct xnlb_plan *a, const struct xnlb_plan *b)
{
	int count = 0;

	for (int i = 0; i < XNLB_BUCKETS; i++)
		count += a->owner[i] != b->owner[i];
	return count;
}

/* Checks a set of members and weights: quotas within one bucket, and the plan meets them. */
static void check_shares(node_set members, const uint8_t weight[XNLB_NODES_MAX])
{
	uint16_t quota[XNLB_NODES_MAX];
	struct xnlb_plan plan;
	int count[256], total = 0;
	long sum = 0;

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
		if (members & node_bit(id))
			sum += weight[id - 1];
	memset(quota, 0xff, sizeof(quota));
	memset(&plan, 0xff, sizeof(plan));
	bucket_quotas(members, weight, quota);
	buckets_assign(members, weight, &plan);
	count_owners(&plan, count);

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++) {
		long share = members & node_bit(id) ? weight[id - 1] : 0;

		if (!sum)
			share = 0;
		/* |quota - exact| < 1, times the sum of weights */
		cr_assert_lt(labs(quota[id - 1] * sum - XNLB_BUCKETS * share), sum ? sum : 1,
			     "node %u: %u buckets for %ld/%ld", id, quota[id - 1], share, sum);
		cr_assert_eq(count[id], quota[id - 1], "node %u: %d buckets, quota %u", id,
			     count[id], quota[id - 1]);
		total += count[id];
	}
	cr_assert_eq(total, sum ? XNLB_BUCKETS : 0);
	cr_assert_eq(count[0], sum ? 0 : XNLB_BUCKETS);
}

Test(buckets, shares_are_exact_for_equal_weights)
{
	for (int nodes = 1; nodes <= XNLB_NODES_MAX; nodes++) {
		uint8_t weight[XNLB_NODES_MAX];

		equal_weights(weight, 50);
		check_shares(first_nodes(nodes), weight);
	}
}

Test(buckets, shares_are_exact_for_random_weights)
{
	for (int nodes = 1; nodes <= XNLB_NODES_MAX; nodes++) {
		for (int i = 0; i < 10; i++) {
			uint8_t weight[XNLB_NODES_MAX];

			random_weights(weight);
			check_shares(first_nodes(nodes), weight);
		}
	}
}

Test(buckets, shares_are_exact_for_random_members)
{
	for (int i = 0; i < 500; i++) {
		node_set members = (node_set)random_word() << 32 | random_word();
		uint8_t weight[XNLB_NODES_MAX];

		random_weights(weight);
		check_shares(members, weight);
	}
}

Test(buckets, shares_at_the_limits)
{
	uint8_t weight[XNLB_NODES_MAX];

	equal_weights(weight, 0);
	check_shares(~0ull, weight); /* nobody has a weight */
	check_shares(0, weight);
	equal_weights(weight, 100);
	check_shares(0, weight); /* weights, but no members */
	check_shares(node_bit(64), weight);
	weight[0] = 1; /* less than a bucket: 4096/6301 */
	check_shares(~0ull, weight);
	equal_weights(weight, 1);
	weight[63] = 100;
	check_shares(~0ull, weight);
	equal_weights(weight, 0);
	weight[31] = 1;
	check_shares(~0ull, weight); /* one takes all */
	check_shares(~node_bit(32), weight);
}

Test(buckets, left_over_buckets_go_to_the_largest_remainder_then_the_lowest_id)
{
	uint8_t weight[XNLB_NODES_MAX] = {[2] = 1, [8] = 1, [40] = 1};
	uint16_t quota[XNLB_NODES_MAX];

	bucket_quotas(~0ull, weight, quota); /* 1365.33 each */
	cr_assert_eq(quota[2], 1366);
	cr_assert_eq(quota[8], 1365);
	cr_assert_eq(quota[40], 1365);
	weight[40] = 4; /* 682.67, 682.67, 2730.67 */
	bucket_quotas(~0ull, weight, quota);
	cr_assert_eq(quota[2], 683);
	cr_assert_eq(quota[8], 683);
	cr_assert_eq(quota[40], 2730);
	weight[8] = 2; /* 585.14, 1170.29, 2340.57 */
	bucket_quotas(~0ull, weight, quota);
	cr_assert_eq(quota[2], 585);
	cr_assert_eq(quota[8], 1170);
	cr_assert_eq(quota[40], 2341);
}

Test(buckets, follows_the_specification)
{
	for (size_t i = 0; i < COUNT(plan_vectors); i++) {
		const struct plan_vector *vector = &plan_vectors[i];
		uint64_t checksum = 0xcbf29ce484222325;
		struct xnlb_plan plan;

		buckets_assign(vector->members, vector->weight, &plan);
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++)
			checksum = (checksum ^ plan.owner[bucket]) * 0x100000001b3;
		cr_assert_arr_eq(plan.owner, vector->owner, sizeof(vector->owner), "plan %zu", i);
		cr_assert_eq(checksum, vector->checksum, "plan %zu: %#llx instead of %#llx", i,
			     (unsigned long long)checksum, (unsigned long long)vector->checksum);
	}
}

/* Only weights of members count, and only their proportions. */
Test(buckets, equal_proportions_make_equal_plans)
{
	for (int i = 0; i < 50; i++) {
		node_set members = (node_set)random_word() << 32 | random_word();
		uint8_t weight[XNLB_NODES_MAX], other[XNLB_NODES_MAX];
		struct xnlb_plan a, b;

		random_weights(weight);
		for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++) {
			weight[id - 1] /= 3;
			other[id - 1] = members & node_bit(id) ? weight[id - 1] * 3 : 77;
		}
		buckets_assign(members, weight, &a);
		buckets_assign(members, other, &b);
		cr_assert_eq(moves(&a, &b), 0);
		/* A member of weight 0 is as good as none. */
		for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
			if (!weight[id - 1])
				members &= ~node_bit(id);
		buckets_assign(members, weight, &b);
		cr_assert_eq(moves(&a, &b), 0);
	}
}

/* Moves, over the ideal, when node `id` of equal weight leaves or joins `members`. */
static double join(node_set members, uint8_t id)
{
	uint8_t weight[XNLB_NODES_MAX];
	struct xnlb_plan before, after;

	equal_weights(weight, 50);
	buckets_assign(members & ~node_bit(id), weight, &before);
	buckets_assign(members, weight, &after);
	return moves(&before, &after) * (double)__builtin_popcountll(members) / XNLB_BUCKETS;
}

Test(buckets, few_move_when_a_node_joins)
{
	static const struct {
		int nodes;
		double limit;
	} cases[] = {{1, 1.0}, {2, 1.02}, {3, 1.05}, {8, 1.15}, {16, 1.25}, {32, 1.4}, {63, 2.0}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int count = cases[i].nodes + 1;

		for (uint8_t id = 1; id <= count; id++) {
			double ratio = join(first_nodes(count), id);

			cr_assert_leq(ratio, cases[i].limit, "node %u joins %d: %.3f", id,
				      cases[i].nodes, ratio);
			cr_assert_geq(ratio, 0.99, "node %u joins %d: %.3f", id, cases[i].nodes,
				      ratio);
		}
	}
}

/* Ids with gaps: the mean of many, because single sets of 32 reach 1.43. */
Test(buckets, few_move_among_any_ids)
{
	static const struct {
		int nodes;
		double limit;
	} cases[] = {{3, 1.05}, {8, 1.15}, {32, 1.4}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		double sum = 0;

		for (int sample = 0; sample < 50; sample++) {
			node_set members = 0;
			uint8_t id = 1;

			while (__builtin_popcountll(members) <= cases[i].nodes) {
				id = (uint8_t)(1 + random_below(XNLB_NODES_MAX));
				members |= node_bit(id);
			}
			sum += join(members, id);
		}
		cr_assert_leq(sum / 50, cases[i].limit, "joins %d: %.3f", cases[i].nodes, sum / 50);
	}
}

/* A new weight moves little more than the buckets by which the quotas differ. */
Test(buckets, few_move_when_a_weight_changes)
{
	long moved = 0, needed = 0;

	for (int sample = 0; sample < 100; sample++) {
		uint8_t weight[XNLB_NODES_MAX];
		uint16_t before[XNLB_NODES_MAX], after[XNLB_NODES_MAX];
		struct xnlb_plan a, b;

		random_weights(weight);
		weight[0] |= 1;
		bucket_quotas(first_nodes(4), weight, before);
		buckets_assign(first_nodes(4), weight, &a);
		weight[1 + random_below(3)] = (uint8_t)random_below(101);
		bucket_quotas(first_nodes(4), weight, after);
		buckets_assign(first_nodes(4), weight, &b);
		moved += moves(&a, &b);
		for (int i = 0; i < 4; i++)
			needed += after[i] > before[i] ? after[i] - before[i] : 0;
	}
	cr_assert_gt(needed, 0);
	cr_assert_leq((double)moved / needed, 1.05, "%ld moves, %ld needed", moved, needed);
}

Test(buckets, one_takes_all)
{
	static const uint8_t ids[] = {0, 1, 64};

	for (size_t i = 0; i < COUNT(ids); i++) {
		struct xnlb_plan plan;
		int count[256];

		buckets_give(ids[i], &plan);
		count_owners(&plan, count);
		cr_assert_eq(count[ids[i]], XNLB_BUCKETS);
	}
}
