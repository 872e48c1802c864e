/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The undo journal: what `attach` changed on this machine, in order, so that `detach` (or a failed
 * `attach`) can put it back, even after the command that changed it was killed. An entry is written
 * before the change it describes; undoing a change that was never made does nothing. What somebody
 * else changed since is left alone and named. Only the loader reads and writes it.
 *
 * Pinned map `journal`, by index, in the order of the changes; XNLB_UNDO_NONE is a free entry.
 */
#ifndef XNLB_JOURNAL_H
#define XNLB_JOURNAL_H

#include <linux/types.h>

/*
 * A cluster of 64 IPv6 addresses needs about 200 entries. While one configuration replaces another,
 * both have theirs.
 */
#define XNLB_UNDO_MAX 512

enum xnlb_undo_kind {
	XNLB_UNDO_NONE,
	XNLB_UNDO_SYSCTL,     /* `path` under /proc/sys held `before`, attach wrote `after`; with an
				 `ifindex`, "*" in the path stands for the interface's name */
	XNLB_UNDO_CLSACT,     /* a clsact qdisc was added to `ifindex` */
	XNLB_UNDO_TC_EGRESS,  /* the egress guard was attached to `ifindex` */
	XNLB_UNDO_TC_INGRESS, /* the ingress companion was attached to `ifindex` */
	XNLB_UNDO_MULTICAST,  /* `mac` was added to the multicast filter of `ifindex` */
	XNLB_UNDO_UNICAST,    /* `mac` was added to the unicast filter of `ifindex` */
	XNLB_UNDO_PROMISCUOUS, /* promiscuous mode of `ifindex` was switched on */
	XNLB_UNDO_ADDRESS,     /* `family`, `addr` was added to `ifindex` with the longest prefix */
	XNLB_UNDO_PROXY,       /* `addr`, IPv6, was made a proxy neighbour of `ifindex` */
	XNLB_UNDO_XDP,	       /* the XDP program was attached to `ifindex` */
	XNLB_UNDO_KINDS
};

struct xnlb_undo {
	enum xnlb_undo_kind kind;
	__u32 ifindex; /* 0 for a sysctl that belongs to no interface */
	__u32 family;  /* address: 4 or 6 */
	__u32 hook;    /* XDP: enum xnlb_xdp_hook; tc: enum xnlb_tc_hook */
	__u8 addr[16]; /* wire order; IPv4 in the first 4 bytes */
	__u8 mac[6];   /* wire order */
	__u8 attach;   /* XDP: enum xnlb_attach */
	__u8 reserved;
	char path[80];
	char before[16];
	char after[16];
};

_Static_assert(sizeof(struct xnlb_undo) == 152, "struct xnlb_undo has no hidden padding");

#endif
