/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a cluster wants of the machine, as a list of changes in the order in which they are made:
 *
 *   sysctls          the kernel neither answers nor announces the cluster IPs itself
 *   tc egress        nothing betrays the cluster MAC from here on
 *   tc ingress       fails closed: until XDP judges, what comes for a cluster IP is dropped
 *   NIC filters      frames to the cluster MAC arrive; groups are joined
 *   addresses        the cluster IPs, on `lo`
 *   XDP              from here on the node takes its share
 *
 * Taken back in reverse, so at no time does the stack see a packet that nobody judged.
 */
#ifndef DATAPLANE_WANTED_H
#define DATAPLANE_WANTED_H

#include <xnlb/journal.h>
#include "core/tables.h"

struct wanted {
	unsigned int count;
	struct xnlb_undo change[XNLB_UNDO_MAX];
};

/* The interface and the hooks are those of tables->cluster. */
void wanted_list(const struct tables *tables, struct wanted *out);

/* Is it on the list, or what took the place of something on the list? */
bool wanted_has(const struct wanted *wanted, const struct xnlb_undo *change);

#endif
