// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The states of a node and how it goes from one to the next: the table of states in
 * docs/protocol.md, whose rows and rules the comments name.
 */
#include <string.h>

#include "core/member.h"
#include "core/mix.h"

/* A change is said at once, and twice more, for a frame may be lost: after 0, 5 and 15 ms. */
static const int64_t repeat_us[] = {15000, 5000, 0};
#define REPEATS (sizeof(repeat_us) / sizeof(repeat_us[0]))

void membership_init(struct membership *member, const struct member_setup *setup)
{
	memset(member, 0, sizeof(*member));
	member->self = setup->self;
	member->nodes = member->next_nodes = setup->nodes;
	member->timing = setup->timing;
	member->quorum = setup->quorum;
	member->digest = setup->digest;
	member->weight = 100;
	member->incarnation = setup->incarnation;
	member->random = setup->incarnation;
	member->now = member->next_send = member->wake = setup->now;
	member->lease_end = member->last_sent = member->changed = INSTANT_NEVER;
	member->all_ready = member->fence_until = INSTANT_NEVER;
	member->twin = member->rival = member->foreign_until = RAN_NEVER;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		member->peer[i] = (struct peer){
			.candidate_heard = RAN_NEVER,
			.heard = RAN_NEVER,
			.quiet = {member->timing.unmet},
			.last_exclusion = RAN_NEVER,
			.acked = INSTANT_NEVER,
		};
}

/* R7: time in which this node did not run is not counted, but for what may be a late wake-up. */
void member_advance(struct membership *member, struct instant now)
{
	int64_t step = now.us - member->now.us;

	if (step <= 0)
		return;
	if (step >= member->timing.suspect)
		member->stalled = true;
	member->ran.us += step < 2 * member->timing.period ? step : 2 * member->timing.period;
	member->now = now;
}

void member_changed(struct membership *member)
{
	member->changed = member->now;
	member->repeats = REPEATS;
}

static void own(struct membership *member, enum own what)
{
	member->own = what;
	member->swap++;
	member->swapped = false;
	member->actions |= MEMBER_OWN;
}

static void keep_nothing(struct membership *member)
{
	member->base.id.epoch = 0;
	own(member, OWN_NOTHING);
}

/* It goes by the newest configuration from now on. */
static void take_configuration(struct membership *member)
{
	member->nodes = member->next_nodes;
	member->live &= member->nodes;
}

/* Row 4, and each proposal of its own. */
void member_adopt(struct membership *member, const struct view *view)
{
	bool operates = state_operates(member->state), kept;
	node_set common = 0, left;
	unsigned int i;

	if (operates) {
		lease_renew(member);
		peers_excluded(member, view);
		common = view_common(&member->view, view);
	}
	each_node(i, member_others(member) & ~common)
		member->peer[i].acked = INSTANT_NEVER;
	kept = operates && membership_serves(member, member->now);
	if (!kept)
		member->base.id.epoch = 0;
	else if (member->state == XNLB_STATE_ACTIVE)
		member->base = member->view;
	left = member->view.members & ~view->members;

	member->acks &= view_common(&member->view, view);
	member->view = *view;
	if (view->digest == member->digest)
		take_configuration(member);
	if (view->id.epoch > member->epoch_max)
		member->epoch_max = view->id.epoch;
	member->state = XNLB_STATE_PREP;
	member->ready = 0;
	member->all_ready = INSTANT_NEVER;
	member->adopted = member->ran;
	member->wishing = false;
	if (left && __builtin_popcountll(view->members & (node_bit(member->self) - 1)) < 2)
		member->fence_until = instant_after(member->now, member->timing.fenced);
	own(member, kept ? OWN_KEPT : OWN_NOTHING);
	member_changed(member);
}

/* Row 5: nothing is owned any more, at once. */
void member_listen(struct membership *member)
{
	member->state = XNLB_STATE_LISTEN;
	member->wishing = false;
	member->acks = 0;
	take_configuration(member);
	lease_give_up(member);
	keep_nothing(member);
	member_changed(member);
}

/* Rows 12 and 13: as at start, in the same life. */
void member_restart(struct membership *member)
{
	member_listen(member);
	member->booted = member->ran;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		member->peer[i].quiet.us = member->ran.us + member->timing.unmet;
}

/* May it serve by that view's configuration? */
static bool knows_digest(const struct membership *member, const struct view *view)
{
	return view->digest == member->digest ||
	       (state_operates(member->state) && view->digest == member->view.digest);
}

/*
 * Is a still higher view operated by a node that hears this one? Then it would have to yield to
 * that again; those who propose lower ones are to hear of it.
 */
static bool is_outdone(const struct membership *member, const struct view *view)
{
	unsigned int i;

	each_node(i, member->live) {
		const struct peer *peer = &member->peer[i];

		if (peer->hears_me && state_operates(peer->state) &&
		    view_compare(&peer->view, &view->id) > 0)
			return true;
	}
	return false;
}

