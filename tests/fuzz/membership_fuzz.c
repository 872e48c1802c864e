// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any heartbeats in any order, at any times, from four nodes in any life, to a membership. It does
 * not crash, it comes to rest, and keeps what it promises: nothing is owned in LISTEN, a lease is
 * at most L from now, a view is one that has this node, views only go up.
 */
#include <string.h>

#include "core/membership.h"
#include "fuzz.h"

#define MS    1000
#define LEASE (500 * MS)
#define NODES 4

/* Takes one byte after the other, then zeros. */
struct bytes {
	const uint8_t *data;
	size_t left;
};

static uint8_t take(struct bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->data++;
}

/* One of few lives, so that they meet; never 0. */
static uint32_t life(struct bytes *bytes)
{
	return 7 + (take(bytes) & 3);
}

static void draw_view(struct bytes *bytes, struct view *view)
{
	view->id.epoch = take(bytes) & 15;
	view->members = take(bytes) & 15;
	view->digest = 1 + (take(bytes) & 1);
	for (int i = 0; i < NODES; i++)
		if (view->members >> i & 1) {
			view->incarnation[i] = life(bytes);
			view->weight[i] = 50;
		}
	if (!view->members || !view->id.epoch)
		memset(view, 0, sizeof(*view));
	else
		view_seal(view, (uint8_t)(1 + __builtin_ctzll(view->members)));
}

static void draw(struct bytes *bytes, const struct membership *member, struct heartbeat *beat)
{
	uint8_t flags = take(bytes);

	memset(beat, 0, sizeof(*beat));
	beat->type = flags & 1 ? XNLB_FRAME_LEAVE : XNLB_FRAME_HEARTBEAT;
	beat->join = flags & 2;
	beat->out = flags & 4;
	beat->node = (uint8_t)(1 + (flags >> 3 & 7));
	beat->incarnation = life(bytes);
	beat->sequence = 1 + take(bytes);
	beat->state = (enum xnlb_state)(take(bytes) % XNLB_STATES);
	beat->weight = 50;
	beat->digest = 1 + (take(bytes) & 1);
	draw_view(bytes, &beat->view);
	if (!beat->view.id.epoch && state_operates(beat->state))
		beat->state = XNLB_STATE_LISTEN;
	beat->last.epoch = take(bytes) & 15;
	beat->last_with = take(bytes) & beat->view.members;
	beat->heard = take(bytes) & 15;
	beat->acked = take(bytes) & 15;
	for (int i = 0; i < NODES; i++) {
		if (beat->heard >> i & 1)
			beat->heard_incarnation[i] = life(bytes);
		if (beat->acked >> i & 1)
			beat->ack[i] = (uint16_t)(member->sequence - (take(bytes) & 7));
	}
}

static void check(const struct membership *member, const struct view_id *before)
{
	REQUIRE(member->lease_end.us <= member->now.us + LEASE);
	REQUIRE(view_compare(&member->view.id, before) >= 0);
	REQUIRE(!member->view.id.epoch || view_valid(&member->view));
	REQUIRE(member->wake.us <= member->now.us + 50 * MS);
	if (state_operates(member->state))
		REQUIRE(view_has(&member->view, member->self, member->incarnation));
	else
		REQUIRE(member->own == OWN_NOTHING && !membership_serves(member, member->now));
}

static void step(struct membership *member, struct instant now, bool swap)
{
	struct heartbeat beat;
	unsigned int actions, rounds = 0;

	while ((actions = membership_tick(member, now))) {
		REQUIRE(++rounds < 20);
		if (actions & MEMBER_SEND)
			membership_heartbeat(member, now, &beat);
	}
	if (swap)
		membership_swapped(member, member->swap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = {data, size};
	struct membership member;
	struct member_setup setup = {.self = (uint8_t)(1 + (take(&bytes) & 3)),
				     .nodes = 15,
				     .quorum = take(&bytes) & 1,
				     .digest = 1,
				     .incarnation = 7,
				     .now = {1000 * MS}};

	timing_derive(50 * MS, 3, &setup.timing);
	membership_init(&member, &setup);
	while (bytes.left) {
		uint8_t what = take(&bytes);
		struct instant now = {member.now.us + take(&bytes) * (what & 1 ? 4 * MS : MS / 4)};
		struct view_id before = member.view.id;
		struct heartbeat beat;

		if (what & 2) {
			draw(&bytes, &member, &beat);
			membership_heard(&member, &beat, now);
		}
		if ((what & 0x38) == 0x08)
			membership_leave(&member);
		if ((what & 0x38) == 0x10)
			membership_start(&member);
		if ((what & 0x38) == 0x18)
			membership_offer(&member, what & 0x40 ? 10 : 20, what >> 7);
		if ((what & 0x38) == 0x20)
			membership_configure(&member, 1 + (what >> 7),
					     (what & 0x40 ? 15 : 7) | node_bit(setup.self));
		if ((what & 0x38) == 0x30)
			membership_resume(&member, now);
		if ((what & 0x38) == 0x38)
			membership_foreign(&member, MS * what);
		if ((what & 0x38) == 0x28)
			membership_fenced(&member);
		step(&member, now, what & 4);
		check(&member, &before);
	}
	return 0;
}
