/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes in the kernel's neighbour tables: the unicast filter of a NIC, which rtnetlink shows as
 * its own forwarding table, and proxy neighbours. The functions are those of struct change_kind.
 */
#ifndef DATAPLANE_NEIGHBOUR_H
#define DATAPLANE_NEIGHBOUR_H

#include "dataplane/change.h"

int unicast_apply(const struct site *site, const struct xnlb_undo *change);
int unicast_revert(const struct site *site, const struct xnlb_undo *change);
int unicast_holds(const struct site *site, const struct xnlb_undo *change);

int proxy_prepare(struct xnlb_undo *change);
int proxy_apply(const struct site *site, const struct xnlb_undo *change);
int proxy_revert(const struct site *site, const struct xnlb_undo *change);
int proxy_holds(const struct site *site, const struct xnlb_undo *change);

#endif
