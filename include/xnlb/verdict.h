/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision itself, for a packet to a cluster IP in a frame to the cluster MAC. The XDP program
 * and `xnlb explain` call this same function; what needs the packet's frame or the socket table
 * (wrong MAC, local socket) is judged around it.
 */
#ifndef XNLB_VERDICT_H
#define XNLB_VERDICT_H

#include <xnlb/reason.h>
#include <xnlb/tables.h>

/*
 * `owner` is the entry of the code's plan for the packet's bucket; `node` is this node's id. In a
 * bucket that is not moving, and with a lease: else see bpf/moving.h.
 */
static inline __attribute__((always_inline)) enum xnlb_reason xnlb_judge(__u32 code, __u8 owner,
									 __u8 node,
									 __u8 default_drop)
{
	owner = xnlb_owner_id(owner);
	switch (xnlb_code_filter(code)) {
	case XNLB_FILTER_DISABLED:
		return code == XNLB_CODE_HEARTBEAT ? XNLB_REASON_HEARTBEAT : XNLB_REASON_DISABLED;
	case XNLB_FILTER_DEFAULT:
		return owner == node && !default_drop ? XNLB_REASON_DEFAULT_NODE
						      : XNLB_REASON_NO_RULE;
	default:
		if (owner == node)
			return XNLB_REASON_OWN_BUCKET;
		return owner ? XNLB_REASON_OTHER_BUCKET : XNLB_REASON_NO_OWNER;
	}
}

#endif
