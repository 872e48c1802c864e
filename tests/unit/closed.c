// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lists of closed rules, from one node's frames to another's board. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/closed.h"

#define SELF 1
#define LIFE 7 /* of node 2, who says */

static struct closed mine;
static struct closed_own none, theirs;
static struct rule_set rules, found[XNLB_NODES_MAX];
static uint64_t sequence;

/*
 * Node 2 says its newest list and, if its view has another one of it, that; of the pieces only
 * those in `which`.
 */
static void say(uint8_t version, uint8_t viewed, unsigned int which)
{
	const struct wire_identity identity = {.cluster = 1};
	uint64_t number = ++sequence;
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = LIFE,
				 .sequence = number,
				 .closed = version,
				 .view = {.members = 2, .incarnation = {0, LIFE}}};
	struct wire_extension out[2 * CLOSED_PARTS], some[2 * CLOSED_PARTS];
	uint8_t frame[XNLB_FRAME_MAX];
	size_t count, written, kept = 0;

	beat.view.closed[1] = viewed;
	count = closed_say(&theirs, version, viewed, out);
	for (size_t i = 0; i < count; i++)
		if (which >> i & 1)
			some[kept++] = out[i];
	count = wire_write(&beat, &identity, some, kept, &written, frame);
	cr_assert_eq(written, kept);
	closed_hear(&mine, &beat, frame, count);
}

static void own(uint8_t version, uint32_t rule)
{
	memset(&rules, 0, sizeof(rules));
	if (rule)
		rule_set_add(&rules, rule);
	closed_note(&theirs, LIFE, version, &rules);
}

static bool find(uint8_t version, uint32_t life)
{
	struct view view = {.members = 3, .incarnation = {5, life}, .closed = {0, version}};

	return closed_find(&mine, &none, SELF, &view, found);
}

Test(closed, nothing_is_closed_and_nothing_need_be_known)
{
	struct wire_extension out[2 * CLOSED_PARTS];

	rule_set_add(&found[1], 3);
	cr_assert(find(0, LIFE));
	cr_assert(!rule_set_has(&found[1], 3));
	cr_assert_eq(closed_say(&theirs, 0, 0, out), 0);
}

Test(closed, a_list_is_known_when_all_of_it_was_heard)
{
	own(1, XNLB_RULES_MAX);
	cr_assert(!find(1, LIFE));
	say(1, 1, 1);
	cr_assert(!find(1, LIFE), "one part is missing");
	say(1, 1, 2);
	cr_assert(find(1, LIFE));
	cr_assert(rule_set_has(&found[1], XNLB_RULES_MAX));
	cr_assert(!rule_set_has(&found[1], 1));
	cr_assert(!find(2, LIFE));
	cr_assert(!find(1, LIFE + 1), "another life's is another list");
}

Test(closed, an_empty_list_is_said_in_one_piece)
{
	struct wire_extension out[2 * CLOSED_PARTS];

	own(3, 0);
	cr_assert_eq(closed_say(&theirs, 3, 3, out), 1);
	say(3, 3, 1);
	cr_assert(find(3, LIFE));
	cr_assert_eq(closed_say(&theirs, 4, 4, out), 0, "a version that it does not have");
}

Test(closed, the_list_before_is_kept)
{
	own(1, 5);
	say(1, 0, 3);
	own(2, 6);
	say(2, 0, 1);
	cr_assert(find(1, LIFE));
	cr_assert(rule_set_has(&found[1], 5));
	say(2, 0, 2);
	cr_assert(find(1, LIFE) && find(2, LIFE));
	cr_assert(rule_set_has(&found[1], 6) && !rule_set_has(&found[1], 5));
}

Test(closed, a_list_that_was_never_whole_takes_no_place)
{
	own(1, 5);
	say(1, 0, 3);
	own(2, 6);
	say(2, 0, 1);
	own(3, 7);
	say(3, 0, 3);
	cr_assert(find(1, LIFE));
	cr_assert(!find(2, LIFE));
}

/* Whoever has missed it, as one that was started anew, hears it again. */
Test(closed, the_list_that_a_view_has_is_said_as_long_as_it_has_it)
{
	for (uint8_t version = 1; version <= 5; version++) {
		own(version, version);
		say(version, 2, 0);
	}
	cr_assert(!find(2, LIFE));
	say(5, 2, 15);
	cr_assert(find(2, LIFE));
	cr_assert(rule_set_has(&found[1], 2) && !rule_set_has(&found[1], 5));
	cr_assert(find(5, LIFE));
	cr_assert(rule_set_has(&found[1], 5));
	for (uint8_t version = 6; version <= 9; version++) {
		own(version, version);
		say(version, 2, 15);
	}
	cr_assert(find(2, LIFE), "however often the newest changes");
}

Test(closed, a_node_knows_its_own)
{
	struct view view = {.members = 2, .incarnation = {0, LIFE}, .closed = {0, 2}};

	own(1, 1);
	own(2, 2);
	own(3, 3);
	cr_assert(closed_find(&mine, &theirs, 2, &view, found));
	cr_assert(rule_set_has(&found[1], 2));
	for (uint8_t version = 4; version < 4 + CLOSED_OWN; version++)
		own(version, 1);
	cr_assert(!closed_find(&mine, &theirs, 2, &view, found), "but not for ever");
}

Test(closed, parts_that_there_are_not_are_ignored)
{
	const struct wire_identity identity = {.cluster = 1};
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = LIFE,
				 .sequence = 1,
				 .closed = 1};
	const struct wire_extension odd = {.type = XNLB_EXTENSION_CLOSED, .part = CLOSED_PARTS};
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, length = wire_write(&beat, &identity, &odd, 1, &written, frame);

	closed_hear(&mine, &beat, frame, length);
	cr_assert(!find(1, LIFE));
}
