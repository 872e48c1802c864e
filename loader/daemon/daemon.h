/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon, over what is attached: starts the threads, tells systemd and the journal what
 * happens, and ends when it is asked to. sd-event for everything but the heartbeat thread.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "core/cluster.h"
#include "core/tables.h"
#include "dataplane/interface.h"

struct daemon_setup {
	const struct cluster *cluster;
	struct tables *tables; /* as they were attached; the daemon changes their owners */
	const struct interface *link;
	const char *instance;
};

/*
 * Runs until SIGTERM or SIGINT: then it leaves the cluster, and what is attached stays, accepting
 * nothing. 0 or -errno (reported).
 */
int daemon_run(const struct daemon_setup *setup);

#endif
