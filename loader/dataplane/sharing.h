/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What several instances of one network namespace share, or must not share. The caller holds the
 * lock, so that nothing changes meanwhile.
 */
#ifndef DATAPLANE_SHARING_H
#define DATAPLANE_SHARING_H

#include "core/tables.h"
#include "dataplane/change.h"
#include "dataplane/interface.h"

/* Is told what another instance has too: cluster IP number `ip` is where it shows. */
struct conflict_sink {
	void (*tell)(unsigned int ip, const char *problem, void *data);
	void *data;
};

/*
 * Tells of every cluster IP, and of the group, that another instance of the namespace of
 * tables->cluster has too. How many there are, or -errno (reported).
 */
int sharing_conflicts(const struct instance *self, const struct tables *tables,
		      const struct conflict_sink *sink);

/* -EBUSY if another instance of the caller's namespace is at this interface (reported). */
int sharing_check_interface(const struct instance *self, const struct interface *link);

/*
 * Did another instance of the caller's namespace make the same change, so that it must outlive
 * `self`? 1 and the other's entry, 0, or -errno (reported).
 */
int sharing_entry(const struct instance *self, const struct xnlb_undo *change,
		  struct xnlb_undo *out);

#endif
