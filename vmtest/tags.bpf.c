/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A switch's port in trunk mode, for kernels without 802.1Q: VLAN 5 is tagged on the cable, and
 * untagged in the switch. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN 5

SEC("tc/out")
int port_out(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), VLAN) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc/in")
int port_in(struct __sk_buff *skb)
{
	if (!skb->vlan_present || (skb->vlan_tci & 0xfff) != VLAN || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
