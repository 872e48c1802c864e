// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rows of the table of states (docs/protocol.md), one by one, on a network that is perfect
 * unless a test says otherwise. What a network can do wrong is the simulator's part (tests/sim).
 */
#include <criterion/criterion.h>
#include <string.h>

#include "members.h"

Test(membership, a_node_alone_serves_when_nobody_else_can_any_more)
{
	int64_t ms;

	begin(1);
	cr_assert_not(membership_serves(&node[1], now));
	ms = until_active(1, 1);
	cr_assert_geq(ms, (W + 5 * T) / MS);
	cr_assert_leq(ms, (W + 5 * T) / MS + 15);
}

Test(membership, all_that_start_together_form_one_view)
{
	formed(4);
	for (uint8_t id = 1; id <= 4; id++) {
		cr_assert(view_same(&node[id].view, &node[1].view));
		cr_assert_eq(node[id].view.id.epoch, 1);
		cr_assert_eq(node[id].own, OWN_VIEW);
	}
	cr_assert_eq(view_proposer(&node[1].view), 1);
}

Test(membership, the_next_proposes_when_the_lowest_does_not)
{
	begin(3);
	up[1] = false;
	until_active(2, 6);
	cr_assert_eq(view_proposer(&node[2].view), 2);
}

Test(membership, a_lost_node_is_taken_over_from_after_its_lease_and_not_before)
{
	int64_t crash;

	formed(3);
	run(100 * MS);
	up[3] = false;
	crash = now.us;
	until_active(1, 3);
	cr_assert_gt(now.us, node[3].lease_end.us);
	cr_assert_leq(now.us - crash, W + 20 * MS, "%lld ms", (long long)(now.us - crash) / MS);
}

Test(membership, the_others_serve_what_they_keep_without_a_break)
{
	formed(3);
	up[3] = false;
	for (int ms = 0; ms < 2000; ms++) {
		run(MS);
		cr_assert(membership_serves(&node[1], now) && membership_serves(&node[2], now),
			  "after %d ms", ms);
	}
}

Test(membership, who_leaves_is_taken_over_from_at_once)
{
	int64_t begun;

	formed(3);
	swap_takes = 12 * MS; /* the others exclude it before it may say that it has released */
	begun = now.us;
	membership_leave(&node[3]);
	cr_assert_not(membership_serves(&node[3], now));
	until_active(1, 3);
	cr_assert_leq(now.us - begun, 45 * MS, "%lld ms", (long long)(now.us - begun) / MS);
	run(2000 * MS);
	cr_assert_eq(node[3].state, XNLB_STATE_LISTEN);
	cr_assert_eq(node[1].view.members, 3, "it stays out");
	cr_assert_eq(node[1].peer[2].exclusions, 0, "to leave is no fault");
	membership_start(&node[3]);
	until_active(3, 7);
}

Test(membership, nothing_is_released_before_the_swap_is_through)
{
	formed(2);
	swap_takes = 200 * MS;
	membership_leave(&node[2]);
	run(150 * MS);
	cr_assert_eq(node[2].state, XNLB_STATE_LEAVING);
	cr_assert_neq(node[1].state, XNLB_STATE_ACTIVE);
	swap_takes = 3 * MS;
	cr_assert_leq(until_active(1, 1), 70, "and then at once");
}

Test(membership, the_lease_counts_from_sending)
{
	formed(2);
	run(500 * MS);
	for (int ms = 0; ms < 200; ms++) {
		struct instant acked = node[1].peer[1].acked;

		run(MS);
		cr_assert_leq(node[1].lease_end.us, now.us + L);
		cr_assert_geq(node[1].lease_end.us, acked.us + L);
	}
}

Test(membership, no_acknowledgements_no_lease)
{
	formed(2);
	deaf[1][2] = true; /* node2 hears nothing, node1 hears all */
	run(S - 20 * MS);
	cr_assert(membership_serves(&node[1], now));
	cr_assert_leq(node[1].lease_end.us, now.us - (S - 20 * MS) + L);
}

Test(membership, a_stop_of_s_ends_in_listen)
{
	formed(2);
	now.us += S - 2 * MS; /* it ran a millisecond ago */
	membership_tick(&node[1], now);
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE, "shorter");
	now.us += S;
	membership_tick(&node[1], now);
	cr_assert_eq(node[1].state, XNLB_STATE_LISTEN);
	cr_assert_not(membership_serves(&node[1], now));
	cr_assert_eq(node[1].own, OWN_NOTHING);
}

Test(membership, silence_is_not_counted_while_it_stood_still)
{
	formed(2);
	run(100 * MS);
	now.us += S - 10 * MS;
	membership_tick(&node[1], now);
	cr_assert_eq(node[1].live, 2, "node2 is not to blame");
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
}

