// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests from node 1 to nodes 2 and 3, and their answers. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/ask.h"

#define LIFE(node) (100u + (node))

static struct asks board[4]; /* by node */
static struct instant now = {1000000};
static uint64_t sequence;
static struct ask got;
static bool answered;

/* What node `from` says now comes to `to`. True if something is asked. */
static bool say(uint8_t from, uint8_t to)
{
	const struct wire_identity identity = {.cluster = 1};
	uint64_t number = ++sequence;
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = from,
				 .incarnation = LIFE(from),
				 .sequence = number};
	struct wire_extension out[XNLB_NODES_MAX];
	uint8_t frame[XNLB_FRAME_MAX];
	size_t count = asks_say(&board[from], now, out), written;
	size_t length = wire_write(&beat, &identity, out, count, &written, frame);

	return asks_hear(&board[to], to, LIFE(to), &beat, frame, length, now, &got, &answered);
}

static void ask(uint32_t number)
{
	const struct ask request = {
		.number = number,
		.verb = 9,
		.weight = 50,
		.rule = XNLB_ORDER_RULES,
		.timeout_ms = 0xffffffff,
		.digest = 0x0123456789abcdef,
		.of = 6,
	};

	asks_begin(&board[1], &request, now);
}

Test(ask, a_request_is_done_once_by_each)
{
	ask(1);
	cr_assert(say(1, 2));
	cr_assert_eq(got.number, 1);
	cr_assert_eq(got.verb, 9);
	cr_assert_eq(got.weight, 50);
	cr_assert_eq(got.rule, XNLB_ORDER_RULES);
	cr_assert_eq(got.timeout_ms, 0xffffffff);
	cr_assert_eq(got.digest, 0x0123456789abcdef);
	cr_assert_eq(got.of, 6);
	cr_assert(!say(1, 2), "said again, done once");
	cr_assert(say(1, 3));
	ask(2);
	cr_assert(say(1, 2));
}

Test(ask, an_answer_ends_it)
{
	ask(1);
	say(1, 2);
	say(2, 1);
	cr_assert(!answered, "nothing is answered yet");
	asks_answer(&board[2], 1, 1, 4);
	say(2, 1);
	cr_assert(answered);
	cr_assert_eq(board[1].answered, 2);
	cr_assert_eq(board[1].answer[1], 4);
	say(2, 1);
	cr_assert(!answered, "once");
	say(2, 3);
	cr_assert(!answered, "not to node 3");
	say(1, 3);
	asks_answer(&board[3], 1, 1, 5);
	say(3, 1);
	cr_assert_eq(asks_say(&board[1], now, NULL), 0, "all have answered");
}

Test(ask, an_answer_to_another_request_or_life_does_not_count)
{
	ask(1);
	say(1, 2);
	asks_answer(&board[2], 1, 2, 4);
	say(2, 1);
	cr_assert(!answered);
	asks_answer(&board[2], 1, 1, 4);
	board[2].other[0].incarnation++;
	say(2, 1);
	cr_assert(!answered);
	board[2].other[0].incarnation--;
	ask(2);
	say(2, 1);
	cr_assert(!answered);
}

Test(ask, who_is_not_asked_is_not_and_its_answer_is_none)
{
	ask(1);
	board[1].own.of = 4;
	cr_assert(!say(1, 2));
	board[1].own.of = 6;
	say(1, 2);
	asks_answer(&board[2], 1, 1, 4);
	board[1].own.of = 4;
	say(2, 1);
	cr_assert(!answered);
}

Test(ask, it_is_said_for_three_seconds)
{
	struct wire_extension out[XNLB_NODES_MAX];

	ask(1);
	say(1, 2);
	asks_answer(&board[2], 1, 1, 4);
	now.us += ASK_US - 1;
	cr_assert_eq(asks_say(&board[1], now, out), 1);
	cr_assert_eq(asks_say(&board[2], now, out), 1);
	now.us++;
	cr_assert_eq(asks_say(&board[1], now, out), 0);
	cr_assert_eq(asks_say(&board[2], now, out), 0);
}

Test(ask, another_life_may_ask_with_lower_numbers)
{
	ask(7);
	say(1, 2);
	board[2].other[0].incarnation = 5;
	ask(3);
	cr_assert(say(1, 2));
	cr_assert_eq(got.number, 3);
}
