// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/residual.h"

#define SELF 1
#define SAID 7 /* a bucket */

static struct residual board;
static struct instant now = {1000000000};

static struct view view_of(uint64_t epoch, node_set members)
{
	struct view view = {.id.epoch = epoch, .members = members};

	for (int i = 0; i < 3; i++)
		if (members >> i & 1)
			view.incarnation[i] = 1;
	view_seal(&view, SELF);
	return view;
}

/* What another board says, in a frame of node 2, to this one. */
static void hear(struct residual *from, const struct view *view, enum xnlb_state state)
{
	static uint64_t sequence = 1;
	const struct wire_identity identity = {.cluster = 1};
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = 1,
				 .sequence = sequence,
				 .state = state,
				 .view = *view};
	struct wire_extension out[RESIDUAL_PARTS];
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, count = residual_say(from, out);
	size_t length = wire_write(&beat, &identity, out, count, &written, frame);

	residual_hear(&board, &beat, frame, length);
	sequence++;
}

/* Bits that are set: none, some, all. */
static enum bits { NONE, SOME, ALL } others(const struct view *view)
{
	static const struct residual_bits none;
	struct residual_bits bits;

	residual_others(&board, view, SELF, now, &bits);
	if (!memcmp(&bits, &none, sizeof(none)))
		return NONE;
	for (int i = 0; i < RESIDUAL_WORDS; i++)
		if (bits.word[i] != UINT64_MAX) {
			cr_assert(bits.word[SAID / 64] >> SAID % 64 & 1);
			return SOME;
		}
	return ALL;
}

static void count(struct residual *residual, bool some)
{
	struct residual_bits bits = {{0}};

	if (some)
		bits.word[SAID / 64] |= 1ull << SAID % 64;
	residual_count(residual, 0, &bits);
}

Test(residual, alone_there_are_none)
{
	struct view view = view_of(1, 1);

	residual_init(&board, 0, now);
	cr_assert_eq(others(&view), NONE);
}

Test(residual, all_until_a_member_has_said_in_this_view)
{
	struct view before = view_of(1, 3), view = view_of(2, 3);
	struct residual two;

	residual_init(&board, 0, now);
	residual_init(&two, 0, now);
	residual_alive(&board, 2, now);
	cr_assert_eq(others(&view), ALL);
	hear(&two, &view, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), ALL, "it has not counted yet");
	count(&two, false);
	hear(&two, &before, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), ALL, "in the view before");
	hear(&two, &view, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), NONE);
	count(&two, true);
	hear(&two, &view, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), SOME);
	residual_forget(&two, 1);
	view = view_of(3, 3);
	hear(&two, &view, XNLB_STATE_PREP);
	cr_assert_eq(others(&view), ALL);
	count(&two, false);
	hear(&two, &view, XNLB_STATE_PREP);
	cr_assert_eq(others(&view), ALL, "it had begun to count before the move");
}

Test(residual, of_a_node_that_serves_nothing_what_it_says_then)
{
	struct view view = view_of(1, 3), without = view_of(2, 1);
	struct residual two;

	residual_init(&board, 0, now);
	residual_init(&two, 0, now);
	residual_alive(&board, 2, now);
	count(&two, false);
	hear(&two, &view, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), NONE);
	cr_assert_eq(others(&without), ALL, "it said so while it served");
	count(&two, true);
	hear(&two, &view, XNLB_STATE_LISTEN);
	cr_assert_eq(others(&without), SOME);
}

Test(residual, who_is_gone_may_come_back_for_a_while)
{
	struct view without = view_of(2, 1);

	residual_init(&board, 0, now);
	residual_alive(&board, 2, now);
	residual_alive(&board, 0, now);
	now.us += RESIDUAL_LOST_US - 1;
	cr_assert_eq(others(&without), ALL);
	now.us++;
	cr_assert_eq(others(&without), NONE);
}

Test(residual, who_was_not_heard_since_the_start_may_come_back_for_a_while)
{
	struct view without = view_of(2, 1);

	residual_init(&board, 3, now);
	now.us += RESIDUAL_LOST_US - 1;
	cr_assert_eq(others(&without), ALL);
	now.us++;
	cr_assert_eq(others(&without), NONE);
}

Test(residual, parts_that_have_no_room_come_later)
{
	struct view view = view_of(1, 3);
	struct residual two;
	struct wire_extension out[RESIDUAL_PARTS];
	uint8_t first = 0;

	residual_init(&board, 0, now);
	residual_init(&two, 0, now);
	residual_alive(&board, 2, now);
	count(&two, true);
	for (int i = 0; i < RESIDUAL_PARTS; i++) {
		cr_assert_eq(residual_say(&two, out), RESIDUAL_PARTS);
		first |= (uint8_t)(1u << out[0].part);
	}
	cr_assert_eq(first, 0xff, "each part is the first in one of eight frames");
	hear(&two, &view, XNLB_STATE_ACTIVE);
	cr_assert_eq(others(&view), SOME);
}
