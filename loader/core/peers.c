// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is known of the other nodes: which life, when heard, what they said (R3, R7, R8, R10). */
#include "core/member.h"

#define EXCLUSIONS_US (600 * 1000000LL) /* exclusions are remembered for so long */
#define STABLE_MAX_US (60 * 1000000LL)

/* Forgets what an earlier life said; when it was heard operating stays, for its lease may run. */
static void reborn(struct membership *member, struct peer *peer)
{
	node_set bit = 1ull << (peer - member->peer);

	*peer = (struct peer){
		.incarnation = peer->candidate,
		.sequence = peer->candidate_sequence,
		.candidate_heard = RAN_NEVER,
		.heard = RAN_NEVER,
		.quiet = peer->quiet,
		.acked = INSTANT_NEVER,
		.exclusions = peer->exclusions,
		.last_exclusion = peer->last_exclusion,
	};
	member->live &= ~bit;
	member->ready &= ~bit;
	member->acks &= ~bit;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		member->peer[i].hears &= ~bit;
}

/*
 * Is it new? Sequences only go up within a life. Another life counts when it says that it hears
 * this one (an old recording cannot), and not while the one before is heard: of two nodes with one
 * id the later is refused.
 */
bool peer_accept(struct membership *member, const struct heartbeat *heartbeat)
{
	struct peer *peer = member_peer(member, heartbeat->node);

	if (peer->incarnation == heartbeat->incarnation) {
		if (heartbeat->sequence <= peer->sequence)
			return false;
		peer->sequence = heartbeat->sequence;
		return true;
	}
	if (peer->candidate == heartbeat->incarnation &&
	    heartbeat->sequence <= peer->candidate_sequence)
		return false;
	peer->candidate = heartbeat->incarnation;
	peer->candidate_sequence = heartbeat->sequence;
	peer->candidate_heard = member->ran;
	if (!heartbeat_hears(heartbeat, member->self, member->incarnation) ||
	    (!peer->left && ran_since(member, peer->heard) < member->timing.suspect))
		return false;
	reborn(member, peer);
	return true;
}

/* Whom it hears, as far as it is the life that this node hears too. */
static node_set hears(const struct membership *member, const struct heartbeat *heartbeat)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, heartbeat->heard & member->nodes)
		if (heartbeat->heard_incarnation[i] == member_life(member, i))
			set |= 1ull << i;
	return set;
}

/*
 * Row 6. Where this node is a member and heard, the lease cannot be newer than the last heartbeat
 * that came in from there. Else it is renewed without this node, and some more may have been lost.
 */
static void await_silence(struct membership *member, struct peer *peer, const struct view *view)
{
	bool bound = peer->hears_me && view_has(view, member->self, member->incarnation);

	if (peer->hears_me || view_same(view, &member->view))
		peer->quiet.us = member->ran.us + (bound ? 0 : member->timing.unmet);
}

/* Rows 3 and 6. */
void peer_note(struct membership *member, const struct heartbeat *heartbeat)
{
	struct peer *peer = member_peer(member, heartbeat->node);
	node_set me = node_bit(member->self);
	bool news;

	peer->heard = member->ran;
	peer->left = heartbeat->type == XNLB_FRAME_LEAVE;
	if (peer->left) {
		peer->quiet = RAN_NEVER;
		peer->hears_me = false;
		member->live &= ~node_bit(heartbeat->node);
		return;
	}
	peer->hears = hears(member, heartbeat);
	if (peer->hears & me && !peer->hears_me)
		peer->two_way = member->ran;
	news = !(member->live & node_bit(heartbeat->node)) ||
	       (peer->hears_me && !(peer->hears & me));
	peer->hears_me = peer->hears & me;
	peer->state = heartbeat->state;
	peer->join = heartbeat->join;
	peer->out = heartbeat->out;
	peer->weight = heartbeat->weight;
	peer->closed = heartbeat->closed;
	peer->digest = heartbeat->digest;
	peer->view = heartbeat->view.id;
	peer->view_hash = heartbeat->view.hash;
	peer->view_digest = heartbeat->view.digest;
	peer->members = heartbeat->view.members;
	if (!state_operates(peer->state))
		return;
	await_silence(member, peer, &heartbeat->view);
	/* One of the two yields, as soon as it knows that it is heard. */
	if (news && state_operates(member->state))
		member_changed(member);
}

/* As heartbeats say it; of who leaves too, or it would look like a broken link to those that do not
 * know. */
uint32_t peer_heard(const struct membership *member, unsigned int index)
{
	const struct peer *peer = &member->peer[index];

	if (ran_since(member, peer->heard) < member->timing.suspect)
		return peer->incarnation;
	if (ran_since(member, peer->candidate_heard) < member->timing.suspect)
		return peer->candidate;
	return 0;
}

void peers_age(struct membership *member)
{
	node_set live = 0;
	unsigned int i;

	each_node(i, member_others(member)) {
		struct peer *peer = &member->peer[i];

		if (!peer->incarnation || peer->left)
			continue;
		if (!ran_for(member, peer->heard, member->timing.suspect))
			live |= 1ull << i;
		else
			peer->hears_me = false;
	}
	member->live = live;
}

/* Members of this node's view, of `nodes`, that are still in the same life. */
node_set peers_surviving(const struct membership *member, node_set nodes)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, nodes & member->view.members)
		if (member->peer[i].incarnation == member->view.incarnation[i])
			set |= 1ull << i;
	return set;
}

/* R3: are the leases of all these over? */
bool peers_silent(struct membership *member, node_set nodes)
{
	bool silent = true;
	unsigned int i;

	each_node(i, nodes)
		silent &= ran_for(member, member->peer[i].quiet, member->timing.wait);
	return silent;
}

/* Counts who is lost with the next view, against flapping. */
void peers_excluded(struct membership *member, const struct view *next)
{
	node_set lost = member->view.members & ~view_common(&member->view, next);
	unsigned int i;

	each_node(i, lost & member_others(member)) {
		struct peer *peer = &member->peer[i];

		if (peer->left || peer->state == XNLB_STATE_LEAVING)
			continue;
		if (ran_since(member, peer->last_exclusion) > EXCLUSIONS_US)
			peer->exclusions = 0;
		peer->exclusions++;
		peer->last_exclusion = member->ran;
		peer->two_way = member->ran;
	}
}

/* Has it been heard both ways for long enough to join? */
bool peer_stable(struct membership *member, unsigned int index)
{
	const struct peer *peer = &member->peer[index];
	int64_t stable = member->timing.quiet;

	if (peer->exclusions && ran_since(member, peer->last_exclusion) <= EXCLUSIONS_US) {
		stable = STABLE_MAX_US;
		if (peer->exclusions < 7)
			stable = member->timing.stable << (peer->exclusions - 1);
		if (stable > STABLE_MAX_US)
			stable = STABLE_MAX_US;
	}
	return ran_for(member, peer->two_way, stable);
}