/* A heartbeat of node2 in a view of its own, higher than all. */
static struct heartbeat rival_view(bool hears)
{
	struct heartbeat beat;

	membership_heartbeat(&node[2], now, &beat);
	memset(&beat.view, 0, sizeof(beat.view));
	beat.view.id.epoch = 1000;
	beat.view.members = 2;
	beat.view.digest = 1;
	beat.view.incarnation[1] = beat.incarnation;
	view_seal(&beat.view, 2);
	beat.last_with = 0;
	if (!hears)
		beat.heard &= ~1ull;
	return beat;
}

Test(membership, it_yields_to_a_higher_view_only_of_who_hears_it)
{
	struct heartbeat beat;

	formed(2);
	beat = rival_view(false);
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
	beat = rival_view(true);
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].state, XNLB_STATE_LISTEN);
	cr_assert_not(membership_serves(&node[1], now));
}

Test(membership, whose_clock_stood_still_yields_and_the_others_go_on)
{
	int64_t stop;

	formed(3);
	while (node[1].last_sent.us != now.us - MS)
		run(MS);
	up[1] = false;
	stop = now.us;
	until_active(2, 6);
	stood[1] = now.us - stop;
	up[1] = true;
	run(4 * T);
	cr_assert_eq(node[1].state, XNLB_STATE_LISTEN);
	cr_assert_eq(node[2].state, XNLB_STATE_ACTIVE);
	cr_assert_eq(node[2].view.id.epoch, 2);
}

Test(membership, old_sequences_and_nodes_of_no_configuration_change_nothing)
{
	struct membership before;
	struct heartbeat beat;

	formed(2);
	membership_heartbeat(&node[2], now, &beat);
	membership_heard(&node[1], &beat, now);
	before = node[1];
	membership_heard(&node[1], &beat, now);
	beat.sequence -= 5;
	membership_heard(&node[1], &beat, now);
	beat.node = 9;
	beat.sequence += 6;
	membership_heard(&node[1], &beat, now);
	cr_assert(same(&before, &node[1], sizeof(before)));
}

Test(membership, another_life_counts_when_it_hears_this_one_and_the_old_is_silent)
{
	uint32_t life;
	struct heartbeat beat;

	formed(2);
	life = node[1].peer[1].incarnation;
	membership_heartbeat(&node[2], now, &beat);
	beat.incarnation = 0x777;
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].peer[1].incarnation, life, "the old one is heard");
	up[2] = false;
	run(S + MS);
	beat.sequence++;
	beat.heard = 0;
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].peer[1].incarnation, life, "it may be a recording");
	beat.sequence++;
	beat.heard = 1;
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].peer[1].incarnation, 0x777);
}

Test(membership, an_acknowledgement_of_what_was_not_sent_is_none)
{
	struct heartbeat beat;
	struct instant acked;

	formed(2);
	acked = node[1].peer[1].acked;
	membership_heartbeat(&node[2], now, &beat);
	beat.ack[0] = (uint16_t)(node[1].sequence + 1);
	membership_heard(&node[1], &beat, now);
	cr_assert_eq(node[1].peer[1].acked.us, acked.us);
}

Test(membership, a_second_node_of_the_same_id_stays_out)
{
	struct heartbeat beat;

	formed(2);
	membership_heartbeat(&node[2], now, &beat);
	start(2); /* the second */
	for (int ms = 0; ms < 3000; ms++) {
		if (ms % 50 == 0) {
			beat.sequence++;
			membership_heard(&node[2], &beat, now);
		}
		now.us += MS;
		membership_tick(&node[2], now);
		cr_assert_eq(node[2].state, XNLB_STATE_LISTEN);
	}
}

Test(membership, another_weight_is_another_view)
{
	formed(3);
	membership_offer(&node[3], 40, 2);
	run(500 * MS);
	for (uint8_t id = 1; id <= 3; id++) {
		cr_assert_eq(node[id].view.weight[2], 40);
		cr_assert_eq(node[id].view.closed[2], 2);
		cr_assert_eq(node[id].state, XNLB_STATE_ACTIVE);
	}
	cr_assert_eq(node[1].view.id.epoch, 2, "one view did it");
}

Test(membership, another_configuration_is_taken_when_all_have_it)
{
	formed(3);
	membership_configure(&node[1], 2, 7);
	membership_configure(&node[2], 2, 7);
	run(1000 * MS);
	cr_assert_eq(node[1].view.id.epoch, 1);
	cr_assert_eq(node[3].state, XNLB_STATE_ACTIVE, "service goes on");
	membership_configure(&node[3], 2, 7);
	run(500 * MS);
	for (uint8_t id = 1; id <= 3; id++)
		cr_assert_eq(node[id].view.digest, 2);
}

