/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The clsact qdisc under the tc filters, where the kernel has no tcx. The three functions are those
 * of struct change_kind.
 */
#ifndef DATAPLANE_CLSACT_H
#define DATAPLANE_CLSACT_H

#include "dataplane/change.h"

int clsact_apply(const struct site *site, const struct xnlb_undo *change);
int clsact_revert(const struct site *site, const struct xnlb_undo *change);
int clsact_holds(const struct site *site, const struct xnlb_undo *change);

#endif
