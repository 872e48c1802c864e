/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Buckets that move, and leases. A bucket moves while some node may still hold flows there that are
 * not its owner's any more, and until its new owner may take it. Only then, and without a lease,
 * does a packet's way hang on more than the tables: new flows go to the owner, anything else to
 * whoever holds the connection. The kernel's own sockets are the table of flows. What no socket
 * here is for is dropped, not reset: another node may hold it.
 *
 * A lease (docs/protocol.md, R5) is compared with jiffies, which cost next to nothing; the daemon
 * sets them some ticks early. A new flow of TCP is compared with the exact time instead.
 */
#ifndef BPF_MOVING_H
#define BPF_MOVING_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "local.h"
#include "maps.h"
#include "packet.h"
#include "setup.h"

/* What is known of a packet, for a function of its own: in one number, for it takes five at most.
 */
#define ABOUT(family, proto, owner, reason) \
	((__u32)(family) | (__u32)(proto) << 8 | (__u32)(owner) << 16 | (__u32)(reason) << 24)
#define ABOUT_FAMILY(about) ((about)&0xff)
#define ABOUT_PROTO(about)  ((about) >> 8 & 0xff)
#define ABOUT_OWNER(about)  ((about) >> 16 & 0xff)
#define ABOUT_REASON(about) ((enum xnlb_reason)((about) >> 24))

/* A connection's first packet? */
static __always_inline bool opens_flow(__u8 proto, const struct tcphdr *tcp, const void *end)
{
	return proto == IPPROTO_TCP && ((const void *)(tcp + 1) > end || (tcp->syn && !tcp->ack));
}

/* May this node take new flows of its buckets? */
static __always_inline bool leased(bool opens)
{
	if (live.lease_ns == XNLB_LEASE_FOREVER)
		return true;
	/* A renewal that was under way when the program ended the lease does not count. */
	if (live.fenced)
		return false;
	return opens ? bpf_ktime_get_boot_ns() < live.lease_ns
		     : bpf_jiffies64() < live.lease_jiffies;
}

/* Covered by a rule. `reason` is what it would be in a bucket at rest, with a lease. */
static __always_inline enum xnlb_reason moving(__u32 about, bool opens, bool may,
					       enum holder holder)
{
	enum xnlb_reason reason = ABOUT_REASON(about);
	bool mine = reason == XNLB_REASON_OWN_BUCKET && may;

	if (holder == CONNECTION)
		return mine ? reason : XNLB_REASON_KEPT;
	if (reason == XNLB_REASON_OWN_BUCKET && !may)
		return XNLB_REASON_NO_LEASE;
	if (ABOUT_OWNER(about) == XNLB_OWNER_MOVING)
		return XNLB_REASON_MOVING;
	/* Somebody else may have the connection. */
	if (mine && ABOUT_PROTO(about) == IPPROTO_TCP && !opens)
		return XNLB_REASON_MOVING;
	return reason;
}

/* No rule covers it. `reason` is what it would be if it opened a connection, and with a lease. */
static __always_inline enum xnlb_reason without_rule(enum xnlb_reason reason, bool may,
						     enum holder holder)
{
	bool mine = reason == XNLB_REASON_DEFAULT_NODE && may;

	if (holder == CONNECTION)
		return mine ? reason : XNLB_REASON_LOCAL_SOCKET;
	if (reason == XNLB_REASON_DEFAULT_NODE && !may)
		return XNLB_REASON_NO_LEASE;
	return mine && holder == NOTHING ? XNLB_REASON_NO_SOCKET : reason;
}

/*
 * What the tables say in the light of sockets, moves and leases. `network` and `transport` are
 * where the headers begin, from the start of the frame. A function of its own, so that the verifier
 * follows it once.
 */
__noinline __u32 settle(struct xdp_md *ctx, __u32 network, __u32 transport, __u32 about, __u32 code)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	enum xnlb_reason reason = ABOUT_REASON(about);
	bool mine = reason == XNLB_REASON_OWN_BUCKET || reason == XNLB_REASON_DEFAULT_NODE;
	bool ruled = xnlb_code_filter(code) != XNLB_FILTER_DEFAULT;
	__u8 proto = ABOUT_PROTO(about);
	bool opens = opens_flow(proto, data + (transport & 0xfff), end), may;
	enum holder holder = ruled ? NOTHING : ANYBODY;

	may = !mine || leased(opens);
	/* Whom a rule covers is asked for only if the bucket moves, or without a lease. */
	if (ruled && may && !(ABOUT_OWNER(about) & XNLB_OWNER_MOVING))
		return reason;
	if (proto == IPPROTO_TCP ? !opens : proto == IPPROTO_UDP)
		holder = socket_holder(ctx, network, transport, ABOUT_FAMILY(about), proto);
	return ruled ? moving(about, opens, may, holder) : without_rule(reason, may, holder);
}

/*
 * Is it settled by the tables alone? True for nearly every packet that a rule covers, and for what
 * opens a connection where none does: a flood of SYNs costs no call.
 */
static __always_inline bool is_settled(const struct packet *packet, __u32 code, __u8 owner,
				       enum xnlb_reason reason)
{
	if (xnlb_code_filter(code) == XNLB_FILTER_DEFAULT)
		return reason == XNLB_REASON_NO_RULE &&
		       opens_flow(packet->proto, packet->transport, packet->end);
	if (owner & XNLB_OWNER_MOVING)
		return false;
	return reason != XNLB_REASON_OWN_BUCKET || live.lease_ns == XNLB_LEASE_FOREVER ||
	       (bpf_jiffies64() < live.lease_jiffies && !live.fenced &&
		!opens_flow(packet->proto, packet->transport, packet->end));
}

#endif
