// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lists of closed rules, from one node's frames to another's board. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/closed.h"

static struct closed mine, theirs;
static struct rule_set rules, found[XNLB_NODES_MAX];
static uint64_t sequence;

/* Node 2 says its list of that version; of the extensions only those in `which`. */
static void say(uint8_t version, unsigned int which)
{
	const struct wire_identity identity = {.cluster = 1};
	uint64_t number = ++sequence;
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = 7,
				 .sequence = number,
				 .closed = version};
	struct wire_extension out[CLOSED_PARTS], some[CLOSED_PARTS];
	uint8_t frame[XNLB_FRAME_MAX];
	size_t count, written, kept = 0;

	count = closed_say(&theirs, 2, version, out);
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
	closed_own(&theirs, 2, 7, version, &rules);
}

static bool find(uint8_t version, uint32_t life)
{
	struct view view = {.members = 3, .incarnation = {5, life}, .closed = {0, version}};

	return closed_find(&mine, &view, found);
}

Test(closed, nothing_is_closed_and_nothing_need_be_known)
{
	rule_set_add(&found[1], 3);
	cr_assert(find(0, 7));
	cr_assert(!rule_set_has(&found[1], 3));
	cr_assert_eq(closed_say(&theirs, 2, 0, NULL), 0);
}

Test(closed, a_list_is_known_when_all_of_it_was_heard)
{
	own(1, XNLB_RULES_MAX);
	cr_assert(!find(1, 7));
	say(1, 1);
	cr_assert(!find(1, 7), "one part is missing");
	say(1, 2);
	cr_assert(find(1, 7));
	cr_assert(rule_set_has(&found[1], XNLB_RULES_MAX));
	cr_assert(!rule_set_has(&found[1], 1));
	cr_assert(!find(2, 7));
	cr_assert(!find(1, 8), "another life's is another list");
}

Test(closed, an_empty_list_is_said_in_one_piece)
{
	struct wire_extension out[CLOSED_PARTS];

	own(3, 0);
	cr_assert_eq(closed_say(&theirs, 2, 3, out), 1);
	say(3, 1);
	cr_assert(find(3, 7));
	cr_assert_eq(closed_say(&theirs, 2, 4, out), 0, "a version that it does not have");
}

Test(closed, the_list_before_stays_until_there_are_two_newer_ones)
{
	own(1, 5);
	say(1, 3);
	own(2, 6);
	say(2, 1);
	cr_assert(find(1, 7));
	cr_assert(rule_set_has(&found[1], 5));
	say(2, 2);
	cr_assert(find(1, 7) && find(2, 7));
	cr_assert(rule_set_has(&found[1], 6) && !rule_set_has(&found[1], 5));
	own(3, 7);
	say(3, 3);
	cr_assert(!find(1, 7));
	cr_assert(find(2, 7) && find(3, 7));
}

Test(closed, a_list_that_was_never_whole_takes_no_place)
{
	own(1, 5);
	say(1, 3);
	own(2, 6);
	say(2, 1);
	own(3, 7);
	say(3, 3);
	cr_assert(find(1, 7));
	cr_assert(!find(2, 7));
}

Test(closed, parts_that_there_are_not_are_ignored)
{
	const struct wire_identity identity = {.cluster = 1};
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = 7,
				 .sequence = 1,
				 .closed = 1};
	const struct wire_extension odd = {.type = XNLB_EXTENSION_CLOSED, .part = CLOSED_PARTS};
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, length = wire_write(&beat, &identity, &odd, 1, &written, frame);

	closed_hear(&mine, &beat, frame, length);
	cr_assert(!find(1, 7));
}
