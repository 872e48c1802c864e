/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose is a packet that no rule covers? First packets are the default node's. All others belong
 * to the node that has the connection: replies come back to whoever opened it from the cluster IP,
 * and where the default node changed, connections stay. A node that took a packet of another
 * node's connection would reset it.
 *
 * TCP: the socket tells. UDP: a connected one does; an unconnected one is no answer, every node
 * has it, so the default node takes what only such a one would.
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

static __always_inline enum holder tcp_holder(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					      __u32 size, bool syn)
{
	struct bpf_sock *sock = bpf_skc_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
	bool listens = false;

	if (sock) {
		listens = sock->state == BPF_TCP_LISTEN;
		bpf_sk_release(sock);
		if (!listens)
			return CONNECTION;
	}
	if (tracked(ctx, tuple, size, IPPROTO_TCP))
		return CONNECTION;
	/* Of a handshake with a SYN cookie, or of a connection from before a restart. */
	return listens && !syn ? ANYBODY : NOTHING;
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
	__u32 size = sizeof(tuple.ipv4);

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
		__builtin_memcpy(tuple.ipv6.saddr, &ip6->saddr, 32);
		__builtin_memcpy(&tuple.ipv6.sport, tcp, 4);
	}
	if (proto == IPPROTO_UDP)
		return udp_holder(ctx, &tuple, size);
	if ((void *)(tcp + 1) > end)
		return NOTHING;
	return tcp_holder(ctx, &tuple, size, tcp->syn);
}

/* Is it a connection's first packet? */
static __always_inline bool is_request(const struct packet *packet)
{
	const struct tcphdr *tcp = packet->transport;

	return (void *)(tcp + 1) > packet->end || (tcp->syn && !tcp->ack);
}

/* `reason` is what it would be if it opened a connection: DEFAULT_NODE, or NO_RULE. */
static __always_inline enum xnlb_reason without_rule(struct xdp_md *ctx,
						     const struct packet *packet,
						     const __u32 family, enum xnlb_reason reason)
{
	__u32 network = packet->network - (void *)packet->frame;
	__u32 transport = packet->transport - (void *)packet->frame;

	if (packet->proto == IPPROTO_TCP ? is_request(packet) : packet->proto != IPPROTO_UDP)
		return reason;
	switch (socket_holder(ctx, network, transport, family, packet->proto)) {
	case CONNECTION:
		return reason == XNLB_REASON_DEFAULT_NODE ? reason : XNLB_REASON_LOCAL_SOCKET;
	case ANYBODY:
		return reason;
	default:
		return reason == XNLB_REASON_DEFAULT_NODE ? XNLB_REASON_NO_SOCKET : reason;
	}
}

#endif
