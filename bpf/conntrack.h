/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Is it a tracked connection of this node? DNAT (container ports, REDIRECT) hides the socket of a
 * connection from a look-up by the packet's addresses; the kernel's connection tracking knows both
 * ends. Asked only if the kernel can be (setup.conntrack), and only where no socket was found.
 */
#ifndef BPF_CONNTRACK_H
#define BPF_CONNTRACK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/in.h>
#include <stdbool.h>
#include "setup.h"

/* The kernel's (net/netfilter/nf_conntrack_bpf.c); its UAPI headers do not have it. */
struct bpf_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir; /* out: 0 if the packet goes the way of the connection's first one */
	__u8 reserved[2];
};

/* What is read of a connection; libbpf finds the place. */
struct nf_conn {
	unsigned long status;
} __attribute__((preserve_access_index));

#define IPS_NAT (3 << 4) /* source or destination: linux/netfilter/nf_conntrack_common.h */

extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					 __u32 tuple__sz, struct bpf_ct_opts *opts,
					 __u32 opts__sz) __ksym __weak;
extern void bpf_ct_release(struct nf_conn *conn) __ksym __weak;

/*
 * TCP: only if it is translated, else its socket tells, and an entry that outlived the socket does
 * not. UDP: only if the packet is a reply; an entry that began with a client's packet would last as
 * long as the client sends, on each node that ever was the default node.
 */
static __always_inline bool tracked(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size,
				    __u8 proto)
{
	struct bpf_ct_opts opts = {.netns_id = BPF_F_CURRENT_NETNS, .l4proto = proto};
	struct nf_conn *conn;
	bool translated;

	if (!setup.conntrack)
		return false;
	conn = bpf_xdp_ct_lookup(ctx, tuple, size, &opts, sizeof(opts));
	if (!conn)
		return false;
	translated = conn->status & IPS_NAT;
	bpf_ct_release(conn);
	return proto == IPPROTO_TCP ? translated : opts.dir;
}

#endif