/* Rows 4 and 5. */
static void follow(struct membership *member, const struct heartbeat *heartbeat)
{
	const struct view *view = &heartbeat->view;

	if (view->id.epoch > member->epoch_max)
		member->epoch_max = view->id.epoch;
	if (!state_operates(heartbeat->state) || view_compare(&view->id, &member->view.id) <= 0)
		return;
	if (view_has(view, member->self, member->incarnation) && !member->stopped &&
	    knows_digest(member, view) && !is_outdone(member, view))
		member_adopt(member, view);
	else if (state_operates(member->state) &&
		 heartbeat_hears(heartbeat, member->self, member->incarnation))
		member_listen(member);
}

/* Row 21. */
static void mark_ready(struct membership *member, const struct heartbeat *heartbeat)
{
	if ((member->state == XNLB_STATE_PREP || member->state == XNLB_STATE_READY) &&
	    (heartbeat->state == XNLB_STATE_READY || heartbeat->state == XNLB_STATE_ACTIVE))
		member->ready |= node_bit(heartbeat->node);
}

void membership_foreign(struct membership *member, int64_t us)
{
	if (member->foreign_until.us < member->ran.us + us)
		member->foreign_until.us = member->ran.us + us;
}

/* Who serves by another configuration is waited for even if it is deaf to this node. */
static void note_foreign(struct membership *member, const struct heartbeat *heartbeat)
{
	const struct peer *peer = member_peer(member, heartbeat->node);

	/* It is heard in another life: this may be an old recording. */
	if (member->live & node_bit(heartbeat->node) && peer->incarnation != heartbeat->incarnation)
		return;
	if (state_operates(heartbeat->state) && heartbeat->digest != member->digest &&
	    heartbeat->view.digest != member->digest &&
	    !heartbeat_hears(heartbeat, member->self, member->incarnation))
		membership_foreign(member, member->timing.suspect);
}

/* Of two with one id the one that serves stays, else that of the lower number. */
static void note_twin(struct membership *member, const struct heartbeat *heartbeat)
{
	if (heartbeat->incarnation == member->incarnation)
		return;
	member->twin = member->ran;
	if (state_operates(heartbeat->state) || heartbeat->incarnation < member->incarnation)
		member->rival = member->ran;
}

void membership_heard(struct membership *member, const struct heartbeat *heartbeat,
		      struct instant now)
{
	member_advance(member, now);
	if (heartbeat->node == member->self) {
		note_twin(member, heartbeat);
		return;
	}
	note_foreign(member, heartbeat);
	if (!(member->nodes & node_bit(heartbeat->node)) || !peer_accept(member, heartbeat))
		return;
	peer_note(member, heartbeat);
	if (heartbeat->type == XNLB_FRAME_LEAVE)
		return;
	follow(member, heartbeat);
	lease_acknowledge(member, heartbeat);
	if (!state_operates(member->state) || !state_operates(heartbeat->state) ||
	    !view_same(&heartbeat->view, &member->view))
		return;
	member->peer[heartbeat->node - 1].in_view = member->ran;
	mark_ready(member, heartbeat);
	lease_acknowledged(member, heartbeat);
}

/* Rows 11 and 12. */
static void check_lease(struct membership *member)
{
	if (!state_operates(member->state) || !due(member, member->lease_end))
		return;
	if (member->state == XNLB_STATE_ACTIVE) {
		if (member->view.members == node_bit(member->self))
			member_restart(member);
	} else if (member->own == OWN_KEPT) {
		keep_nothing(member);
	}
}

/* Row 20. */
static void get_ready(struct membership *member)
{
	if (member->state != XNLB_STATE_PREP || !member->swapped ||
	    !peers_silent(member, member_others(member) & ~member->view.members))
		return;
	member->state = XNLB_STATE_READY;
	member->last = member->view;
	member->ready |= node_bit(member->self);
	member_changed(member);
}

/* Row 22. */
static void get_active(struct membership *member)
{
	if (member->state != XNLB_STATE_READY || member->ready != member->view.members)
		return;
	if (member->all_ready.us == INSTANT_NEVER.us)
		member->all_ready = member->now;
	if (!due(member, instant_after(member->all_ready, member->timing.guard)))
		return;
	member->state = XNLB_STATE_ACTIVE;
	member->base.id.epoch = 0;
	own(member, OWN_VIEW);
	lease_renew(member);
	member_changed(member);
}

/* Row 24: until nobody who is heard has it in its view, or in PREP still waits for its silence. */
static void go_on_leaving(struct membership *member)
{
	unsigned int i;

	if (!member->swapped)
		return;
	each_node(i, member->live) {
		const struct peer *peer = &member->peer[i];
		bool has = state_operates(peer->state) && peer->members & node_bit(member->self);

		if ((has || peer->state == XNLB_STATE_PREP) &&
		    !ran_for(member, member->adopted, member->timing.lease))
			return;
	}
	member->state = XNLB_STATE_LISTEN;
	member_changed(member);
}

