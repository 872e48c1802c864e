/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs of somebody else in a chain with ours, under libxdp's dispatcher. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* IPv4 frames that came to a group MAC, as the cluster's in mode multicast, and to another one. */
__u64 chain_group, chain_single;

static int ip4(struct xdp_md *ctx)
{
	struct ethhdr *frame = (void *)(long)ctx->data;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end ||
	    frame->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	__sync_fetch_and_add(frame->h_dest[0] & 1 ? &chain_group : &chain_single, 1);
	return 1;
}

SEC("xdp")
int chain_count(struct xdp_md *ctx)
{
	ip4(ctx);
	return XDP_PASS;
}

SEC("xdp")
int chain_drop(struct xdp_md *ctx)
{
	return ip4(ctx) ? XDP_DROP : XDP_PASS;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
