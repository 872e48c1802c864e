/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The XDP hook under libxdp's dispatcher, for hook.c alone, whose functions of these names say what
 * they do.
 *
 * A program cannot be replaced in a chain in one step. So the next one joins beside the former, and
 * map `turn` says which of the two judges: one write, and every packet that comes after it is the
 * next one's. Then the former leaves. A packet that is between the two at that moment is judged by
 * both, and passes if both accept it, or by none, and then the tc companion drops it.
 */
#ifndef DATAPLANE_HOOK_DISPATCHED_H
#define DATAPLANE_HOOK_DISPATCHED_H

#include "dataplane/change.h"

int dispatched_apply(const struct site *site, const struct xnlb_undo *change);
int dispatched_revert(const struct site *site, const struct xnlb_undo *change);
int dispatched_holds(const struct site *site, const struct xnlb_undo *change);
int dispatched_update(const struct site *site, const struct xnlb_undo *change);
int dispatched_program(const struct site *site);

#endif
