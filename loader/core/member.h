/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the membership share, and nobody else uses. */
#ifndef CORE_MEMBER_H
#define CORE_MEMBER_H

#include "core/membership.h"

/* The next node of a set, by index (id - 1). */
#define each_node(index, set)                                                            \
	for (node_set left_##index = (set);                                              \
	     left_##index && ((index) = (unsigned int)__builtin_ctzll(left_##index), 1); \
	     left_##index &= left_##index - 1)

static inline struct peer *member_peer(struct membership *member, uint8_t id)
{
	return &member->peer[id - 1];
}

/* The life in which node `index` is known; its own for the node itself. */
static inline uint32_t member_life(const struct membership *member, unsigned int index)
{
	return index + 1u == member->self ? member->incarnation : member->peer[index].incarnation;
}

static inline node_set member_others(const struct membership *member)
{
	return member->nodes & ~node_bit(member->self);
}

/* Has the time come? If not, the tick comes again then. */
static inline bool due(struct membership *member, struct instant when)
{
	if (!instant_before(member->now, when))
		return true;
	if (instant_before(when, member->wake))
		member->wake = when;
	return false;
}

/* Has this node run for `us` since then? */
static inline bool ran_for(struct membership *member, struct ran since, int64_t us)
{
	int64_t missing = since.us + us - member->ran.us;

	return missing <= 0 || due(member, instant_after(member->now, missing));
}

static inline int64_t ran_since(const struct membership *member, struct ran since)
{
	return member->ran.us - since.us;
}

/* membership.c */
void member_advance(struct membership *member, struct instant now);
void member_changed(struct membership *member);
void member_adopt(struct membership *member, const struct view *view);
void member_listen(struct membership *member);
void member_restart(struct membership *member);

/* peers.c */
bool peer_accept(struct membership *member, const struct heartbeat *heartbeat);
void peer_note(struct membership *member, const struct heartbeat *heartbeat);
uint32_t peer_heard(const struct membership *member, unsigned int index);
void peers_age(struct membership *member);
node_set peers_surviving(const struct membership *member, node_set nodes);
bool peers_silent(struct membership *member, node_set members);
void peers_excluded(struct membership *member, const struct view *next);
bool peer_stable(struct membership *member, unsigned int index);

/* lease.c */
void lease_acknowledge(struct membership *member, const struct heartbeat *heartbeat);
void lease_acknowledged(struct membership *member, const struct heartbeat *heartbeat);
void lease_renew(struct membership *member);
void lease_give_up(struct membership *member);

/* proposal.c */
void propose(struct membership *member);

/* clique.c */
node_set clique(const struct membership *member, node_set first, node_set then);

#endif
