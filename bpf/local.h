/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does a packet that no rule covers belong to a connection of this node? That is how replies come
 * back to flows that the node opened from the cluster IP. A bare SYN never does, nor a listening
 * or an unconnected UDP socket: every node has those.
 */
#ifndef BPF_LOCAL_H
#define BPF_LOCAL_H

#include <linux/bpf.h>
#include <linux/in.h>
#include "packet.h"
#include "parse.h"

static __always_inline bool connected(struct xdp_md *ctx, const struct packet *packet,
				      struct bpf_sock_tuple *tuple, __u32 size)
{
	struct bpf_sock *sock;
	bool found;

	if (packet->proto == IPPROTO_TCP) {
		sock = bpf_skc_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
		if (!sock)
			return false;
		found = sock->state != BPF_TCP_LISTEN;
	} else {
		sock = bpf_sk_lookup_udp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
		if (!sock)
			return false;
		found = sock->state == BPF_TCP_ESTABLISHED;
	}
	bpf_sk_release(sock);
	return found;
}

/* Is it a connection's first packet? Rarely asked, so the TCP header is looked for again. */
static __always_inline bool is_request(const struct packet *packet, const __u32 family)
{
	__u32 size = family == 4 ? ip4_size(packet->network) : ip6_size(packet->network);
	const struct tcphdr *tcp = packet->network + size;

	return (void *)(tcp + 1) > packet->end || (tcp->syn && !tcp->ack);
}

static __always_inline bool local_socket(struct xdp_md *ctx, const struct packet *packet,
					 const __u32 family)
{
	struct bpf_sock_tuple tuple; /* what the family has of it is written */

	if (packet->proto == IPPROTO_TCP) {
		if (is_request(packet, family))
			return false;
	} else if (packet->proto != IPPROTO_UDP) {
		return false;
	}
	/* Both ports at once: they lie side by side, as in the packet. */
	if (family == 4) {
		const struct iphdr *ip = packet->network;

		tuple.ipv4.saddr = ip->saddr;
		tuple.ipv4.daddr = ip->daddr;
		__builtin_memcpy(&tuple.ipv4.sport, &packet->ports, 4);
		return connected(ctx, packet, &tuple, sizeof(tuple.ipv4));
	} else {
		const struct ipv6hdr *ip = packet->network;

		__builtin_memcpy(tuple.ipv6.saddr, &ip->saddr, 16);
		__builtin_memcpy(tuple.ipv6.daddr, &ip->daddr, 16);
		__builtin_memcpy(&tuple.ipv6.sport, &packet->ports, 4);
		return connected(ctx, packet, &tuple, sizeof(tuple.ipv6));
	}
}

#endif
