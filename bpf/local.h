/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What does this node have for a packet? Asked for what no rule covers, and in buckets that move:
 * first packets belong to the default node or the bucket's owner, all others to the node that has
 * the connection. A node that took a packet of another node's connection would reset it.
 *
 * TCP: the socket tells. UDP: a connected one does; an unconnected one is no answer, every node
 * has it.
 */
#ifndef BPF_LOCAL_H
#define BPF_LOCAL_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/in.h>
#include <linux/tcp.h>
#include "conntrack.h"
#include "packet.h"
#include "parse.h"

/* What this node has for a packet. */
enum holder {
	NOTHING,
	ANYBODY,    /* a socket that takes packets of anybody: not alone this node's */
	CONNECTION, /* the connection that it belongs to */
};

/* Does the ACK bring back a SYN cookie of this node's? The kernel looks at the ACK flag itself. */
static __always_inline bool cookie_is_right(struct bpf_sock *sock, const void *ip, __u32 ip_size,
					    const struct tcphdr *tcp)
{
	return !bpf_tcp_check_syncookie(sock, (void *)ip, ip_size, (void *)tcp, sizeof(*tcp));
}

static __always_inline enum holder tcp_holder(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					      __u32 size, const void *ip, __u32 ip_size,
					      const struct tcphdr *tcp)
{
	struct bpf_sock *sock = bpf_skc_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
	bool listens = false, answered = false;

	if (sock) {
		listens = sock->state == BPF_TCP_LISTEN;
		/* Half-open with a SYN cookie, a connection has no socket yet. */
		answered = listens && cookie_is_right(sock, ip, ip_size, tcp);
		bpf_sk_release(sock);
		if (!listens || answered)
			return CONNECTION;
	}
	if (tracked(ctx, tuple, size, IPPROTO_TCP))
		return CONNECTION;
	/* Of a connection from before a restart. */
	return listens && !tcp->syn ? ANYBODY : NOTHING;
}

static __always_inline enum holder udp_holder(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					      __u32 size)
{
	struct bpf_sock *sock = bpf_sk_lookup_udp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
	bool found = sock;

	if (sock) {
		bool connected = sock->state == BPF_TCP_ESTABLISHED;

		bpf_sk_release(sock);
		if (connected)
			return CONNECTION;
	}
	if (tracked(ctx, tuple, size, IPPROTO_UDP))
		return CONNECTION;
	return found ? ANYBODY : NOTHING;
}

/*
 * What this node has for a TCP or UDP packet that opens no connection. `network` and `transport`
 * are where its headers begin, from the start of the frame. A function of its own, so that the
 * verifier follows it once.
 */
__noinline int socket_holder(struct xdp_md *ctx, __u32 network, __u32 transport, __u32 family,
			     __u32 proto)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const void *ip = data + (network & 0x3f);
	const struct tcphdr *tcp = data + (transport & 0xfff);
	struct bpf_sock_tuple tuple; /* what the family has of it is written */
	__u32 size = sizeof(tuple.ipv4), ip_size = sizeof(struct iphdr);

	if ((void *)tcp + UDP_SIZE > end)
		return NOTHING;
	/* Both addresses at once, and both ports: they lie side by side, as in the packet. */
	if (family == 4) {
		const struct iphdr *ip4 = ip;

		if ((void *)(ip4 + 1) > end)
			return NOTHING;
		__builtin_memcpy(&tuple.ipv4.saddr, &ip4->saddr, 8);
		__builtin_memcpy(&tuple.ipv4.sport, tcp, 4);
	} else {
		const struct ipv6hdr *ip6 = ip;

		if ((void *)(ip6 + 1) > end)
			return NOTHING;
		size = sizeof(tuple.ipv6);
		ip_size = sizeof(struct ipv6hdr);
		__builtin_memcpy(tuple.ipv6.saddr, &ip6->saddr, 32);
		__builtin_memcpy(&tuple.ipv6.sport, tcp, 4);
	}
	if (proto == IPPROTO_UDP)
		return udp_holder(ctx, &tuple, size);
	if ((void *)(tcp + 1) > end)
		return NOTHING;
	return tcp_holder(ctx, &tuple, size, ip, ip_size, tcp);
}

#endif
