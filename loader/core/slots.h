/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The perfect hash of cluster IPs in struct xnlb_setup (include/xnlb/tables.h). */
#ifndef CORE_SLOTS_H
#define CORE_SLOTS_H

#include <xnlb/tables.h>

/*
 * Finds multipliers with which no two of `ips` (no doubles, at most XNLB_IPS_MAX) share a slot, by
 * trying pseudo-random ones in an order that is always the same. Fills ip4, ip6 and the multipliers
 * of `setup`, whose hash key is set. 0 or -ENOSPC.
 *
 * A slot without a cluster IP holds an address that belongs to another slot, so no packet matches
 * it: another cluster IP, or, in a family without any, 0.0.0.0 and :: (slot 0), and 0.0.0.1 and ::1
 * in slot 0 itself.
 */
int slots_fill(const struct xnlb_ip *ips, unsigned int count, struct xnlb_setup *setup);

/* The slot of a cluster IP, as the XDP program finds it; NULL if it is none. */
const struct xnlb_ip4_slot *slots_ip4(const struct xnlb_setup *setup, __be32 addr);
const struct xnlb_ip6_slot *slots_ip6(const struct xnlb_setup *setup, const __be32 addr[4]);

#endif
