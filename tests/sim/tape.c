// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who has accepted what and when, in one run. */
#include <string.h>

#include "figures.h"

static void now_accepted(const struct world *world, uint64_t rows[TAPE_ROWS])
{
	uint64_t twice = 0;

	memset(rows, 0, TAPE_ROWS * sizeof(*rows));
	for (unsigned int i = 0; i < world->hosts; i++) {
		rows[i] = host_accepts(world, i);
		twice |= rows[TAPE_ANY] & rows[i];
		rows[TAPE_ANY] |= rows[i];
	}
	rows[TAPE_ONE] = ~twice;
}

static void note(struct tape *tape, unsigned int row, uint64_t accepted, int64_t now)
{
	for (uint64_t left = tape->last[row] ^ accepted; left; left &= left - 1) {
		int bucket = __builtin_ctzll(left);
		int64_t pause = now - tape->since[row][bucket];

		if (!(accepted >> bucket & 1)) {
			tape->since[row][bucket] = now;
			continue;
		}
		tape->ended[row] = now;
		if (pause > tape->longest[row][bucket])
			tape->longest[row][bucket] = pause;
	}
	tape->last[row] = accepted;
}

static void look(struct world *world)
{
	struct tape *tape = world->data;
	uint64_t rows[TAPE_ROWS];

	if (!tape)
		return;
	now_accepted(world, rows);
	for (unsigned int i = 0; i < TAPE_ROWS; i++)
		if (rows[i] != tape->last[i])
			note(tape, i, rows[i], world->now);
}

void tape_start(struct tape *tape, struct world *world)
{
	memset(tape, 0, sizeof(*tape));
	now_accepted(world, tape->before);
	memcpy(tape->last, tape->before, sizeof(tape->last));
	for (unsigned int i = 0; i < TAPE_ROWS; i++) {
		tape->ended[i] = NEVER;
		for (unsigned int k = 0; k < BUCKETS; k++)
			tape->since[i][k] = world->now;
	}
	world->data = tape;
	world->watch = look;
}

int64_t tape_until(struct world *world, int64_t limit, bool (*done)(struct world *world))
{
	int64_t start = world->now;

	while (!world->failed) {
		look(world);
		if (done && done(world))
			return world->now - start;
		if (world->now >= limit)
			break;
		world_run(world, world->now + STEP < limit ? world->now + STEP : limit);
	}
	return NEVER;
}

void tape_run(struct world *world, int64_t until)
{
	tape_until(world, until, NULL);
}

int64_t tape_paused(const struct tape *tape, const struct world *world)
{
	int64_t longest = 0;

	for (unsigned int i = 0; i < world->hosts; i++)
		for (uint64_t left = tape->before[i] & tape->last[i]; left; left &= left - 1) {
			int64_t pause = tape->longest[i][__builtin_ctzll(left)];

			if (pause > longest)
				longest = pause;
		}
	return longest;
}

int64_t tape_gap(const struct tape *tape, const struct world *world)
{
	uint64_t moved = 0;
	int64_t longest = 0;

	for (unsigned int i = 0; i < world->hosts; i++)
		moved |= tape->last[i] & ~tape->before[i];
	if (!moved)
		return NONE;
	for (uint64_t left = moved; left; left &= left - 1) {
		int64_t gap = tape->longest[TAPE_ANY][__builtin_ctzll(left)];

		if (gap > longest)
			longest = gap;
	}
	return longest;
}
