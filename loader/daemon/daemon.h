/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon, over what is attached: starts the threads, tells systemd and the journal what
 * happens, reads the configuration again when it is told to, and ends when it is asked to. sd-event
 * for everything but the heartbeat thread.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "core/cluster.h"
#include "core/tables.h"
#include "dataplane/interface.h"

/* A configuration on this machine, checked against it. */
struct deployment {
	const struct cluster *cluster; /* lives until `release` */
	struct tables *tables;	       /* the daemon's */
	struct interface link;
	void *config; /* the caller's */
};

struct daemon_setup {
	const char *instance;
	struct deployment site; /* attached */
	bool carried; /* a daemon before has left it, and this one may go on with its state */

	/* Reads the configuration again. 0 or -errno (all that is wrong is reported). */
	int (*prepare)(void *data, struct deployment *out);
	void (*release)(void *data, struct deployment *site); /* all but its tables */
	/* Replaces what is attached. In another thread. 0 or -errno (reported). */
	int (*attach)(void *data, struct tables *tables, const struct interface *link);
	void *data;
};

/*
 * Runs until SIGTERM or SIGINT: then it leaves the cluster, and what is attached stays, accepting
 * nothing. SIGHUP: the configuration is read again. 0 or -errno (reported).
 */
int daemon_run(const struct daemon_setup *setup);

#endif
