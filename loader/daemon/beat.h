/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The heartbeat thread: owns the membership, hears, sends, keeps the lease. It allocates nothing
 * once it runs, takes no lock that slow work holds, and is of real-time priority with locked memory
 * where that is allowed. All else is told to it, and asked of it, through this.
 */
#ifndef DAEMON_BEAT_H
#define DAEMON_BEAT_H

#include "core/membership.h"
#include "core/wire.h"
#include "daemon/publisher.h"
#include "daemon/sender.h"
#include "dataplane/running.h"

struct beat;

struct beat_setup {
	struct member_setup member;
	struct wire_identity identity;
	struct running *running;
	struct publisher *publisher;
	struct sender *sender;
	struct residual *residual;
};

/* What others may know of the membership. */
struct beat_news {
	enum xnlb_state state;
	struct view view;
	node_set live; /* nodes that are heard */
	bool serves;
	uint8_t differs[XNLB_NODES_MAX]; /* by node id - 1: bit n: enum xnlb_part n is another there
					  */
	uint64_t sent, heard,
		refused; /* frames; refused: by core/wire.h, after their tag was right */
};

/* What `setup` points to outlives it. 0 or -errno (reported). */
int beat_start(const struct beat_setup *setup, struct beat **out);

/* Readable when there is news: the state or the view has changed. */
int beat_fd(const struct beat *beat);
void beat_news(struct beat *beat, struct beat_news *out);

/* Asks it to leave the cluster; the state becomes LISTEN when nobody counts on this node any more.
 */
void beat_leave(struct beat *beat);

void beat_stop(struct beat *beat);

#endif
