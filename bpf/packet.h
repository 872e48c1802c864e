/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet while it is being looked at, and the answer "not decided yet". */
#ifndef BPF_PACKET_H
#define BPF_PACKET_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <xnlb/reason.h>
#include <xnlb/tables.h>

/* Each question returns a reason, which ends the packet's way, or this. */
#define GO_ON XNLB_REASONS

/* struct ethhdr, but that one is packed, and would be read byte by byte. */
struct frame {
	__u8 dest[ETH_ALEN];
	__u8 source[ETH_ALEN];
	__be16 protocol;
};

/*
 * The family of a packet, 4 or 6, is not in here: it is an argument that is known to the compiler,
 * which makes two ways of one source, and none of them asks again.
 */
struct packet {
	void *end; /* of what may be read directly */
	struct frame *frame;
	void *network;	 /* behind the Ethernet header and its tags */
	__be16 protocol; /* EtherType of `network` */

	/* Once parsed. */
	__u8 proto;	 /* IP protocol number */
	void *transport; /* behind the IP header and its extensions */
	__be32 ports;	 /* source and destination, as in the header; 0: protocol without ports */
};

/* MAC addresses compare as numbers: union xnlb_mac. */
static __always_inline __u64 mac_word(const __u8 *mac)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (__u64) * (__u32 *)mac << 32 | (__u64) * (__u16 *)(mac + 4) << 16;
#else
	return *(__u32 *)mac | (__u64) * (__u16 *)(mac + 4) << 32;
#endif
}

static __always_inline void mac_write(__u8 *mac, __u64 word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*(__u32 *)mac = word >> 32;
	*(__u16 *)(mac + 4) = word >> 16;
#else
	*(__u32 *)mac = word;
	*(__u16 *)(mac + 4) = word >> 32;
#endif
}

#endif
