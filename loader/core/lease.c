// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lease (R5, R6): this node takes new flows only for as long as it knows that all members knew
 * it alive. Rows 7 to 10.
 */
#include "core/member.h"

/* Row 7, R6. */
void lease_acknowledge(struct membership *member, const struct heartbeat *heartbeat)
{
	struct peer *peer = member_peer(member, heartbeat->node);

	if (!state_operates(member->state) ||
	    !view_has(&member->view, heartbeat->node, heartbeat->incarnation))
		return;
	peer->ack = heartbeat->sequence;
	member->acks |= node_bit(heartbeat->node);
	/* R3: its lease may count from this heartbeat, whatever else it says. */
	if (peer->quiet.us < member->ran.us)
		peer->quiet.us = member->ran.us;
}

/* When was the heartbeat sent whose sequence ends with these 16 bits? */
static struct instant sent_at(const struct membership *member, uint16_t low)
{
	uint16_t age = (uint16_t)(member->sequence - low);

	if (age >= MEMBER_SENT || age >= member->sequence)
		return INSTANT_NEVER;
	return member->sent[(member->sequence - age) % MEMBER_SENT];
}

/* R5c. */
static bool counts(const struct membership *member, const struct heartbeat *heartbeat)
{
	if (heartbeat->state == XNLB_STATE_READY || heartbeat->state == XNLB_STATE_ACTIVE)
		return true;
	return member->base.id.epoch && heartbeat->last_with & node_bit(member->self) &&
	       view_compare(&heartbeat->last, &member->base.id) >= 0;
}

/* Row 8; the view is the same on both sides. */
void lease_acknowledged(struct membership *member, const struct heartbeat *heartbeat)
{
	struct peer *peer = member_peer(member, heartbeat->node);
	struct instant sent;

	if (!(heartbeat->acked & node_bit(member->self)) || !counts(member, heartbeat))
		return;
	sent = sent_at(member, heartbeat->ack[member->self - 1]);
	if (!instant_before(peer->acked, sent))
		return;
	peer->acked = sent;
	lease_renew(member);
}

/* R5e: who is silent is not asked to prolong a lease that runs; with a quorum, if enough are. */
static node_set needed(const struct membership *member, bool running)
{
	node_set others = member->view.members & ~node_bit(member->self), present;

	if (!running)
		return others;
	present = peers_surviving(member, others & member->live);
	if (member->quorum &&
	    2 * (__builtin_popcountll(present) + 1) <= __builtin_popcountll(member->nodes))
		return others;
	return present;
}

/* Rows 9 and 10; who is alone in the view renews it by running. */
void lease_renew(struct membership *member)
{
	bool running = instant_before(member->now, member->lease_end);
	struct instant oldest = member->now, end;
	unsigned int i;

	if (!state_operates(member->state) || (!running && member->state != XNLB_STATE_ACTIVE))
		return;
	each_node(i, needed(member, running))
		if (instant_before(member->peer[i].acked, oldest))
			oldest = member->peer[i].acked;
	end = instant_after(oldest, member->timing.lease);
	if (!instant_before(member->lease_end, end))
		return;
	member->lease_end = end;
	member->actions |= MEMBER_LEASE;
}

void lease_give_up(struct membership *member)
{
	member->lease_end = INSTANT_NEVER;
	member->actions |= MEMBER_LEASE;
}
