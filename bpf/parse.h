/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is in the frame? Every function checks before it reads and never reads past packet->end.
 * Lengths inside the headers are not compared with the frame's: it may have parts behind `end`
 * (xdp.frags), and the stack checks them again.
 */
#ifndef BPF_PARSE_H
#define BPF_PARSE_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
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

#define IP4_FIRST  0x45 /* version 4, header of 5 words */
#define IP4_LAST   0x4f
#define IP4_OFFSET 0x1fff
#define IP6_OFFSET 0xfff8

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

/*
 * The same as a number, 0 or 1. Computed, because the verifier follows a packet's way once for
 * each branch that leads to another place of the IP header: so it is once for all tagged frames.
 */
static __always_inline __u32 vlan_tags(__be16 protocol)
{
	__u64 zero = (__u64)(XNLB_RAW __u16)(protocol ^ bpf_htons(ETH_P_8021Q)) *
		     (XNLB_RAW __u16)(protocol ^ bpf_htons(ETH_P_8021AD));

	barrier_var(zero); /* or the compiler sees a condition, and makes a branch */
	return (zero - 1) >> 63;
}

/* Ethernet header and 0 to 2 VLAN tags. A third tag is not IP to us. */
static __always_inline enum xnlb_reason parse_link(struct packet *packet, void *data, void *end)
{
	packet->end = end;
	packet->frame = data;
	packet->network = packet->frame + 1;
	if (packet->network > end)
		return XNLB_REASON_TRUNCATED;
	packet->protocol = packet->frame->protocol;

	if (is_vlan(packet->protocol)) {
		struct vlan_tag *tag = packet->network;

		if ((void *)(tag + 1) > end)
			return XNLB_REASON_TRUNCATED;
		tag += vlan_tags(tag->protocol);
		if ((void *)(tag + 1) > end)
			return XNLB_REASON_TRUNCATED;
		packet->protocol = tag->protocol;
		packet->network = tag + 1;
	}
	return GO_ON;
}

static __always_inline bool icmp4_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETER_PROBLEM;
}

/* Ports, and for TCP whether it is a first packet. `header` starts behind the IP header. */
static __always_inline enum xnlb_reason parse_transport(struct packet *packet, const __u32 family,
							void *header)
{
	if (packet->proto == IPPROTO_TCP) {
		if (header + sizeof(struct tcphdr) > packet->end)
			return XNLB_REASON_MALFORMED;
		packet->ports = *(__be32 *)header;
	} else if (packet->proto == IPPROTO_UDP) {
		if (header + UDP_SIZE > packet->end)
			return XNLB_REASON_MALFORMED;
		packet->ports = *(__be32 *)header;
	} else if (packet->proto == (family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		const __u8 *type = header;

		if (header + ICMP_SIZE > packet->end)
			return XNLB_REASON_MALFORMED;
		if (family == 4 ? icmp4_error(*type) : *type < ICMP6_INFORMATIONAL)
			return XNLB_REASON_ICMP_ERROR;
	}
	return GO_ON;
}

static __always_inline __u32 ip4_size(const struct iphdr *ip)
{
	return (*(const __u8 *)ip & 0xf) * 4;
}

/* With a fragment header, if there is one. */
static __always_inline __u32 ip6_size(const struct ipv6hdr *ip)
{
	return sizeof(*ip) + (ip->nexthdr == IPPROTO_FRAGMENT ? sizeof(struct ip6_fragment) : 0);
}

static __always_inline enum xnlb_reason parse_ip4(struct packet *packet)
{
	struct iphdr *ip = packet->network;
	__u8 first = *(__u8 *)ip; /* version and size in words */
	__u32 size = ip4_size(ip);

	if (first < IP4_FIRST || first > IP4_LAST || bpf_ntohs(ip->tot_len) < size)
		return XNLB_REASON_MALFORMED;
	if (ip->frag_off & bpf_htons(IP4_OFFSET))
		return XNLB_REASON_FRAGMENT;
	packet->proto = ip->protocol;
	return parse_transport(packet, 4, (void *)ip + size);
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
	return parse_transport(packet, 6, header);
}

#endif
