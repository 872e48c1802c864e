// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the models and the simulator found in the membership, each as small as it can be. */
#include "members.h"

/*
 * The lease of a node may count from each heartbeat of it that was acknowledged, so the wait for
 * its end does too, whatever the heartbeat said. Found by the model: one that did not hear this
 * node any more was acknowledged, and not waited for.
 */
Test(found, who_is_acknowledged_is_waited_for)
{
	const enum xnlb_state states[] = {XNLB_STATE_LISTEN, XNLB_STATE_PREP, XNLB_STATE_ACTIVE};
	struct heartbeat beat;

	for (int i = 0; i < 3; i++) {
		formed(3);
		run(200 * MS);
		deaf[2][1] = true;
		run(100 * MS);
		membership_heartbeat(&node[2], now, &beat);
		beat.state = states[i];
		beat.heard = 0; /* and its view is an earlier one */
		beat.view.id.epoch = 0;
		membership_heard(&node[1], &beat, now);
		cr_assert_eq(node[1].peer[1].ack, beat.sequence, "state %d", states[i]);
		cr_assert_geq(node[1].peer[1].quiet.us, node[1].ran.us, "state %d", states[i]);
	}
}

/* R8: it would have to yield again to the one that is still higher. */
Test(found, nobody_moves_to_a_view_that_is_outdone)
{
	struct heartbeat high, low;

	formed(3);
	membership_fenced(&node[1]);
	membership_heartbeat(&node[2], now, &high);
	memset(&high.view, 0, sizeof(high.view));
	high.view.id.epoch = 50;
	high.view.members = 2;
	high.view.digest = 1;
	high.view.incarnation[1] = high.incarnation;
	view_seal(&high.view, 2);
	membership_heard(&node[1], &high, now);
	cr_assert_eq(node[1].state, XNLB_STATE_LISTEN);

	membership_heartbeat(&node[3], now, &low);
	memset(&low.view, 0, sizeof(low.view));
	low.view.id.epoch = 20;
	low.view.members = 5;
	low.view.digest = 1;
	low.view.incarnation[0] = node[1].incarnation;
	low.view.incarnation[2] = low.incarnation;
	view_seal(&low.view, 3);
	membership_heard(&node[1], &low, now);
	cr_assert_eq(node[1].state, XNLB_STATE_LISTEN, "node2 operates a higher one");
	low.sequence++;
	low.view.id.epoch = 60;
	view_seal(&low.view, 3);
	membership_heard(&node[1], &low, now);
	cr_assert_eq(node[1].state, XNLB_STATE_PREP);
}

/*
 * Two that yielded together had each other in the view that they had left, acknowledged each
 * other's heartbeats by it, and so never saw each other silent long enough to say JOIN.
 */
Test(found, two_that_yield_together_join_again)
{
	formed(3);
	deaf[1][2] = deaf[1][3] = deaf[2][1] = deaf[3][1] = true;
	until_active(2, 6);
	until_active(1, 1);
	memset(deaf, 0, sizeof(deaf));
	until_active(1, 7);
	until_active(2, 7);
	until_active(3, 7);
}
