/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Residual flows: in which buckets nodes hold connections that are not theirs by the view any more.
 * As long as another node may, a bucket's owner drops what it has no socket for, instead of
 * resetting it.
 *
 * The publisher counts this node's, the heartbeat thread sends them, and hears those of the others.
 * Nothing is known until a node has said it for its present view; a node that is in no view counts
 * from when it says so as one that serves nothing. Of one that is lost something may come back for
 * a while. This is the board between the two threads; its lock guards all of it, and is held for
 * copies.
 */
#ifndef DAEMON_RESIDUAL_H
#define DAEMON_RESIDUAL_H

#include <pthread.h>
#include "core/clock.h"
#include "core/heartbeat.h"
#include "core/wire.h"
#include "daemon/owners.h"

#define RESIDUAL_PARTS (XNLB_BUCKETS / XNLB_EXTENSION_BITS)

/* How long a node that is not heard any more may come back, as its daemon does, with its
 * connections. */
#define RESIDUAL_LOST_US 3000000

struct residual {
	pthread_mutex_t lock;
	struct {
		uint64_t swap; /* of the last order */
		bool known;    /* counted since then */
		struct residual_bits bits;
	} own;
	struct {
		uint64_t view_hash;
		bool serves;   /* said while operating */
		uint8_t parts; /* heard; all ones: all are */
		struct residual_bits bits;
	} other[XNLB_NODES_MAX]; /* by node id - 1 */
	node_set live;		 /* heard now */
	struct instant lost[XNLB_NODES_MAX];
	unsigned int next; /* part to send */
};

/* As if all `nodes` had been lost just now: they may come back with connections. */
void residual_init(struct residual *residual, node_set nodes, struct instant now);

/* The heartbeat thread. A new order makes what was counted for another worth nothing. */
void residual_forget(struct residual *residual, uint64_t swap);
void residual_hear(struct residual *residual, const struct heartbeat *heartbeat,
		   const uint8_t *frame, size_t length);
void residual_alive(struct residual *residual, node_set live, struct instant now);
/* What to send; how many. */
size_t residual_say(struct residual *residual, struct wire_extension out[RESIDUAL_PARTS]);

/* The publisher; `swap`: of the order by which it has counted. */
void residual_count(struct residual *residual, uint64_t swap, const struct residual_bits *bits);
/*
 * The buckets in which some other node may hold flows, in the light of `view`: all, as long as one
 * has not said.
 */
void residual_others(struct residual *residual, const struct view *view, uint8_t self,
		     struct instant now, struct residual_bits *out);

#endif
