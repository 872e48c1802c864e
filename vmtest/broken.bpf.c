// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A program that no verifier takes: it reads a packet without looking where it ends. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int broken(struct xdp_md *ctx)
{
	return *(volatile const __u8 *)(long)ctx->data ? XDP_PASS : XDP_DROP;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
