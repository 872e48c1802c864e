/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is behind an IPv6 header that is followed by extension headers (RFC 8200 section 4)? Rarely
 * asked, and a function of its own, so that the verifier follows its loop once and not on each way
 * that leads here.
 */
#ifndef BPF_EXTENSION_H
#define BPF_EXTENSION_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/in.h>
#include <linux/ipv6.h>

/* Any extension header up to its length. */
struct ip6_extension {
	__u8 nexthdr;
	__u8 size;     /* units of 8 bytes behind the first 8; authentication: of 4 (RFC 4302) */
	__be16 offset; /* fragment header: with flags */
	__be32 rest;
};

/* In the order that RFC 8200 section 4.1 asks for there are at most so many before a protocol. */
#define IP6_EXTENSIONS 6
#define IP6_OFFSET     0xfff8

/* The answer: where the last header begins, from the start of the frame, and its protocol. */
#define WALK_END	     0x7ff /* a chain that is longer is not followed */
#define WALK_OFFSET(found)   ((found) >> 8 & WALK_END)
#define WALK_PROTO(found)    ((__u8)(found))
#define WALK_IS_FOUND(found) ((found) < WALK_FRAGMENT)
#define WALK_FRAGMENT	     0xffffff00u /* a fragment after the first */
#define WALK_MALFORMED	     0xffffff01u

/* One question for all of them: each comparison would double the ways that the verifier follows. */
static __always_inline bool is_extension(__u8 proto)
{
	const __u64 extensions = 1ull << IPPROTO_HOPOPTS | 1ull << IPPROTO_ROUTING |
				 1ull << IPPROTO_FRAGMENT | 1ull << IPPROTO_AH |
				 1ull << IPPROTO_DSTOPTS;

	return proto < 64 && extensions >> proto & 1;
}

/* `offset` of the IPv6 header, which is known to be whole. */
__noinline __u32 ip6_walk(struct xdp_md *ctx, __u32 offset)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct ipv6hdr *ip = data + (offset & 0x3f);
	__u8 proto;

	if ((void *)(ip + 1) > end)
		return WALK_MALFORMED;
	proto = ip->nexthdr;
	offset = (offset & 0x3f) + sizeof(*ip);
	for (int i = 0; i <= IP6_EXTENSIONS && offset <= WALK_END; i++) {
		const struct ip6_extension *extension = data + offset;
		__u32 size = 8; /* of a fragment header */

		if (!is_extension(proto))
			return offset << 8 | proto;
		if ((void *)(extension + 1) > end)
			return WALK_MALFORMED;
		if (proto != IPPROTO_FRAGMENT)
			size = proto == IPPROTO_AH ? (extension->size + 2) * 4
						   : (extension->size + 1) * 8;
		else if (extension->offset & bpf_htons(IP6_OFFSET))
			return WALK_FRAGMENT;
		offset += size;
		proto = extension->nexthdr;
	}
	return WALK_MALFORMED;
}

#endif
