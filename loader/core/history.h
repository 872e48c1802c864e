/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The history of convergence: each view that this node moved to, when, why, how long it took and
 * how much moved. Filled by whoever drives the membership, after each step.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include "core/membership.h"

#define HISTORY_MAX 32

struct history_entry {
	uint64_t epoch; /* of the view; 0: it fell out of its view and listens */
	/*
	 * The first sign: of a node that is lost, the last that was heard of it; else when this
	 * node moved to the view.
	 */
	struct instant began;
	int64_t took_us; /* from there until this node was ACTIVE; -1: it is not, or never was */
	node_set members;
	/* Why: against the view before. */
	node_set joined;
	node_set lost;	     /* silent, or not heard both ways */
	node_set left;	     /* said so */
	node_set restarted;  /* in another life */
	node_set weighed;    /* another weight */
	node_set ruled;	     /* another list of closed rules */
	node_set mismatched; /* lost, because of another configuration */
	bool configured;     /* another configuration */
	uint64_t swap;	     /* struct membership's, of the move to the view */
	uint32_t moved, of;  /* entries of owners that changed; of 0: not known */
};

struct history {
	uint64_t count; /* entry number n, from 0, is entry[n % HISTORY_MAX] */
	struct history_entry entry[HISTORY_MAX];
	struct view view; /* as it was at the last call */
	enum xnlb_state state;
};

/* Has the membership moved? After each membership_tick. True: there is something new. */
bool history_note(struct history *history, const struct membership *member);

/* So many entries of owners, of so many, changed with that swap. */
void history_moved(struct history *history, uint64_t swap, uint32_t moved, uint32_t of);

#endif
