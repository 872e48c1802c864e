/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Nodes whose heartbeats the XDP program cannot take for this cluster's: they have another seed or
 * key. What such a frame says of its sender is not authenticated, so it is a hint, and changes
 * nothing.
 */
#ifndef DAEMON_STRANGERS_H
#define DAEMON_STRANGERS_H

#include "core/clock.h"
#include "dataplane/running.h"

/* Without a further one it is over after this. */
#define STRANGERS_US 3000000

struct strangers {
	struct xnlb_stranger before[XNLB_NODES_MAX + 1];		  /* by node id */
	struct instant seed[XNLB_NODES_MAX + 1], key[XNLB_NODES_MAX + 1]; /* the newest */
	bool begun;
};

/* Counts that went up since the last call. `differs`: by node id - 1, as in struct beat_news. */
void strangers_look(struct strangers *strangers, const struct xnlb_stranger now[XNLB_NODES_MAX + 1],
		    struct instant when, uint8_t differs[XNLB_NODES_MAX]);

#endif
