// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What changes while a cluster runs: its nodes, closed rules, and a daemon that goes on. */
#include "members.h"

Test(change, a_node_is_added_when_all_members_have_the_configuration)
{
	begin(4);
	up[4] = false;
	for (uint8_t id = 1; id <= 3; id++) {
		node[id].nodes = node[id].next_nodes = 7;
		until_active(id, 7);
	}
	start(4);
	membership_configure(&node[4], 2, 15);
	run(1000 * MS);
	cr_assert_eq(node[4].state, XNLB_STATE_LISTEN);
	cr_assert_eq(node[1].live, 6, "it does not know of node 4");
	for (uint8_t id = 1; id <= 3; id++) {
		membership_configure(&node[id], 2, 15);
		cr_assert_eq(node[id].nodes, 7, "not before its view goes by it");
	}
	for (uint8_t id = 1; id <= 4; id++)
		until_active(id, 15);
	cr_assert_eq(node[1].view.digest, 2);
}

Test(change, who_listens_goes_by_a_configuration_at_once)
{
	begin(2);
	membership_configure(&node[1], 5, 7);
	cr_assert_eq(node[1].nodes, 7);
	cr_assert_eq(membership_digest(&node[1]), 5);
	cr_assert(membership_tick(&node[1], now) & MEMBER_OWN, "its tables are others");
}

Test(change, a_member_goes_by_its_views_configuration)
{
	formed(2);
	membership_configure(&node[1], 5, 3);
	cr_assert_eq(membership_digest(&node[1]), 1);
	run(500 * MS);
	cr_assert_eq(membership_digest(&node[1]), 1, "node 2 does not have it");
	deaf[2][1] = deaf[1][2] = true;
	run(1000 * MS);
	cr_assert_eq(membership_digest(&node[1]), 5, "alone it goes by its own");
}

Test(change, with_a_quorum_the_majority_is_that_of_the_next_configuration)
{
	begin(3);
	for (uint8_t id = 1; id <= 3; id++)
		node[id].quorum = true;
	for (uint8_t id = 1; id <= 3; id++)
		until_active(id, 7);
	up[3] = false;
	run(1000 * MS);
	cr_assert_eq(node[1].view.members, 3);
	for (uint8_t id = 1; id <= 2; id++)
		membership_configure(&node[id], 2, 15);
	run(1000 * MS);
	cr_assert_eq(node[1].view.digest, 1, "two of four are no majority");
	start(3);
	node[3].quorum = true;
	membership_configure(&node[3], 2, 15);
	for (uint8_t id = 1; id <= 3; id++)
		until_active(id, 7);
	cr_assert_eq(node[1].view.digest, 2);
}

Test(change, a_list_of_closed_rules_goes_by_its_configuration)
{
	formed(3);
	membership_offer(&node[3], 100, 1);
	run(500 * MS);
	cr_assert_eq(node[1].view.closed[2], 1);
	/* It has read another one, by which the rules have other numbers. */
	membership_configure(&node[3], 2, 7);
	membership_offer(&node[3], 100, 2);
	run(500 * MS);
	cr_assert_eq(node[1].view.closed[2], 1, "as long as the former is gone by");
	membership_configure(&node[1], 2, 7);
	membership_configure(&node[2], 2, 7);
	run(500 * MS);
	cr_assert_eq(node[1].view.digest, 2);
	cr_assert_eq(node[1].view.closed[2], 2);
}

/* A daemon that is killed and started again: its state as it was stored. */
Test(change, a_stored_state_goes_on_within_the_lease)
{
	struct membership stored;
	uint64_t epoch;

	formed(3);
	epoch = node[2].view.id.epoch;
	stored = node[2];
	up[2] = false;
	run(200 * MS);
	node[2] = stored;
	membership_resume(&node[2], now);
	up[2] = true;
	cr_assert(membership_serves(&node[2], now));
	cr_assert(membership_tick(&node[2], now) & MEMBER_OWN, "it is published again");
	run(1000 * MS);
	for (uint8_t id = 1; id <= 3; id++) {
		cr_assert_eq(node[id].view.id.epoch, epoch, "nobody noticed");
		cr_assert(membership_serves(&node[id], now));
	}
}

Test(change, a_stored_state_that_is_too_old_begins_by_listening)
{
	struct membership stored;

	formed(3);
	stored = node[2];
	up[2] = false;
	run(1000 * MS);
	node[2] = stored;
	membership_resume(&node[2], now);
	up[2] = true;
	cr_assert(!membership_serves(&node[2], now));
	step(2);
	cr_assert_eq(node[2].state, XNLB_STATE_LISTEN);
	for (uint8_t id = 1; id <= 3; id++)
		until_active(id, 7);
}

Test(change, something_to_say_is_said_at_once)
{
	formed(2);
	run(37 * MS);
	membership_tick(&node[1], now);
	now.us += 6 * MS;
	membership_tick(&node[1], now);
	membership_speak(&node[1]);
	cr_assert(membership_tick(&node[1], now) & MEMBER_SEND);
}

/* A view that waits for something that does not come, as for a list of closed rules. */
Test(change, a_view_that_does_not_come_about_is_followed_by_another)
{
	formed(3);
	swap_takes = 3600 * 1000 * MS;
	membership_offer(&node[3], 40, 1);
	run(300 * MS);
	cr_assert_eq(node[1].state, XNLB_STATE_PREP);
	cr_assert_eq(node[1].view.closed[2], 1);
	swap_takes = 3 * MS;
	membership_offer(&node[3], 40, 2);
	run(400 * MS);
	for (uint8_t id = 1; id <= 3; id++) {
		cr_assert_eq(node[id].view.closed[2], 2);
		cr_assert_eq(node[id].state, XNLB_STATE_ACTIVE);
	}
}

Test(change, who_is_heard_in_another_life_is_not_foreign)
{
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = 2,
				 .incarnation = 1,
				 .sequence = 1,
				 .state = XNLB_STATE_ACTIVE,
				 .digest = 9,
				 .view = {.digest = 9}};

	formed(2);
	membership_heard(&node[1], &beat, now);
	cr_assert_lt(node[1].foreign_until.us, node[1].ran.us, "an old recording");
	beat.node = 3;
	node[1].nodes |= 4;
	membership_heard(&node[1], &beat, now);
	cr_assert_gt(node[1].foreign_until.us, node[1].ran.us);
}
