/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that somebody else could have attached before us: they let everything through. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int somebodys_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Ends the chain of tc programs. */
SEC("tc")
int somebodys_tc(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_OK;
}

/* Counts, and leaves the packet to the programs behind it. */
__u64 somebodys_packets;

SEC("tc")
int somebodys_count(struct __sk_buff *skb)
{
	(void)skb;
	__sync_fetch_and_add(&somebodys_packets, 1);
	return TC_ACT_UNSPEC;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
