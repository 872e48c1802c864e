/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where programs are attached: XDP by a bpf_link (native or generic), the companions by tcx links
 * or, before kernel 6.6, as filters of a clsact qdisc. Links are pinned in the instance's folder
 * and outlive the command; a filter lives as long as its qdisc.
 *
 * For each hook the three functions are those of struct change_kind.
 */
#ifndef DATAPLANE_HOOK_H
#define DATAPLANE_HOOK_H

#include <stdbool.h>
#include "dataplane/change.h"

int hook_apply(const struct site *site, const struct xnlb_undo *change);
int hook_revert(const struct site *site, const struct xnlb_undo *change);
int hook_holds(const struct site *site, const struct xnlb_undo *change);

/* Replaces the program of an attached hook in one step. 0 or -errno. */
int hook_update(const struct site *site, const struct xnlb_undo *change);

/* Descriptor of the program that is attached there now, or -errno. The caller closes it. */
int hook_program(const struct site *site, const struct xnlb_undo *change);

/* Does the kernel have tcx? `program` is any tc program. */
bool hook_has_tcx(int program);

/* The clsact qdisc under the filters. */
int clsact_apply(const struct site *site, const struct xnlb_undo *change);
int clsact_revert(const struct site *site, const struct xnlb_undo *change);
int clsact_holds(const struct site *site, const struct xnlb_undo *change);

/* Name and id of the XDP program at the interface; 1, 0 if there is none, or -errno. */
int hook_foreign_xdp(unsigned int ifindex, char name[16], unsigned int *id);

#endif
