// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "members.h"

/*
 * The lease of a node may count from each heartbeat of it that was acknowledged, so the wait for
 * its end does too, whatever the heartbeat said. Found by the model: one that did not hear this
 * node any more was acknowledged, and not waited for.
 */
Test(lease, who_is_acknowledged_is_waited_for)
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
