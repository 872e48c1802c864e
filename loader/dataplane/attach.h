/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching an instance. All of it or nothing: what fails on the way is reported
 * once, and the machine is as it was before.
 */
#ifndef DATAPLANE_ATTACH_H
#define DATAPLANE_ATTACH_H

#include "core/tables.h"
#include "dataplane/interface.h"
#include "dataplane/sharing.h"

#define ATTACH_AUTO (-1)

/* Who attaches. */
enum attach_caller {
	ATTACH_COMMAND, /* no daemon may run */
	ATTACH_DAEMON,	/* it has the claim; goes on with what a daemon before it left */
	ATTACH_RELOAD,	/* a running daemon, to another configuration: its life goes on */
};

struct attach_options {
	int xdp; /* enum xnlb_xdp_hook, or ATTACH_AUTO: native, else generic */
	int tc;	 /* enum xnlb_tc_hook, or ATTACH_AUTO: tcx, else clsact */
	enum attach_caller caller;
	struct conflict_sink conflicts;
};

struct attach_result {
	bool replaced; /* something was attached there before */
	bool carried;  /* lease, heartbeats and owners of the daemon before go on */
	bool same;     /* all was there already, nothing was changed */
};

/*
 * Attaches `tables` to the interface, or replaces what the instance has attached there without
 * losing a packet. instance_check_machine was content. Completes tables->setup and tables->cluster
 * with what the interface gives. 0; -EADDRINUSE if another instance of this network namespace has
 * the same group or cluster IP (told to options->conflicts); another -errno (reported).
 */
int attach(struct tables *tables, const struct interface *link, const char *instance,
	   const struct attach_options *options, struct attach_result *result);

/*
 * Only looks for those conflicts, where attaching is out of the question and all that is wrong
 * shall be said at once. 0, -EADDRINUSE, or -errno (reported).
 */
int attach_conflicts(struct tables *tables, const char *instance, const struct conflict_sink *sink);

#endif
