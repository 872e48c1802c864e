/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is in the frame? Every function checks before it reads and never reads past packet->end.
 * Lengths inside the headers are not compared with the frame's: it may have parts behind `end`
 * (xdp.frags), and the stack checks them again.
 */
#ifndef BPF_PARSE_H
#define BPF_PARSE_H

#include <bpf/bpf_endian.h>
#include <linux/in.h>
#include <linux/tcp.h>
#include "packet.h"

/* ICMP (RFC 792, 4443), written out here: linux/icmp.h needs a libc. */
#define ICMP_SIZE	       8
#define ICMP_UNREACHABLE       3
#define ICMP_TIME_EXCEEDED     11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMP6_INFORMATIONAL    128 /* types below are errors */

#define UDP_SIZE 8

#define VLAN_TAGS_MAX 2
#define IP4_OFFSET    0x1fff
#define IP6_OFFSET    0xfff8

struct vlan_tag {
	__be16 tci;
	__be16 protocol;
};

struct ip6_fragment {
	__u8 nexthdr;
	__u8 reserved;
	__be16 offset; /* and flags */
	__be32 id;
};

static __always_inline bool is_vlan(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* Ethernet header and 0 to 2 VLAN tags. A third tag is not IP to us. */
static __always_inline enum xnlb_reason parse_link(struct packet *packet, void *data, void *end)
{
	void *cursor = data + sizeof(struct ethhdr);

	packet->end = end;
	packet->eth = data;
	if (cursor > end)
		return XNLB_REASON_TRUNCATED;
	packet->protocol = packet->eth->h_proto;

	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan(packet->protocol); i++) {
		struct vlan_tag *tag = cursor;

		if ((void *)(tag + 1) > end)
			return XNLB_REASON_TRUNCATED;
		packet->protocol = tag->protocol;
		cursor = tag + 1;
	}
	packet->network = cursor;
	return GO_ON;
}

static __always_inline bool icmp4_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETER_PROBLEM;
}

/* Ports, and for TCP whether it is a first packet. `header` starts behind the IP header. */
static __always_inline enum xnlb_reason parse_transport(struct packet *packet, void *header)
{
	if (packet->proto == IPPROTO_TCP) {
		struct tcphdr *tcp = header;

		if ((void *)(tcp + 1) > packet->end)
			return XNLB_REASON_MALFORMED;
		packet->ports = *(__be32 *)tcp;
		packet->request = tcp->syn && !tcp->ack;
	} else if (packet->proto == IPPROTO_UDP) {
		if (header + UDP_SIZE > packet->end)
			return XNLB_REASON_MALFORMED;
		packet->ports = *(__be32 *)header;
	} else if (packet->proto == (packet->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		const __u8 *type = header;

		if (header + ICMP_SIZE > packet->end)
			return XNLB_REASON_MALFORMED;
		if (packet->family == 4 ? icmp4_error(*type) : *type < ICMP6_INFORMATIONAL)
			return XNLB_REASON_ICMP_ERROR;
	}
	return GO_ON;
}

static __always_inline enum xnlb_reason parse_ip4(struct packet *packet)
{
	struct iphdr *ip = packet->network;
	__u32 size = ip->ihl * 4;

	if (ip->version != 4 || size < sizeof(*ip) || bpf_ntohs(ip->tot_len) < size)
		return XNLB_REASON_MALFORMED;
	if (ip->frag_off & bpf_htons(IP4_OFFSET))
		return XNLB_REASON_FRAGMENT;
	packet->proto = ip->protocol;
	return parse_transport(packet, (void *)ip + size);
}

static __always_inline enum xnlb_reason parse_ip6(struct packet *packet)
{
	struct ipv6hdr *ip = packet->network;
	void *header = ip + 1;

	if (ip->version != 6)
		return XNLB_REASON_MALFORMED;
	packet->proto = ip->nexthdr;
	if (packet->proto == IPPROTO_FRAGMENT) {
		struct ip6_fragment *fragment = header;

		header = fragment + 1;
		if (header > packet->end)
			return XNLB_REASON_MALFORMED;
		if (fragment->offset & bpf_htons(IP6_OFFSET))
			return XNLB_REASON_FRAGMENT;
		packet->proto = fragment->nexthdr;
	}
	return parse_transport(packet, header);
}

#endif
