/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The membership: who takes part, who owns what, and until when. A state machine without a clock, a
 * socket or memory of its own: (state, event, now) -> actions. docs/protocol.md has the rules R1 to
 * R10 and the table of states that the comments name.
 *
 * Who drives it
 *   - calls membership_heard for each heartbeat whose tag is right, then membership_tick, and the
 *     latter also when `wake` has come;
 *   - does what the actions of both say, in the order of enum member_action;
 *   - keeps the struct for itself. It is plain data: copied to safe storage and back, it goes on
 *     where it was, as if it had not run in between.
 *
 * Files: membership.c states and transitions, peers.c what is known of the others, lease.c the
 * lease, proposal.c and clique.c which view comes next.
 */
#ifndef CORE_MEMBERSHIP_H
#define CORE_MEMBERSHIP_H

#include "core/clock.h"
#include "core/heartbeat.h"
#include "core/timing.h"
#include "core/view.h"

/* What the data plane shall accept new flows for, while the lease lasts. */
enum own {
	OWN_NOTHING,
	OWN_KEPT, /* what it accepts now and the new view gives it as well */
	OWN_VIEW, /* what the view gives it */
};

/* Bits. */
enum member_action {
	/* `own` and `view` changed: publish the tables; when all CPUs use them, membership_swapped
	 */
	MEMBER_OWN = 1,
	/* `lease_end` changed: publish it. Where it was shortened, before anything is sent. */
	MEMBER_LEASE = 2,
	/* Send what membership_heartbeat fills in. */
	MEMBER_SEND = 4,
};

/* What a node knows of another one. */
struct peer {
	uint32_t incarnation; /* the life that is heard; 0: none */
	uint64_t sequence;    /* newest */
	/* A new life that has not yet said that it hears this one. It may be an old recording. */
	uint32_t candidate;
	uint64_t candidate_sequence;
	struct ran candidate_heard;

	struct ran heard;
	struct ran quiet; /* silence before R3 counts from here: when it was last heard operating */
	struct ran two_way; /* since when it has heard this node without a break */
	struct ran in_view; /* last seen in this node's view */
	bool left;	    /* its last word was LEAVE */
	bool hears_me;

	/* As its last heartbeat said. */
	enum xnlb_state state;
	bool join, out;
	uint8_t weight, closed;
	uint64_t digest;
	struct view_id view;
	uint64_t view_hash, view_digest;
	node_set members; /* of its view */
	node_set hears;	  /* in the life that this node hears too */

	struct instant acked;	 /* when the newest heartbeat was sent that it acknowledged */
	uint64_t ack;		 /* its newest sequence that is acknowledged to it */
	unsigned int exclusions; /* lately */
	struct ran last_exclusion;
};

#define MEMBER_SENT 256 /* heartbeats whose time is remembered; more than fit into a lease */

struct membership {
	/* Given. */
	uint8_t self;
	node_set nodes; /* of the configuration that it goes by */
	struct timing timing;
	bool quorum;	     /* R9 */
	uint64_t digest;     /* of the newest configuration */
	node_set next_nodes; /* of that */
	uint8_t weight;
	uint8_t closed;
	bool stopped; /* takes no part until membership_start */

	/* Results. */
	enum xnlb_state state;
	struct view view; /* stays when the state falls back to LISTEN: views only go up */
	enum own own;
	uint64_t swap; /* number of the newest change of `own` or `view` */
	struct instant lease_end;
	struct instant wake; /* call membership_tick then, at the latest */

	/* Its own. */
	uint32_t incarnation;
	uint64_t sequence; /* of the last heartbeat sent */
	uint64_t random;
	struct instant now;
	struct ran ran, booted;
	struct ran twin;  /* when this node's own id was last heard in another life */
	struct ran rival; /* and such that the other one goes on */
	/* Until then it does not serve beside a node that operates by another configuration and
	 * does not hear this one: that may not even have it. */
	struct ran foreign_until;
	bool stalled; /* stood still for S or more (R5d) */
	unsigned int actions;
	struct instant sent[MEMBER_SENT]; /* by sequence modulo its size */
	struct instant last_sent, next_send, changed;
	unsigned int repeats; /* of the newest change, still to come */

	node_set live;	/* heard within S, and not left */
	node_set ready; /* seen READY in this view, with this node */
	node_set acks;	/* whose `ack` holds */
	bool swapped;	/* the newest change has been passed by every CPU */
	bool join;
	struct view base;	  /* where the kept buckets come from; epoch 0: none are kept */
	struct view last;	  /* the last view in which this node was READY or ACTIVE */
	uint64_t epoch_max;	  /* highest seen */
	struct ran adopted;	  /* when it moved to its view */
	struct instant all_ready; /* INSTANT_NEVER: not all are */
	struct instant fence_until;

	/* The view that it would propose, and since when (proposal.c). */
	node_set wished;
	bool wishing;
	struct ran wish_since, wish_changed;

	struct peer peer[XNLB_NODES_MAX]; /* by node id - 1; its own is unused */
};

struct member_setup {
	uint8_t self;
	node_set nodes; /* with self */
	struct timing timing;
	bool quorum;
	uint64_t digest;
	uint32_t incarnation; /* random, not 0 */
	struct instant now;
};

/* Row 1: LISTEN, no lease. */
void membership_init(struct membership *member, const struct member_setup *setup);

/*
 * A heartbeat that came in by `now`. Whatever it holds, as long as core/wire.h accepted it. Call
 * membership_tick when all that arrived is read.
 */
void membership_heard(struct membership *member, const struct heartbeat *heartbeat,
		      struct instant now);

/*
 * Acts on what was heard, and on time. Returns actions, bits of enum member_action; with the same
 * `now` again, in the end none.
 */
unsigned int membership_tick(struct membership *member, struct instant now);

/* The data plane's change number `swap` has been passed by every CPU. */
void membership_swapped(struct membership *member, uint64_t swap);

/*
 * The heartbeat to send now. `now` is read before the call; the caller sends without delay, for the
 * lease counts from it.
 */
void membership_heartbeat(struct membership *member, struct instant now, struct heartbeat *out);

/* Row 24: give up everything, say so, stay out until membership_start. */
void membership_leave(struct membership *member);
void membership_start(struct membership *member);

/* Another share, another list of closed rules: proposed as a new view. */
void membership_offer(struct membership *member, uint8_t weight, uint8_t closed);

/*
 * Another configuration, with these nodes: proposed as a new view when all members have it. With a
 * quorum, at most one node more or less: then two majorities always meet.
 */
void membership_configure(struct membership *member, uint64_t digest, node_set nodes);

/* The digest of the configuration that it goes by: its view's, or the newest. */
static inline uint64_t membership_digest(const struct membership *member)
{
	return state_operates(member->state) ? member->view.digest : member->digest;
}

/*
 * A copy of the state from storage goes on: what it owned is published again. It was stored before
 * the deeds of a step, and before each heartbeat was sent.
 */
void membership_resume(struct membership *member, struct instant now);

/*
 * A node operates by another configuration and cannot be heard, as one of another mode: for `us` it
 * is waited for.
 */
void membership_foreign(struct membership *member, int64_t us);

/* There is something to say at once, which is none of the membership's. */
void membership_speak(struct membership *member);

/* Row 25: the data plane ended the lease by itself. */
void membership_fenced(struct membership *member);

/* Does the data plane take new flows now? */
static inline bool membership_serves(const struct membership *member, struct instant now)
{
	return member->own != OWN_NOTHING && instant_before(now, member->lease_end);
}

#endif
