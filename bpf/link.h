/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in the frame's first part: the Ethernet header and its VLAN tags. */
#ifndef BPF_LINK_H
#define BPF_LINK_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "packet.h"

struct vlan_tag {
	__be16 tci;
	__be16 protocol;
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

/*
 * Ethernet header and 0 to 2 VLAN tags. What is behind a third one is not looked for; but the
 * kernel strips any number of tags without a VLAN, and would find it.
 */
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
		if (is_vlan(packet->protocol))
			return XNLB_REASON_TAGS;
	}
	return GO_ON;
}

#endif
