// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bucket assignment as buckets.h specifies it. Knows nothing but ids and weights. */
#include <string.h>

#include "core/buckets.h"
#include "core/mix.h"

void bucket_quotas(node_set members, const uint8_t weight[XNLB_NODES_MAX],
		   uint16_t quota[XNLB_NODES_MAX])
{
	uint32_t remainder[XNLB_NODES_MAX] = {0};
	uint32_t sum = 0, left = XNLB_BUCKETS;

	memset(quota, 0, XNLB_NODES_MAX * sizeof(quota[0]));
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		if (members >> i & 1)
			sum += weight[i];
	if (!sum)
		return;

	for (int i = 0; i < XNLB_NODES_MAX; i++) {
		uint32_t exact = members >> i & 1 ? (uint32_t)XNLB_BUCKETS * weight[i] : 0;

		quota[i] = (uint16_t)(exact / sum);
		remainder[i] = exact % sum;
		left -= quota[i];
	}
	/* What is left is fewer than there are remainders above 0. */
	for (; left; left--) {
		int most = 0;

		for (int i = 1; i < XNLB_NODES_MAX; i++)
			if (remainder[i] > remainder[most])
				most = i;
		quota[most]++;
		remainder[most] = 0;
	}
}

/* How much a node wants the bucket at each position of its list, before its weight: lower is more.
 */
static void fill_costs(uint32_t cost[XNLB_BUCKETS])
{
	uint32_t sum = 0;

	for (uint32_t position = 0; position < XNLB_BUCKETS; position++) {
		sum += (1u << 28) / (XNLB_BUCKETS - position);
		cost[position] = sum;
	}
}

#define SIDE 64 /* the buckets are a square of SIDE rows (x) and SIDE columns (y) */

_Static_assert(XNLB_BUCKETS == SIDE * SIDE && XNLB_NODES_MAX <= SIDE, "a line for each node");

/* The best of the first 32 constants, for few moves among members of ids 1 and up. */
#define SEED 23

/* The pseudo-random order of 0 to SIDE - 1 for one line of one node: Fisher and Yates' shuffle. */
static void shuffle(uint8_t id, uint32_t line, uint8_t order[SIDE])
{
	uint64_t stream = (uint64_t)SEED << 40 | (uint64_t)id << 16 | line << 8;

	for (uint32_t i = 0; i < SIDE; i++)
		order[i] = (uint8_t)i;
	for (uint32_t i = SIDE - 1; i; i--) {
		uint64_t random = mix_final((stream | i) * 0x9e3779b97f4a7c15) >> 32;
		uint32_t j = (uint32_t)(random * (i + 1) >> 32);
		uint8_t swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
}

/* A node on its way down its list of preferences. */
struct seeker {
	uint8_t product[SIDE]; /* its slope times x, in GF(64) */
	uint8_t line[SIDE];    /* its lines, best first */
	uint8_t x[SIDE];       /* the points of the line that it is on, best first */
	uint8_t id;
	uint16_t next; /* position of the bucket that it asks for next */
	uint16_t need; /* buckets that it still needs */
};

static void seeker_start(struct seeker *seeker, uint8_t id, uint16_t need)
{
	uint32_t power = id - 1u; /* the slope times 1, then times 2, 4, ... */

	seeker->product[0] = 0;
	for (uint32_t bit = 1; bit < SIDE; bit <<= 1) {
		for (uint32_t x = 0; x < bit; x++)
			seeker->product[bit | x] = (uint8_t)(power ^ seeker->product[x]);
		power <<= 1;
		if (power & SIDE)
			power ^= 0x43; /* x^6 + x + 1 */
	}
	shuffle(id, SIDE, seeker->line);
	seeker->id = id;
	seeker->next = 0;
	seeker->need = need;
}

/* The bucket at the next position of the node's list. */
static uint32_t seeker_next(struct seeker *seeker)
{
	uint32_t i = seeker->next / SIDE, j = seeker->next % SIDE;
	uint32_t x, y;

	if (!j)
		shuffle(seeker->id, i, seeker->x);
	seeker->next++;
	x = seeker->x[j];
	y = seeker->line[i] ^ seeker->product[x];
	return x * SIDE + y;
}

/* The matching while it grows. */
struct match {
	const uint8_t *weight;		 /* by id - 1 */
	uint32_t cost[XNLB_BUCKETS];	 /* by position */
	uint16_t position[XNLB_BUCKETS]; /* by bucket: where it stands in its owner's list */
	struct seeker seeker[XNLB_NODES_MAX + 1]; /* by id */
};

/* Does `bucket`, held by `owner`, rather go to `id`, which has it at `position`? */
static bool match_prefers(const struct match *match, uint32_t bucket, uint8_t owner, uint8_t id,
			  uint32_t position)
{
	uint64_t theirs = (uint64_t)match->cost[match->position[bucket]] * match->weight[id - 1];
	uint64_t ours = (uint64_t)match->cost[position] * match->weight[owner - 1];

	return ours < theirs || (ours == theirs && id < owner);
}

/*
 * Node `id` asks down its list until it has what it needs. Whom it takes a bucket from needs one
 * more. Nobody comes to the end of a list with a need left: all that he asked for would be taken,
 * which is all buckets, by nodes whose quotas add up to all buckets without him.
 */
static void match_seek(struct match *match, struct xnlb_plan *plan, uint8_t id)
{
	struct seeker *seeker = &match->seeker[id];

	while (seeker->need) {
		uint16_t position = seeker->next;
		uint32_t bucket = seeker_next(seeker);
		uint8_t owner = plan->owner[bucket];

		if (owner) {
			if (!match_prefers(match, bucket, owner, id, position))
				continue;
			match->seeker[owner].need++;
		}
		plan->owner[bucket] = id;
		match->position[bucket] = position;
		seeker->need--;
	}
}

void buckets_assign(node_set members, const uint8_t weight[XNLB_NODES_MAX], struct xnlb_plan *plan)
{
	uint16_t quota[XNLB_NODES_MAX];
	struct match match;
	bool again = true;

	buckets_give(0, plan);
	bucket_quotas(members, weight, quota);
	match.weight = weight;
	fill_costs(match.cost);
	for (int id = 1; id <= XNLB_NODES_MAX; id++)
		if (quota[id - 1])
			seeker_start(&match.seeker[id], (uint8_t)id, quota[id - 1]);

	while (again) {
		again = false;
		for (int id = 1; id <= XNLB_NODES_MAX; id++) {
			if (!quota[id - 1] || !match.seeker[id].need)
				continue;
			match_seek(&match, plan, (uint8_t)id);
			again = true;
		}
	}
}

void buckets_give(uint8_t id, struct xnlb_plan *plan)
{
	memset(plan->owner, id, sizeof(plan->owner));
}
