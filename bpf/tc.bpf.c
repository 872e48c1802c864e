// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The companions of the XDP program at the same interface.
 *
 * Ingress lets in what XDP has stamped (veth's native XDP keeps the packet type of the frame as it
 * came), answers ARP and neighbour requests for the cluster IPs, and fails closed: a frame for a
 * cluster IP that still carries the cluster MAC was never judged. Egress makes sure that the
 * switch never learns the cluster MAC and that nobody learns a node's MAC for a cluster IP.
 *
 * Both leave every other packet to the programs behind them and count only what they act on.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "classify.h"
#include "count.h"
#include "neighbour.h"
#include "link.h"
#include "setup.h"
#include "solicitation.h"

/* Enough for two tags and a neighbour solicitation with its option. */
#define HEADERS 128

static __always_inline enum xnlb_reason parse(struct __sk_buff *skb, struct packet *packet)
{
	return parse_link(packet, (void *)(long)skb->data, (void *)(long)skb->data_end);
}

static __always_inline bool read_link(struct __sk_buff *skb, struct packet *packet)
{
	return parse(skb, packet) == GO_ON;
}

/* The headers may lie outside the linear part; at most as many bytes as there are. */
static __always_inline void pull_headers(struct __sk_buff *skb)
{
	if ((void *)(long)skb->data + HEADERS > (void *)(long)skb->data_end)
		bpf_skb_pull_data(skb, skb->len < HEADERS ? skb->len : HEADERS);
}

/*
 * Makes sure that the data begins with the Ethernet header. Generic XDP, since kernel 6.9, hands on
 * a copy whose mac_len is 0, and the data then begins behind the header: what stands in place of
 * the EtherType is not the packet's.
 */
static __always_inline bool restore_link(struct __sk_buff *skb, struct packet *packet)
{
	union {
		struct frame frame;
		__u64 words[2];
	} link = {}, start = {};
	const __u32 size = sizeof(link.frame);

	if (bpf_skb_load_bytes_relative(skb, 0, &link, size, BPF_HDR_START_MAC) ||
	    bpf_skb_load_bytes(skb, 0, &start, size))
		return false;
	/* The whole header: a sender chooses what stands in place of the EtherType. */
	if (link.words[0] == start.words[0] && link.words[1] == start.words[1])
		return true;
	/* Of IPv4 nothing is left to do: generic XDP has the kernel type what it stamps. */
	if (skb->protocol == (XNLB_RAW __u32)bpf_htons(ETH_P_IP))
		return false;
	if (bpf_skb_change_head(skb, size, 0) || bpf_skb_store_bytes(skb, 0, &link, size, 0))
		return false;
	pull_headers(skb);
	return read_link(skb, packet);
}

/* Turns a solicitation that nd_asks() has seen into its advertisement. */
static __always_inline bool nd_answer(struct __sk_buff *skb, struct packet *packet)
{
	__u32 offset = packet->network - (void *)packet->frame;
	struct nd_packet *nd;

	/* A solicitation of another length becomes as long as the advertisement. */
	if (bpf_skb_change_tail(skb, offset + sizeof(*nd), 0) || !read_link(skb, packet))
		return false;
	nd = packet->network;
	if ((void *)(nd + 1) > packet->end)
		return false;
	nd_advertise(packet->frame, nd);
	return true;
}

/* To the cluster or any group: the stack takes UDP out of broadcast frames. */
static __always_inline bool to_cluster(const struct packet *packet)
{
	return mac_word(packet->frame->dest) == setup.cluster_mac.word ||
	       packet->frame->dest[0] & 1;
}

static __always_inline int drop(enum xnlb_reason reason)
{
	count(0, reason);
	return TC_ACT_SHOT;
}

static __always_inline int send_back(struct __sk_buff *skb)
{
	count(0, XNLB_REASON_ANSWERED);
	return (int)bpf_redirect(skb->ifindex, 0);
}

static __always_inline bool for_cluster(const struct packet *packet)
{
	__u32 slot;

	if (packet->protocol == bpf_htons(ETH_P_IP))
		return classify4(packet, &slot) == GO_ON;
	return packet->protocol == bpf_htons(ETH_P_IPV6) && classify6(packet, &slot) == GO_ON;
}

SEC("tc")
int xnlb_ingress(struct __sk_buff *skb)
{
	struct packet packet = {};
	enum xnlb_reason reason;

	if (skb->pkt_type == PACKET_HOST)
		return TC_ACT_UNSPEC;
	pull_headers(skb);
	reason = parse(skb, &packet);
	if (reason == XNLB_REASON_TAGS && to_cluster(&packet))
		return drop(reason);
	if (reason != GO_ON)
		return TC_ACT_UNSPEC;
	if (mac_word(packet.frame->dest) == setup.own_mac.word) {
		bpf_skb_change_type(skb, PACKET_HOST);
		return TC_ACT_UNSPEC;
	}
	if (!restore_link(skb, &packet))
		return TC_ACT_UNSPEC;
	if (arp_answer(&packet))
		return send_back(skb);
	if (nd_asks(&packet) && nd_is_valid(skb, packet.network - (void *)packet.frame))
		/* changing the length ends what is known of the packet */
		return answers() && nd_answer(skb, &packet) ? send_back(skb) : TC_ACT_UNSPEC;
	return to_cluster(&packet) && for_cluster(&packet) ? drop(XNLB_REASON_NO_FILTER)
							   : TC_ACT_UNSPEC;
}

/* Does an ARP packet say that a cluster IP is at another MAC than the cluster's? */
static __always_inline bool arp_betrays(const struct packet *packet)
{
	struct arp_packet *arp = arp_packet(packet);

	return arp && is_cluster_ip4(read32(arp->spa)) &&
	       mac_word(arp->sha) != setup.cluster_mac.word;
}

/* The same for a solicitation (by its source) and an advertisement (by its target). */
static __always_inline bool nd_betrays(const struct packet *packet)
{
	struct nd_packet *nd = nd_packet(packet);
	const __be32 *addr;

	if (!nd)
		return false;
	addr = nd->type == ND_SOLICIT ? nd->ip.saddr.in6_u.u6_addr32 : nd->target;
	if (!is_cluster_ip6(addr))
		return false;
	return (void *)(nd + 1) > packet->end || mac_word(nd->mac) != setup.cluster_mac.word;
}

SEC("tc")
int xnlb_egress(struct __sk_buff *skb)
{
	struct packet packet = {};
	enum xnlb_reason found = parse(skb, &packet);

	/* Whatever it is and wherever it ends, it has a source. */
	if ((void *)(packet.frame + 1) > packet.end)
		return TC_ACT_UNSPEC;
	if (mac_word(packet.frame->source) == setup.cluster_mac.word)
		return drop(XNLB_REASON_EGRESS_SOURCE);
	if (found != GO_ON || packet.protocol == bpf_htons(ETH_P_IP))
		return TC_ACT_UNSPEC;
	if (arp_betrays(&packet) || nd_betrays(&packet))
		return drop(XNLB_REASON_EGRESS_ANNOUNCE);
	return TC_ACT_UNSPEC;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
