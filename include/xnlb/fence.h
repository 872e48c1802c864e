/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fence (docs/protocol.md, R8): when a data plane ends its lease by itself. The XDP program and
 * the simulator's data plane call this same function.
 */
#ifndef XNLB_FENCE_H
#define XNLB_FENCE_H

#include <linux/types.h>

/* A node sends each 5 ms at most; by another's clock, and on the way, that may be a bit less. */
#define XNLB_SPACING_NS 4000000

/* So many steps in a row sooner than that: this machine stood still, and its clock with it. */
#define XNLB_HASTE 8

/*
 * How many of a sender's steps have come too soon, one after the other, with this frame: `steps`
 * after the one before it, `elapsed_ns` later by this node's clock. After a pause that this clock
 * has not seen come all that the NIC kept meanwhile, or a sequence that has gone far ahead.
 */
static inline __attribute__((always_inline)) __u64 xnlb_haste(__u64 before, __u64 steps,
							      __u64 elapsed_ns)
{
	return elapsed_ns < steps * XNLB_SPACING_NS ? before + steps : 0;
}

/*
 * A frame of an operating node came: `higher`, its view is higher than this node's; `member`, this
 * node is in it, in this life; `hears`, the sender hears this node; `stale`, the lease has not been
 * renewed for S, so the daemon is stuck, and nobody can hear it; `haste`, see above: nobody can
 * have heard it for a while.
 */
static inline __attribute__((always_inline)) int xnlb_fences(int higher, int member, int hears,
							     int stale, __u64 haste)
{
	return higher && !member && (hears || stale || haste >= XNLB_HASTE);
}

#endif