static struct instant next_send(const struct membership *member)
{
	struct instant next = member->next_send, other;

	if (member->repeats) {
		other = instant_after(member->changed, repeat_us[member->repeats - 1]);
		if (instant_before(other, next))
			next = other;
	}
	other = instant_after(member->last_sent, member->timing.fence);
	if (instant_before(other, member->fence_until) && instant_before(other, next))
		next = other;
	other = instant_after(member->last_sent, member->timing.apart);
	if (instant_before(next, other) || (member->state == XNLB_STATE_LEAVING && member->swapped))
		next = other;
	return next;
}

unsigned int membership_tick(struct membership *member, struct instant now)
{
	unsigned int actions;

	member_advance(member, now);
	member->wake = instant_after(member->now, member->timing.period);
	if (member->stalled && member->state != XNLB_STATE_LEAVING)
		member_restart(member);
	member->stalled = false;
	peers_age(member);
	check_lease(member);
	if (member->state == XNLB_STATE_LEAVING)
		go_on_leaving(member);
	propose(member);
	get_ready(member);
	get_active(member);
	lease_renew(member);
	if (due(member, next_send(member)))
		member->actions |= MEMBER_SEND;
	actions = member->actions;
	member->actions = 0;
	return actions;
}

void membership_swapped(struct membership *member, uint64_t swap)
{
	if (swap == member->swap)
		member->swapped = true;
}

/* SplitMix64; for jitter alone. */
static uint64_t random_word(struct membership *member)
{
	return mix_final(member->random += 0x9e3779b97f4a7c15);
}

/* Row 23. */
static void schedule(struct membership *member)
{
	int64_t period = member->timing.period, range = period * 24 / 100;

	member->last_sent = member->now;
	while (member->repeats &&
	       !instant_before(member->now,
			       instant_after(member->changed, repeat_us[member->repeats - 1])))
		member->repeats--;
	member->next_send = instant_after(
		member->now,
		period - range / 2 + (int64_t)(random_word(member) % (uint64_t)(range + 1)));
}

void membership_heartbeat(struct membership *member, struct instant now, struct heartbeat *out)
{
	unsigned int i;

	member_advance(member, now);
	schedule(member);
	member->sequence++;
	member->sent[member->sequence % MEMBER_SENT] = member->now;
	memset(out, 0, sizeof(*out));
	out->type = member->state == XNLB_STATE_LEAVING && member->swapped ? XNLB_FRAME_LEAVE
									   : XNLB_FRAME_HEARTBEAT;
	out->node = member->self;
	out->incarnation = member->incarnation;
	out->sequence = member->sequence;
	out->state = member->state;
	out->join = member->state == XNLB_STATE_LISTEN && member->join;
	out->out = member->stopped;
	out->weight = member->weight;
	out->closed = member->closed;
	out->digest = member->digest;
	out->view = member->view;
	out->last = member->last.id;
	out->last_with = view_common(&member->last, &member->view);
	each_node(i, member_others(member)) {
		const struct peer *peer = &member->peer[i];
		uint32_t life = peer_heard(member, i);

		if (life)
			out->heard |= 1ull << i;
		out->heard_incarnation[i] = life;
		out->ack[i] = (uint16_t)peer->ack;
	}
	out->acked = member->acks;
}

void membership_leave(struct membership *member)
{
	bool operates = state_operates(member->state);

	member->stopped = true;
	if (!operates)
		return;
	member_listen(member);
	member->state = XNLB_STATE_LEAVING;
	member->adopted = member->ran;
}

void membership_start(struct membership *member)
{
	member->stopped = false;
	member_changed(member);
}

void membership_offer(struct membership *member, uint8_t weight, uint8_t closed)
{
	member->weight = weight;
	member->closed = closed;
	member_changed(member);
}

void membership_configure(struct membership *member, uint64_t digest, node_set nodes)
{
	member->digest = digest;
	member->next_nodes = nodes;
	if (!state_operates(member->state)) {
		take_configuration(member);
		keep_nothing(member);
	}
	member_changed(member);
}

void membership_resume(struct membership *member, struct instant now)
{
	member_advance(member, now);
	own(member, member->own);
	member->actions |= MEMBER_LEASE;
	member_changed(member);
}

void membership_speak(struct membership *member)
{
	member_changed(member);
}

void membership_fenced(struct membership *member)
{
	unsigned int i;

	lease_give_up(member);
	/* Nor does it revive what is acknowledged, then or later, of heartbeats from before. */
	each_node(i, member_others(member))
		member->peer[i].acked = INSTANT_NEVER;
	for (i = 0; i < MEMBER_SENT; i++)
		member->sent[i] = INSTANT_NEVER;
}
