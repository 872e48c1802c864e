/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of a configuration may change while the cluster runs. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/beat.h"
#include "daemon/daemon.h"

enum reload {
	RELOAD_SAME,	/* nothing has changed */
	RELOAD_HERE,	/* other keys, another address: this node alone */
	RELOAD_CLUSTER, /* what all nodes have to agree on */
	RELOAD_REFUSED, /* something that all daemons have to be stopped for (reported) */
};

/*
 * What is gone by, and what was read again and is not gone by yet: the newest, and one before, for
 * a view that goes by it may be on its way.
 */
struct deployments {
	const struct daemon_setup *setup;
	struct deployment now, next[2]; /* of next: cluster NULL: none */
};

/* The newest; the oldest is given up. */
void deployments_add(struct deployments *deployments, const struct deployment *next);

/* The configuration of that digest is gone by. True if it is one of `next`. */
bool deployments_turn(struct deployments *deployments, uint64_t digest);

/* One of them, or all. */
void deployment_release(const struct daemon_setup *setup, struct deployment *deployment);
void deployments_release(struct deployments *deployments);

/* What the heartbeat thread goes by, with sockets of its own. 0 or -errno (reported). */
int deployment_configuration(const struct deployment *site, struct beat_configuration *out);

enum reload reload_compare(const struct deployment *now, const struct deployment *next);

#endif
