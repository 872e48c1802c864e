/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Is a neighbour solicitation valid? RFC 4861 section 7.1.1: an invalid one is not answered. That
 * it is one, with its hop limit, code and target, nd_asks() has seen. Asked for each answer only;
 * functions of their own, so that the verifier follows each loop once.
 */
#ifndef BPF_SOLICITATION_H
#define BPF_SOLICITATION_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "neighbour.h"

/* What secure neighbour discovery (RFC 3971) needs: bytes of ICMPv6, and options. */
#define ND_MOST	   1024
#define ND_OPTIONS 8
#define ND_CHUNK   256

/* Does the ICMPv6 part, `size` bytes at `offset`, have the right checksum? */
__noinline int nd_sum_is_right(struct __sk_buff *skb, __u32 offset, __u32 size)
{
	__be32 pseudo[10] = {[8] = bpf_htonl(size), [9] = bpf_htonl(IPPROTO_ICMPV6)};
	__s64 sum;

	if (bpf_skb_load_bytes(skb, offset - 32, pseudo, 32)) /* both addresses */
		return false;
	sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0);
	for (__u32 done = 0; done < ND_MOST && done < size; done += ND_CHUNK) {
		__be32 chunk[ND_CHUNK / 4] = {};
		__u32 part = size - done;

		if (part > ND_CHUNK)
			part = ND_CHUNK;
		/* It is from 1 to ND_CHUNK: written so that the verifier sees it too. */
		barrier_var(part);
		part = ((part - 1) & (ND_CHUNK - 1)) + 1;
		if (bpf_skb_load_bytes(skb, offset + done, chunk, part))
			return false;
		sum = bpf_csum_diff(NULL, 0, chunk, ND_CHUNK, (XNLB_RAW __wsum)sum);
	}
	return fold((__u32)sum) == 0;
}

/* Are its options whole, and none of them what it may not have? */
__noinline int nd_options_are_right(struct __sk_buff *skb, __u32 offset, __u32 size, __u32 probe)
{
	__u32 at = ND_SIZE_BARE - sizeof(struct ipv6hdr);

	for (int i = 0; i < ND_OPTIONS && at < size; i++) {
		__u8 option[2]; /* type, and size in units of 8 bytes */

		if (bpf_skb_load_bytes(skb, offset + at, option, sizeof(option)) || !option[1])
			return false;
		if (probe && option[0] == ND_OPTION_SOURCE)
			return false;
		at += option[1] * 8;
	}
	return at == size;
}

/* Is the destination the group of those who might have the target (RFC 4291 section 2.7.1)? */
static __always_inline bool is_solicited_node(const __be32 *group, __be32 target)
{
	return group[0] == bpf_htonl(0xff020000) && !group[1] && group[2] == bpf_htonl(1) &&
	       group[3] == (target | bpf_htonl(0xff000000));
}

/* `network` is where the IPv6 header begins. */
__noinline int nd_is_valid(struct __sk_buff *skb, __u32 network)
{
	struct nd_packet nd = {};
	const __be32 *from = nd.ip.saddr.in6_u.u6_addr32;
	__u32 size;
	bool probe;

	if (bpf_skb_load_bytes(skb, network, &nd, ND_SIZE_BARE))
		return false;
	size = bpf_ntohs(nd.ip.payload_len);
	if (size < ND_SIZE_BARE - sizeof(nd.ip) || size > ND_MOST)
		return false;
	probe = !(from[0] | from[1] | from[2] | from[3]);
	if (probe && !is_solicited_node(nd.ip.daddr.in6_u.u6_addr32, nd.target[3]))
		return false;
	network += sizeof(nd.ip);
	return nd_options_are_right(skb, network, size, probe) &&
	       nd_sum_is_right(skb, network, size);
}

#endif