Test(membership, a_node_of_another_configuration_is_heard_and_not_admitted)
{
	begin(2);
	membership_configure(&node[2], 9, 7);
	until_active(1, 1);
	run(3000 * MS);
	cr_assert_eq(node[1].view.members, 1);
	cr_assert_eq(node[1].live, 2);
	cr_assert_eq(node[2].state, XNLB_STATE_LISTEN);
}

Test(membership, with_a_quorum_a_minority_falls_silent_within_the_lease)
{
	begin(3);
	for (uint8_t id = 1; id <= 3; id++)
		node[id].quorum = true;
	until_active(1, 7);
	until_active(2, 7);
	until_active(3, 7);
	deaf[1][2] = deaf[1][3] = deaf[2][1] = deaf[3][1] = true;
	run(L + MS);
	cr_assert_not(membership_serves(&node[1], now));
	until_active(2, 6);
	run(3000 * MS);
	cr_assert_not(membership_serves(&node[1], now));
}

Test(membership, both_sides_of_a_partition_serve_without_a_quorum_and_one_after_it)
{
	formed(2);
	deaf[1][2] = deaf[2][1] = true;
	until_active(1, 1);
	until_active(2, 2);
	run(4000 * MS); /* after the frames against stopped clocks */
	while (node[1].last_sent.us != now.us - MS)
		run(MS);
	deaf[1][2] = deaf[2][1] = false;
	run(node[2].next_send.us - now.us + 8 * MS);
	cr_assert_eq(membership_serves(&node[1], now) + membership_serves(&node[2], now), 1);
	until_active(1, 3);
	until_active(2, 3);
}

Test(membership, who_was_lost_waits_before_it_returns_and_longer_each_time)
{
	int64_t before = 0, took;

	formed(2);
	for (int i = 0; i < 3; i++) {
		deaf[1][2] = deaf[2][1] = true;
		until_active(1, 1);
		deaf[1][2] = deaf[2][1] = false;
		took = until_active(1, 3);
		cr_assert_gt(took, before + 500);
		before = took;
	}
}

Test(membership, of_a_pair_that_does_not_hear_each_other_one_is_left_out)
{
	formed(4);
	deaf[3][4] = deaf[4][3] = true;
	run(1500 * MS);
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
	cr_assert(node[1].view.members == 7 || node[1].view.members == 0xb);
	cr_assert_eq(__builtin_popcountll(node[1].view.members), 3);
}

Test(membership, the_data_plane_can_end_the_lease)
{
	formed(2);
	membership_fenced(&node[1]);
	cr_assert_not(membership_serves(&node[1], now));
	cr_assert(membership_tick(&node[1], now) & MEMBER_LEASE);
}

/* As after a pause that the clock has not seen: the NIC kept what was acknowledged before. */
Test(membership, after_a_fence_no_earlier_acknowledgement_counts)
{
	struct heartbeat early, late;

	formed(2);
	membership_heartbeat(&node[2], now, &early);
	membership_heartbeat(&node[2], now, &late);
	membership_heard(&node[1], &early, now);
	membership_fenced(&node[1]);
	membership_tick(&node[1], now);
	membership_heard(&node[1], &late, now);
	membership_tick(&node[1], now);
	cr_assert_not(membership_serves(&node[1], now));
	run(200 * MS);
	cr_assert(membership_serves(&node[1], now), "the next ones do");
	cr_assert_eq(node[1].view.id.epoch, 1);
}

Test(membership, a_copy_goes_on_where_the_original_was)
{
	struct membership saved;

	formed(2);
	saved = node[1];
	memset(&node[1], 0, sizeof(node[1]));
	now.us += 200 * MS;
	node[1] = saved;
	run(1000 * MS);
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
	cr_assert_eq(node[1].view.id.epoch, 1);
}

Test(membership, wake_is_never_missed)
{
	/* Called only when it asks for it or hears: the same as called each millisecond. */
	formed(3);
	up[3] = false;
	for (int64_t end = now.us + 3000 * MS; now.us < end;) {
		int64_t next = INT64_MAX;

		for (uint8_t id = 1; id <= 2; id++) {
			step(id);
			if (node[id].wake.us < next)
				next = node[id].wake.us;
			if (swap_done[id] && swap_done[id] < next)
				next = swap_done[id];
		}
		now.us = next > now.us ? next : now.us + 1;
	}
	cr_assert_eq(node[1].state, XNLB_STATE_ACTIVE);
	cr_assert_eq(node[1].view.members, 3);
}
