/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is it the cluster's business? Most packets of a node are not and end here. */
#ifndef BPF_CLASSIFY_H
#define BPF_CLASSIFY_H

#include <bpf/bpf_endian.h>
#include "packet.h"
#include "setup.h"

/* The slot that holds the address if it is a cluster IP, and whether it does. */
static __always_inline const volatile struct xnlb_ip4_slot *ip4_slot(__be32 addr)
{
	return &setup.ip4[xnlb_ip4_slot(setup.ip4_mult, addr)];
}

static __always_inline bool ip4_in_slot(const volatile struct xnlb_ip4_slot *slot, __be32 addr)
{
	return slot->addr == addr;
}

static __always_inline const volatile struct xnlb_ip6_slot *ip6_slot(const __be64 *addr)
{
	__u64 mult[2] = {setup.ip6_mult[0], setup.ip6_mult[1]};

	return &setup.ip6[xnlb_ip6_slot(mult, addr)];
}

static __always_inline bool ip6_in_slot(const volatile struct xnlb_ip6_slot *slot,
					const __be64 *addr)
{
	return slot->addr[1] == addr[1] && slot->addr[0] == addr[0];
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

/* Is the destination a cluster IP? Then the rows are set. */
static __always_inline enum xnlb_reason classify4(struct packet *packet)
{
	const volatile struct xnlb_ip4_slot *slot;
	const struct iphdr *ip = packet->network;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	slot = ip4_slot(ip->daddr);
	if (!ip4_in_slot(slot, ip->daddr))
		return XNLB_REASON_NOT_CLUSTER;
	packet->row_tcp = &slot->row_tcp;
	packet->row_udp = &slot->row_udp;
	return GO_ON;
}

static __always_inline enum xnlb_reason classify6(struct packet *packet)
{
	const volatile struct xnlb_ip6_slot *slot;
	const struct ipv6hdr *ip = packet->network;
	const __be64 *addr;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	addr = (const __be64 *)&ip->daddr;
	slot = ip6_slot(addr);
	if (!ip6_in_slot(slot, addr))
		return XNLB_REASON_NOT_CLUSTER;
	packet->row_tcp = &slot->row_tcp;
	packet->row_udp = &slot->row_udp;
	packet->dst_hash = &slot->hash;
	return GO_ON;
}

#endif
