/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is it the cluster's business? Most packets of a node are not and end here. */
#ifndef BPF_CLASSIFY_H
#define BPF_CLASSIFY_H

#include <bpf/bpf_endian.h>
#include "packet.h"
#include "setup.h"

/* The slot that would hold the address. */
static __always_inline __u32 ip4_slot(__be32 addr)
{
	return xnlb_ip4_slot(setup.ip4_mult, addr);
}

static __always_inline __u32 ip6_slot(const __be64 *addr)
{
	__u64 mult[2] = {setup.ip6_mult[0], setup.ip6_mult[1]};

	return xnlb_ip6_slot(mult, addr);
}

static __always_inline bool ip4_in_slot(__u32 slot, __be32 addr)
{
	return setup.ip4[slot].addr == addr;
}

static __always_inline bool ip6_in_slot(__u32 slot, const __be64 *addr)
{
	return setup.ip6[slot].addr[1] == addr[1] && setup.ip6[slot].addr[0] == addr[0];
}

static __always_inline bool is_cluster_ip4(__be32 addr)
{
	return ip4_in_slot(ip4_slot(addr), addr);
}

static __always_inline bool is_cluster_ip6(const __be32 *addr)
{
	const __be64 *halves = (const __be64 *)addr;

	return ip6_in_slot(ip6_slot(halves), halves);
}

/* Is the destination a cluster IP? Then *slot is its. */
static __always_inline enum xnlb_reason classify4(const struct packet *packet, __u32 *slot)
{
	const struct iphdr *ip = packet->network;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	*slot = ip4_slot(ip->daddr);
	return ip4_in_slot(*slot, ip->daddr) ? GO_ON : XNLB_REASON_NOT_CLUSTER;
}

static __always_inline enum xnlb_reason classify6(const struct packet *packet, __u32 *slot)
{
	const struct ipv6hdr *ip = packet->network;
	const __be64 *addr;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	addr = (const __be64 *)&ip->daddr;
	*slot = ip6_slot(addr);
	return ip6_in_slot(*slot, addr) ? GO_ON : XNLB_REASON_NOT_CLUSTER;
}

#endif
