// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "members.h"

#include "core/history.h"

static struct history history;

/* As `run`, and node 1 keeps its history. */
static void watch(int64_t us)
{
	for (int64_t end = now.us + us; now.us < end; now.us += MS)
		for (uint8_t id = 1; id <= count; id++) {
			if (up[id])
				step(id);
			history_note(&history, &node[1]);
		}
}

static const struct history_entry *newest(void)
{
	return &history.entry[(history.count - 1) % HISTORY_MAX];
}

static void watched(void)
{
	memset(&history, 0, sizeof(history));
	begin(3);
	watch(2000 * MS);
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
}

Test(history, a_start)
{
	watched();
	cr_assert_eq(history.count, 1);
	cr_assert_eq(newest()->joined, 7);
	cr_assert_eq(newest()->members, 7);
	cr_assert_eq(newest()->epoch, 1);
	cr_assert(!newest()->configured);
	cr_assert_geq(newest()->took_us, 0);
	cr_assert_leq(newest()->took_us, 50 * MS);
}

Test(history, a_node_is_lost_from_its_last_word_on)
{
	watched();
	up[3] = false;
	watch(1000 * MS);
	cr_assert_eq(newest()->lost, 4);
	cr_assert_eq(newest()->left, 0);
	cr_assert_eq(newest()->members, 3);
	cr_assert_geq(newest()->took_us, S, "%lld", (long long)newest()->took_us);
	cr_assert_leq(newest()->took_us, 600 * MS, "%lld", (long long)newest()->took_us);
	start(3);
	watch(4000 * MS);
	cr_assert_eq(newest()->joined, 4);
}

Test(history, a_node_leaves)
{
	watched();
	membership_leave(&node[3]);
	watch(500 * MS);
	cr_assert_eq(newest()->left, 4);
	cr_assert_eq(newest()->lost, 0);
	cr_assert_leq(newest()->took_us, 50 * MS);
}

Test(history, weights_rules_and_configurations)
{
	watched();
	membership_offer(&node[2], 50, 0);
	watch(500 * MS);
	cr_assert_eq(newest()->weighed, 2);
	cr_assert_eq(newest()->joined | newest()->lost | newest()->ruled, 0);
	membership_offer(&node[2], 50, 1);
	watch(500 * MS);
	cr_assert_eq(newest()->ruled, 2);
	for (uint8_t id = 1; id <= 3; id++)
		membership_configure(&node[id], 2, 7);
	watch(500 * MS);
	cr_assert(newest()->configured);
	cr_assert_eq(history.count, 4);
}

Test(history, a_node_that_is_heard_and_has_another_configuration_is_no_lost_one)
{
	watched();
	deaf[1][3] = deaf[2][3] = deaf[3][1] = deaf[3][2] = true;
	watch(400 * MS);
	cr_assert_eq(newest()->lost, 4);
	deaf[1][3] = deaf[2][3] = deaf[3][1] = deaf[3][2] = false;
	watch(4000 * MS);
	cr_assert_eq(newest()->members, 7);
	membership_leave(
		&node[3]); /* it comes back with another configuration, before it is lost */
	start(3);
	membership_configure(&node[3], 9, 7);
	watch(1000 * MS);
	cr_assert_eq(newest()->members, 3);
	cr_assert_eq(newest()->mismatched | newest()->left | newest()->lost, 4);
}

Test(history, alone_without_a_lease_it_listens)
{
	memset(&history, 0, sizeof(history));
	begin(1);
	watch(2000 * MS);
	membership_leave(&node[1]);
	watch(1000 * MS);
	cr_assert_eq(newest()->epoch, 0);
	cr_assert_eq(newest()->members, 0);
	cr_assert_eq(newest()->took_us, -1);
}

Test(history, what_moved_is_noted_with_its_view)
{
	watched();
	history_moved(&history, newest()->swap, 100, 4096);
	cr_assert_eq(newest()->moved, 100);
	cr_assert_eq(newest()->of, 4096);
	history_moved(&history, newest()->swap + 1, 7, 7);
	cr_assert_eq(newest()->moved, 100);
}

Test(history, the_oldest_are_forgotten)
{
	watched();
	for (int i = 0; i < 2 * HISTORY_MAX; i++) {
		membership_offer(&node[2], (uint8_t)(i % 2 ? 50 : 60), 0);
		watch(400 * MS);
	}
	cr_assert_eq(history.count, 1 + 2 * HISTORY_MAX);
	for (int i = 0; i < HISTORY_MAX; i++)
		cr_assert_eq(history.entry[i].weighed, 2);
}
