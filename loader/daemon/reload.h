/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of a configuration may change while the cluster runs. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/daemon.h"

enum reload {
	RELOAD_SAME,	/* nothing has changed */
	RELOAD_HERE,	/* other keys, another address: this node alone */
	RELOAD_CLUSTER, /* what all nodes have to agree on */
	RELOAD_REFUSED, /* something that all daemons have to be stopped for (reported) */
};

enum reload reload_compare(const struct deployment *now, const struct deployment *next);

#endif
