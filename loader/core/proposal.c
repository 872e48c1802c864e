// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which view comes next, who proposes it, and when (R8, R9, R10; rows 14 to 19). */
#include <string.h>

#include "core/member.h"

/* Heard both ways and willing. */
static node_set candidates(const struct membership *member)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, member->live) {
		const struct peer *peer = &member->peer[i];

		if (peer->hears_me && !peer->out && peer->state != XNLB_STATE_LEAVING)
			set |= 1ull << i;
	}
	return set;
}

static node_set operating(const struct membership *member, node_set nodes)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, nodes)
		if (state_operates(member->peer[i].state))
			set |= 1ull << i;
	return set;
}

/* Those of `nodes` that can serve by that configuration. */
static node_set knowing(const struct membership *member, node_set nodes, uint64_t digest)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, nodes) {
		const struct peer *peer = &member->peer[i];

		if (peer->digest == digest ||
		    (state_operates(peer->state) && peer->view_digest == digest))
			set |= 1ull << i;
	}
	return set;
}

/* Who may join. With no lease there is no service that a flapping node could disturb. */
static node_set joiners(struct membership *member, node_set nodes, bool running)
{
	node_set set = 0;
	unsigned int i;

	each_node(i, nodes) {
		const struct peer *peer = &member->peer[i];

		if (!running ||
		    ((peer->join || state_operates(peer->state)) && peer_stable(member, i)))
			set |= 1ull << i;
	}
	return set;
}

/*
 * Members who could be READY at once; with no lease to lose, whoever there is. Who has not been
 * seen in this view may not know of it yet.
 */
static node_set able(struct membership *member, node_set nodes, bool running)
{
	node_set set = 0;
	unsigned int i;

	if (!running)
		return nodes;
	each_node(i, nodes) {
		const struct peer *peer = &member->peer[i];

		if (peer->join || state_operates(peer->state) ||
		    (peer->in_view.us < member->adopted.us &&
		     !ran_for(member, member->adopted, member->timing.strange)))
			set |= 1ull << i;
	}
	return set;
}

/* A new configuration is taken when all members have it. */
static uint64_t next_digest(const struct membership *member, node_set members)
{
	unsigned int i;

	each_node(i, members)
		if (member->peer[i].digest != member->digest)
			return member->view.digest;
	return member->digest;
}

/* The members that the next view should have, by `digest`. */
static node_set wish(struct membership *member, uint64_t *digest)
{
	bool running = instant_before(member->now, member->lease_end);
	node_set me = node_bit(member->self), found = candidates(member), core, all;

	core = able(member, peers_surviving(member, found), running);
	*digest = next_digest(member, core);
	core = clique(member, knowing(member, core, *digest), 0);
	if (running && (member->state != XNLB_STATE_ACTIVE || member->view.members & ~core)) {
		/* No joiner in a view that excludes somebody, nor before the proposer is ACTIVE. */
		if (member->state != XNLB_STATE_ACTIVE && member->base.id.epoch &&
		    core != member->view.members)
			core &= member->ready | view_common(&member->base, &member->view) | me;
		return core;
	}
	all = knowing(member, joiners(member, found & ~core, running), *digest);
	return clique(member, core & ~me, all);
}

/*
 * The version of its closed rules that a view by `digest` has. A list goes by the configuration of
 * who says it; who has another one already keeps to what it said before.
 */
static uint8_t closed_by(const struct membership *member, unsigned int index, uint64_t digest)
{
	bool me = index + 1u == member->self;
	uint64_t own = me ? member->digest : member->peer[index].digest;

	if (own != digest && member->view.digest == digest &&
	    view_has(&member->view, (uint8_t)(index + 1), member_life(member, index)))
		return member->view.closed[index];
	return me ? member->closed : member->peer[index].closed;
}

static void fill(const struct membership *member, node_set members, uint64_t digest,
		 struct view *out)
{
	unsigned int i;

	memset(out, 0, sizeof(*out));
	out->members = members;
	out->digest = digest;
	each_node(i, members) {
		bool me = i + 1u == member->self;

		out->incarnation[i] = member_life(member, i);
		out->weight[i] = me ? member->weight : member->peer[i].weight;
		out->closed[i] = closed_by(member, i, digest);
	}
}

static node_set nodes_by(const struct membership *member, uint64_t digest)
{
	return digest == member->digest ? member->next_nodes : member->nodes;
}

static void adopt_own(struct membership *member, struct view *view)
{
	node_set nodes = nodes_by(member, view->digest);

	if (member->quorum &&
	    2 * __builtin_popcountll(view->members) <= __builtin_popcountll(nodes))
		return;
	view->id.epoch = member->epoch_max > member->view.id.epoch ? member->epoch_max
								   : member->view.id.epoch;
	view->id.epoch++;
	view_seal(view, member->self);
	member_adopt(member, view);
}

