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

static __always_inline const volatile struct xnlb_ip6_slot *ip6_slot(const __be32 *addr)
{
	__u32 mult[4] = {setup.ip6_mult[0], setup.ip6_mult[1], setup.ip6_mult[2],
			 setup.ip6_mult[3]};

	return &setup.ip6[xnlb_ip6_slot(mult, addr)];
}

static __always_inline bool ip6_in_slot(const volatile struct xnlb_ip6_slot *slot,
					const __be32 *addr)
{
	return slot->addr[3] == addr[3] && slot->addr[2] == addr[2] && slot->addr[1] == addr[1] &&
	       slot->addr[0] == addr[0];
}

static __always_inline bool is_cluster_ip4(__be32 addr)
{
	return ip4_in_slot(ip4_slot(addr), addr);
}

static __always_inline bool is_cluster_ip6(const __be32 *addr)
{
	return ip6_in_slot(ip6_slot(addr), addr);
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

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	slot = ip6_slot(ip->daddr.in6_u.u6_addr32);
	if (!ip6_in_slot(slot, ip->daddr.in6_u.u6_addr32))
		return XNLB_REASON_NOT_CLUSTER;
	packet->row_tcp = &slot->row_tcp;
	packet->row_udp = &slot->row_udp;
	return GO_ON;
}

/*
 * Was the frame sent to the cluster? To the node's own MAC it is decided all the same, and counted
 * apart. To another machine's MAC (promiscuous NIC) it is not ours. To a group it is never
 * accepted: the stack takes UDP out of broadcast frames, and every node would.
 */
static __always_inline enum xnlb_reason classify_mac(struct packet *packet)
{
	__u64 mac = mac_word(packet->frame->dest);

	/* Not a bool: the verifier would follow the rest twice, for true and for false. */
	packet->to_cluster = mac ^ setup.own_mac.word;
	barrier_var(packet->to_cluster);
	if (mac == setup.cluster_mac.word || mac == setup.own_mac.word)
		return GO_ON;
	return packet->frame->dest[0] & 1 ? XNLB_REASON_GROUP_MAC : XNLB_REASON_OTHER_MAC;
}

#endif
