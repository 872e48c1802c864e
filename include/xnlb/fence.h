/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fence (docs/protocol.md, R8): when a data plane ends its lease by itself. The XDP program and
 * the simulator's data plane call this same function.
 */
#ifndef XNLB_FENCE_H
#define XNLB_FENCE_H

#include <linux/types.h>

/*
 * A frame of an operating node came: `higher`, its view is higher than this node's; `member`, this
 * node is in it, in this life; `hears`, the sender hears this node; `stale`, the lease has not been
 * renewed for S, so the daemon is stuck, and nobody can hear it.
 */
static inline __attribute__((always_inline)) int xnlb_fences(int higher, int member, int hears,
							     int stale)
{
	return higher && !member && (hears || stale);
}

#endif