/* Row 19: a member that has been seen outside the view for 4 T. */
static bool is_split(struct membership *member, node_set members)
{
	bool split = false;
	unsigned int i;

	each_node(i, members & ~node_bit(member->self)) {
		const struct peer *peer = &member->peer[i];
		struct ran since = peer->in_view;

		if (peer->view_hash == member->view.hash && state_operates(peer->state))
			continue;
		if (since.us < member->adopted.us)
			since = member->adopted;
		split |= ran_for(member, since, member->timing.strange);
	}
	return split;
}

/* Does a member operate a higher view without it? It does not hear it, or it had yielded. */
static bool is_left_out(const struct membership *member, node_set heard)
{
	unsigned int i;

	each_node(i, operating(member, heard))
		if (view_compare(&member->peer[i].view, &member->view.id) > 0)
			return true;
	return false;
}

/* Row 17: is it this node that is cut off, and not those that it misses? */
static bool is_odd(const struct membership *member)
{
	node_set others = member->view.members & ~node_bit(member->self);
	node_set heard = peers_surviving(member, member->live);
	int missed = 0;
	unsigned int i, k;

	if (!heard)
		return others;
	if (is_left_out(member, heard))
		return true;
	each_node(i, others & ~heard) {
		int hearing = 0;

		if (member->peer[i].left)
			continue;
		each_node(k, heard)
			hearing += (int)(member->peer[k].hears >> i & 1);
		if (2 * hearing > __builtin_popcountll(heard))
			missed++;
	}
	return missed >= 2;
}

/*
 * Has it been wished for long enough? Others that should propose first get their turn; before who
 * has no lease, as one that has just joined, also those that have: they know better what they keep.
 */
static bool is_time(struct membership *member, node_set members, bool urgent, node_set before)
{
	int64_t wait = member->timing.turn * __builtin_popcountll(before);

	if (!member->wishing) {
		member->wishing = true;
		member->wish_since = member->wish_changed = member->ran;
	} else if (members != member->wished) {
		member->wish_changed = member->ran;
	}
	member->wished = members;
	if (urgent && is_odd(member))
		wait += member->timing.lease - member->timing.suspect;
	if (!instant_before(member->now, member->lease_end))
		wait += 2 * member->timing.turn;
	if (urgent)
		return ran_for(member, member->wish_since, wait);
	return ran_for(member, member->wish_changed, member->timing.quiet + wait) ||
	       ran_for(member, member->wish_since, member->timing.batch + wait);
}

/* Rows 16 to 19. */
static void propose_next(struct membership *member)
{
	node_set lower = node_bit(member->self) - 1, members, common;
	uint64_t digest;
	struct view view;
	bool urgent;

	members = wish(member, &digest);
	fill(member, members, digest, &view);
	common = view_common(&view, &member->view);
	urgent = common != member->view.members || is_split(member, common);
	if (!urgent && members == member->view.members && digest == member->view.digest &&
	    !memcmp(view.weight, member->view.weight, sizeof(view.weight)) &&
	    !memcmp(view.closed, member->view.closed, sizeof(view.closed))) {
		member->wishing = false;
		return;
	}
	/*
	 * Row 18: a change can wait until this view is there, unless it does not come; with no
	 * lease there is nothing to lose.
	 */
	if (!urgent && member->state != XNLB_STATE_ACTIVE &&
	    instant_before(member->now, member->lease_end) &&
	    !ran_for(member, member->adopted, member->timing.strange))
		return;
	if (is_time(member, members, urgent, operating(member, common & lower & member->live)))
		adopt_own(member, &view);
}

/* The members of the highest view that is operated by one of `nodes`. */
static node_set heard_view(const struct membership *member, node_set nodes)
{
	const struct peer *highest = NULL;
	unsigned int i;

	each_node(i, nodes) {
		const struct peer *peer = &member->peer[i];

		if (!highest || view_compare(&peer->view, &highest->view) > 0)
			highest = peer;
	}
	return highest ? highest->members : 0;
}

/* Rows 14 and 15. */
static void propose_first(struct membership *member)
{
	node_set lower = node_bit(member->self) - 1, found = candidates(member), serving, members;
	bool waited = ran_for(member, member->booted, member->timing.wait + member->timing.unmet);
	bool rival = ran_since(member, member->rival) < member->timing.suspect ||
		     member->ran.us < member->foreign_until.us;
	bool join = waited && !rival;
	struct view view;

	serving = operating(member, found);
	if (join && serving)
		join = peers_silent(member, member_others(member) & ~heard_view(member, serving));
	if (join && !member->join)
		member_changed(member);
	member->join = join;
	if (!waited || rival || serving) {
		member->wishing = false;
		return;
	}
	members = clique(member, knowing(member, found, member->digest), 0);
	if (!member->wishing) {
		member->wishing = true;
		member->wish_since = member->ran;
	}
	if (!ran_for(member, member->wish_since,
		     member->timing.turn * __builtin_popcountll(members & lower)))
		return;
	fill(member, members, member->digest, &view);
	adopt_own(member, &view);
}

void propose(struct membership *member)
{
	if (member->stopped || member->state == XNLB_STATE_LEAVING)
		member->join = false;
	else if (state_operates(member->state))
		propose_next(member);
	else
		propose_first(member);
}
