// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the programs are measured against: programs that do nothing, and one that makes each run
 * another flow and goes on to the program under test. Nothing else than the benchmark uses them.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} next SEC(".maps");

/* Written by the benchmark before each series. */
__u8 to[6]; /* destination MAC of each frame */
__u32 port = 80;
__u32 ports = 1; /* destination port: one of `ports` from `port` on */
__u32 clients;	 /* above 0: one of so many open connections (flow.h), else anybody */
__u64 random_state = 88172645463325252ull;
__u32 redirect_to;

SEC("xdp.frags")
int bare_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("xdp.frags")
int bare_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("tc")
int bare_tc(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

/* Marsaglia: Xorshift RNGs. Journal of Statistical Software 8(14), 2003. */
static __always_inline __u64 next_random(void)
{
	__u64 x = random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return random_state = x;
}

/*
 * Another client and another port; `address` and `ports_at` lie in the packet. Both ports in one
 * store, because the program under test reads them in one: a read of what two stores have just
 * written waits for them, and no NIC writes so.
 */
static __always_inline void another_flow(__be32 *address, __be32 *ports_at)
{
	__u64 random = next_random();
	__u32 client, source, destination;

	if (clients) {
		__u32 i = (__u32)((random >> 32) * clients >> 32);

		client = CROWD_CLIENT + i;
		source = CROWD_PORT;
		destination = port + i % ports;
	} else {
		client = (__u32)random;
		source = (__u16)(random >> 32);
		destination = port + ((__u32)(random >> 48) * ports >> 16);
	}
	*address = bpf_htonl(client);
	*ports_at = bpf_htonl(source << 16 | (__u16)destination);
}

/* The frame as it was before the stamp, of another client; 0 if it is too short. */
static __always_inline int renew(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if (data + 14 + 40 + 4 > end)
		return 0;
	__builtin_memcpy(eth->h_dest, to, 6);
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		another_flow(data + 14 + 12, data + 14 + 20);
	else
		another_flow(data + 14 + 20, data + 14 + 40);
	return 1;
}

SEC("xdp.frags")
int flows(struct xdp_md *ctx)
{
	if (renew(ctx))
		bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}

/* With live frames: sends each to an interface. */
SEC("xdp.frags")
int generator(struct xdp_md *ctx)
{
	return renew(ctx) ? (int)bpf_redirect(redirect_to, 0) : XDP_ABORTED;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
