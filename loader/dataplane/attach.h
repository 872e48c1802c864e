/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching and detaching an instance. All of it or nothing: what fails on the way is reported
 * once, and the machine is as it was before.
 */
#ifndef DATAPLANE_ATTACH_H
#define DATAPLANE_ATTACH_H

#include "core/tables.h"
#include "dataplane/interface.h"

#define ATTACH_AUTO (-1)

struct attach_options {
	int xdp; /* enum xnlb_xdp_hook, or ATTACH_AUTO: native, else generic */
	int tc;	 /* enum xnlb_tc_hook, or ATTACH_AUTO: tcx, else clsact */
};

/*
 * Attaches `tables` to the interface, or replaces what the instance has attached there without
 * losing a packet. Completes tables->setup and tables->cluster with what the interface gives.
 * 0; -EADDRINUSE if another instance of this machine holds the same group or cluster IP (reported);
 * another -errno (reported).
 */
int attach(struct tables *tables, const struct interface *link, const char *instance,
	   const struct attach_options *options);

/* Takes back all of the instance; `name` NULL: the only one. 0, -ENOENT, -errno; reported. */
int detach(const char *name);

#endif
