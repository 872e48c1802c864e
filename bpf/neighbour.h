/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who has the cluster IP? The default node answers ARP requests and neighbour solicitations with
 * the cluster MAC; the other nodes stay silent, and the kernel does not know that the address is
 * here (it is on `lo`). The request becomes its own reply and leaves where it came in. The
 * Ethernet source is the node's own MAC, so that the switch never learns the cluster's.
 *
 * ARP: RFC 826, RFC 5227 (probes). Neighbour discovery: RFC 4861 sections 7.1.1 and 7.2.4.
 */
#ifndef BPF_NEIGHBOUR_H
#define BPF_NEIGHBOUR_H

#include "classify.h"
#include "decide.h"
#include "packet.h"
#include "link.h"

/* Written out here: linux/if_arp.h needs a libc. */
#define ARP_ETHERNET 1
#define ARP_REQUEST  1
#define ARP_REPLY    2

struct arp_packet {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_size;
	__u8 protocol_size;
	__be16 operation;
	__u8 sha[6];
	__u8 spa[4];
	__u8 tha[6];
	__u8 tpa[4];
};

/* Neighbour solicitation or advertisement with its first option, if that is an address. */
struct nd_packet {
	struct ipv6hdr ip;
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be32 flags;
	__be32 target[4];
	__u8 option;
	__u8 option_size; /* in units of 8 bytes */
	__u8 mac[6];
};

#define ND_SIZE_BARE	  (sizeof(struct nd_packet) - 8) /* without the option */
#define ND_SOLICIT	  135
#define ND_ADVERTISE	  136
#define ND_OPTION_SOURCE  1
#define ND_OPTION_TARGET  2
#define ND_FLAG_SOLICITED 0x40000000
#define ND_FLAG_OVERRIDE  0x20000000
#define ND_PAYLOAD	  32 /* ICMPv6 part of an advertisement with its option */

static __always_inline __be32 read32(const void *bytes)
{
	__be32 word;

	__builtin_memcpy(&word, bytes, 4);
	return word;
}

/* An ARP packet for IPv4 over Ethernet, or NULL. */
static __always_inline struct arp_packet *arp_packet(const struct packet *packet)
{
	struct arp_packet *arp = packet->network;

	if (packet->protocol != bpf_htons(ETH_P_ARP) || (void *)(arp + 1) > packet->end)
		return NULL;
	if (arp->hardware != bpf_htons(ARP_ETHERNET) || arp->protocol != bpf_htons(ETH_P_IP) ||
	    arp->hardware_size != 6 || arp->protocol_size != 4)
		return NULL;
	return arp;
}

/* A neighbour solicitation or advertisement up to its target, or NULL. */
static __always_inline struct nd_packet *nd_packet(const struct packet *packet)
{
	struct nd_packet *nd = packet->network;

	if (packet->protocol != bpf_htons(ETH_P_IPV6) || (void *)nd + ND_SIZE_BARE > packet->end)
		return NULL;
	if (nd->ip.nexthdr != IPPROTO_ICMPV6 || nd->code != 0 ||
	    (nd->type != ND_SOLICIT && nd->type != ND_ADVERTISE))
		return NULL;
	return nd;
}

/* Is this node the one that answers? */
static __always_inline bool answers(void)
{
	int owner = bucket_owner(0, 0);

	if (owner < 0 || xnlb_owner_id(owner) != setup.node)
		return false;
	return live.lease_ns == XNLB_LEASE_FOREVER ||
	       (!live.fenced && bpf_ktime_get_boot_ns() < live.lease_ns);
}

/* Rewrites an ARP request for a cluster IP into its reply. Announcements are not requests. */
static __always_inline bool arp_answer(struct packet *packet)
{
	struct arp_packet *arp = arp_packet(packet);
	__be32 target;

	if (!arp || arp->operation != bpf_htons(ARP_REQUEST))
		return false;
	target = read32(arp->tpa);
	if (!is_cluster_ip4(target) || read32(arp->spa) == target || !answers())
		return false;

	arp->operation = bpf_htons(ARP_REPLY);
	__builtin_memcpy(arp->tha, arp->sha, 6);
	__builtin_memcpy(arp->tpa, arp->spa, 4);
	mac_write(arp->sha, setup.cluster_mac.word);
	__builtin_memcpy(arp->spa, &target, 4);
	__builtin_memcpy(packet->frame->dest, packet->frame->source, 6);
	mac_write(packet->frame->source, setup.own_mac.word);
	return true;
}

/* Is it a solicitation for a cluster IP? To its group, or to itself from who verifies an entry. */
static __always_inline bool nd_asks(const struct packet *packet)
{
	const struct nd_packet *nd = nd_packet(packet);

	return nd && nd->type == ND_SOLICIT && nd->ip.hop_limit == 255 &&
	       is_cluster_ip6(nd->target);
}

static __always_inline __sum16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (XNLB_RAW __sum16)~sum;
}

/* The advertisement in place of the solicitation; the frame already has room for its option. */
static __always_inline void nd_advertise(struct frame *frame, struct nd_packet *nd)
{
	__be32 pseudo[2] = {bpf_htonl(ND_PAYLOAD), bpf_htonl(IPPROTO_ICMPV6)};
	__be32 *to = nd->ip.daddr.in6_u.u6_addr32, *from = nd->ip.saddr.in6_u.u6_addr32;
	bool probe = !(from[0] | from[1] | from[2] | from[3]);
	__s64 sum;

	__builtin_memcpy(frame->dest, frame->source, 6);
	nd->flags = bpf_htonl(ND_FLAG_SOLICITED | ND_FLAG_OVERRIDE);
	__builtin_memcpy(to, from, 16);
	if (probe) { /* duplicate address detection has no address yet: tell all nodes */
		to[0] = bpf_htonl(0xff020000);
		to[3] = bpf_htonl(1);
		frame->dest[0] = frame->dest[1] = 0x33;
		frame->dest[2] = frame->dest[3] = frame->dest[4] = 0;
		frame->dest[5] = 1;
		nd->flags = bpf_htonl(ND_FLAG_OVERRIDE);
	}
	mac_write(frame->source, setup.own_mac.word);
	__builtin_memcpy(from, nd->target, 16);
	nd->ip.payload_len = bpf_htons(ND_PAYLOAD);
	nd->type = ND_ADVERTISE;
	nd->option = ND_OPTION_TARGET;
	nd->option_size = 1;
	mac_write(nd->mac, setup.cluster_mac.word);

	nd->checksum = 0;
	sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&nd->ip.saddr, 32, (XNLB_RAW __wsum)sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&nd->type, ND_PAYLOAD, (XNLB_RAW __wsum)sum);
	nd->checksum = fold(sum);
}

#endif
