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

static __always_inline bool connected(struct xdp_md *ctx, const struct packet *packet,
				      struct bpf_sock_tuple *tuple, __u32 size)
{
	struct bpf_sock *sock;
	bool found;

	if (packet->tcp) {
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

static __always_inline bool local_socket(struct xdp_md *ctx, const struct packet *packet,
					 const __u32 family)
{
	struct bpf_sock_tuple tuple = {};

	if (!packet->tcp && packet->proto != IPPROTO_UDP)
		return false;
	if (packet->tcp && packet->tcp->syn && !packet->tcp->ack)
		return false;
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
