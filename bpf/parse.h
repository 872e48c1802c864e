/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is in the IP packet? Every function checks before it reads and never reads past packet->end.
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
#include "extension.h"
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

static __always_inline bool icmp4_error(__u8 type)
{
	return type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETER_PROBLEM;
}

/* The ports, of a protocol that has some. */
static __always_inline enum xnlb_reason parse_transport(struct packet *packet, const __u32 family,
							void *header)
{
	packet->transport = header;
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

static __always_inline enum xnlb_reason parse_ip4(struct packet *packet)
{
	struct iphdr *ip = packet->network;
	__u32 size;
	__u8 first;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	first = *(__u8 *)ip; /* version and size in words */
	size = (first & 0xf) * 4;
	if (first < IP4_FIRST || first > IP4_LAST || bpf_ntohs(ip->tot_len) < size)
		return XNLB_REASON_MALFORMED;
	if (ip->frag_off & bpf_htons(IP4_OFFSET))
		return XNLB_REASON_FRAGMENT;
	packet->proto = ip->protocol;
	return parse_transport(packet, 4, (void *)ip + size);
}

static __always_inline enum xnlb_reason parse_ip6(struct xdp_md *ctx, struct packet *packet)
{
	struct ipv6hdr *ip = packet->network;
	void *header = ip + 1;

	if ((void *)(ip + 1) > packet->end)
		return XNLB_REASON_TRUNCATED;
	if (ip->version != 6)
		return XNLB_REASON_MALFORMED;
	packet->proto = ip->nexthdr;
	if (is_extension(packet->proto)) {
		__u32 found = ip6_walk(ctx, packet->network - (void *)packet->frame);

		if (!WALK_IS_FOUND(found))
			return found == WALK_FRAGMENT ? XNLB_REASON_FRAGMENT
						      : XNLB_REASON_MALFORMED;
		packet->proto = WALK_PROTO(found);
		header = (void *)packet->frame + WALK_OFFSET(found);
	}
	return parse_transport(packet, 6, header);
}

#endif
