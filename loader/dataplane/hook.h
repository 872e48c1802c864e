/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where programs are attached: XDP by a bpf_link (native or generic), or as one program of libxdp's
 * dispatcher; the companions by tcx links
 * or, before kernel 6.6, as filters of a clsact qdisc. Links are pinned in the instance's folder
 * and outlive the command; a filter lives as long as its qdisc.
 *
 * For each hook the three functions are those of struct change_kind.
 */
#ifndef DATAPLANE_HOOK_H
#define DATAPLANE_HOOK_H

#include "dataplane/change.h"

int hook_apply(const struct site *site, const struct xnlb_undo *change);
int hook_revert(const struct site *site, const struct xnlb_undo *change);
int hook_holds(const struct site *site, const struct xnlb_undo *change);

/* Where our filters of a clsact qdisc are. */
#define HOOK_FILTER_PRIORITY 8860

/* Replaces the program of an attached hook in one step. 0 or -errno. */
int hook_update(const struct site *site, const struct xnlb_undo *change);

/*
 * Descriptor of the program that is attached there now, or -errno: -EPERM if its pin is gone and
 * CAP_SYS_ADMIN is missing. The caller closes it.
 */
int hook_program(const struct site *site, const struct xnlb_undo *change);

/* Under libxdp's dispatcher: the turn of the program that judges. 0 or -errno. */
int hook_turn(const struct site *site, __u32 *out);

/* Does the kernel have tcx? `program` is any tc program. 1, 0, or -errno. */
int hook_has_tcx(int program);

/* The XDP program at an interface, whoever attached it. */
struct hook_xdp {
	char name[16];	   /* empty: unknown, and `link` too, as that takes CAP_SYS_ADMIN */
	unsigned int id;   /* of the program */
	unsigned int link; /* id of the bpf_link that holds it; 0: it was attached by netlink */
	const char *off;   /* by netlink: what `ip link set dev DEV` calls it, "xdpdrv" */
};

/* 1 and *out, 0 if there is none, or -errno. */
int hook_xdp_at(unsigned int ifindex, struct hook_xdp *out);

#endif
