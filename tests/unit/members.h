/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small cluster for tests of the membership, on a network that is perfect unless a test says
 * otherwise. */
#ifndef UNIT_MEMBERS_H
#define UNIT_MEMBERS_H

#include <criterion/criterion.h>
#include <string.h>

#include "core/membership.h"

#define MS    1000LL
#define NODES 4
#define T     (50 * MS)
#define L     (500 * MS)
#define W     (501 * MS + 500)
#define S     (300 * MS)

static struct membership node[NODES + 1]; /* by id */
static bool up[NODES + 1];
static bool deaf[NODES + 1][NODES + 1]; /* [from][to] */
static struct instant now;
static int64_t stood[NODES + 1]; /* for how long its clock stood still */
static int64_t swap_takes;
static int64_t swap_done[NODES + 1];
static unsigned int count;

static inline void start(uint8_t id)
{
	struct member_setup setup = {
		.self = id,
		.nodes = (1ull << count) - 1,
		.digest = 1,
		.incarnation = 0x100u * id + (uint32_t)(now.us / MS) + 1,
		.now = now,
	};

	timing_derive(T, 3, &setup.timing);
	membership_init(&node[id], &setup);
	up[id] = true;
}

/* Padding too: both began as the same bytes. */
static inline bool same(const void *a, const void *b, size_t size)
{
	return !memcmp(a, b, size);
}

static inline void begin(unsigned int nodes)
{
	memset(deaf, 0, sizeof(deaf));
	memset(up, 0, sizeof(up));
	memset(stood, 0, sizeof(stood));
	now.us = 1000000 * MS;
	swap_takes = 3 * MS;
	count = nodes;
	for (uint8_t id = 1; id <= nodes; id++)
		start(id);
}

/* What a tick asks for, done; what is sent arrives at once. */
static inline void step(uint8_t id)
{
	struct heartbeat beat;
	unsigned int actions;

	if (swap_done[id] && swap_done[id] <= now.us) {
		swap_done[id] = 0;
		membership_swapped(&node[id], node[id].swap);
	}
	while ((actions = membership_tick(&node[id], instant_after(now, -stood[id])))) {
		if (actions & MEMBER_OWN)
			swap_done[id] = now.us + swap_takes;
		if (!(actions & MEMBER_SEND))
			continue;
		membership_heartbeat(&node[id], instant_after(now, -stood[id]), &beat);
		for (uint8_t to = 1; to <= count; to++)
			if (to != id && up[to] && !deaf[id][to])
				membership_heard(&node[to], &beat, instant_after(now, -stood[to]));
	}
}

static inline void run(int64_t us)
{
	for (int64_t end = now.us + us; now.us < end; now.us += MS)
		for (uint8_t id = 1; id <= count; id++)
			if (up[id])
				step(id);
}

/* Milliseconds until node `id` is ACTIVE in a view of `members`; fails after 5 s. */
static inline int64_t until_active(uint8_t id, node_set members)
{
	for (int64_t ms = 0; ms < 5000; ms++) {
		if (node[id].state == XNLB_STATE_ACTIVE && node[id].view.members == members &&
		    membership_serves(&node[id], now))
			return ms;
		run(MS);
	}
	cr_assert_fail("node%d: state %d, members %llx", id, node[id].state,
		       (unsigned long long)node[id].view.members);
	return -1;
}

static inline void formed(unsigned int nodes)
{
	begin(nodes);
	for (uint8_t id = 1; id <= nodes; id++)
		until_active(id, (1ull << nodes) - 1);
}

#endif
