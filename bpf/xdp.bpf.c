// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP program: a packet's way, parse -> classify -> rule -> bucket -> verdict. Each step is a
 * header of this folder; a step that knows the answer returns a reason, and there is one exit,
 * which counts it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "classify.h"
#include "count.h"
#include "decide.h"
#include "local.h"
#include "neighbour.h"
#include "parse.h"
#include "rule.h"
#include "setup.h"

volatile struct xnlb_live live SEC(".data.live") = {};

/* A packet for a cluster IP: who takes it, if it was sent to the cluster? */
static __always_inline enum xnlb_reason judge(struct xdp_md *ctx, struct packet *packet,
					      const __u32 family, __u32 *rule)
{
	enum xnlb_reason reason;
	__u32 code;

	reason = family == 4 ? parse_ip4(packet) : parse_ip6(packet);
	if (reason != GO_ON)
		return reason;
	/* A question about the address, as when it is sent to its group: tc answers. */
	if (family == 6 && packet->proto == IPPROTO_ICMPV6 && nd_asks(packet))
		return XNLB_REASON_NOT_CLUSTER;

	reason = find_rule(packet, &code);
	if (reason != GO_ON)
		return reason;
	*rule = xnlb_code_rule(code);
	if (xnlb_code_filter(code) != XNLB_FILTER_DEFAULT)
		return decide(packet, family, code);
	reason = decide(packet, family, 0);
	if (reason == XNLB_REASON_NO_RULE && local_socket(ctx, packet, family))
		return XNLB_REASON_LOCAL_SOCKET;
	return reason;
}

/*
 * Was the frame sent to the cluster? To the node's own MAC it is decided all the same, and counted
 * apart. To another machine's MAC (promiscuous NIC) it is not ours. To a group it is never
 * accepted: the stack takes UDP out of broadcast frames, and every node would. Asked last: nearly
 * always it was, one comparison says so, and nothing has to be remembered.
 */
static __always_inline enum xnlb_reason check_mac(const struct packet *packet,
						  enum xnlb_reason reason, __u32 *rule)
{
	__u64 mac = mac_word(packet->frame->dest);

	if (mac == setup.cluster_mac.word)
		return reason;
	if (mac != setup.own_mac.word) {
		*rule = 0;
		return packet->frame->dest[0] & 1 ? XNLB_REASON_GROUP_MAC : XNLB_REASON_OTHER_MAC;
	}
	if (reason == XNLB_REASON_OWN_BUCKET || reason == XNLB_REASON_DEFAULT_NODE)
		return XNLB_REASON_WRONG_MAC;
	if (reason == XNLB_REASON_OTHER_BUCKET || reason == XNLB_REASON_NO_RULE)
		return XNLB_REASON_WRONG_MAC_DROP;
	return reason;
}

static __always_inline enum xnlb_reason look_ip(struct xdp_md *ctx, struct packet *packet,
						const __u32 family, __u32 *rule)
{
	enum xnlb_reason reason;

	reason = family == 4 ? classify4(packet) : classify6(packet);
	if (reason != GO_ON)
		return reason;
	reason = judge(ctx, packet, family, rule);
	return check_mac(packet, reason, rule);
}

static __always_inline enum xnlb_reason look(struct xdp_md *ctx, struct packet *packet, __u32 *rule)
{
	enum xnlb_reason reason;

	reason = parse_link(packet, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
	if (reason != GO_ON)
		return reason;
	if (packet->protocol == bpf_htons(ETH_P_IP))
		return look_ip(ctx, packet, 4, rule);
	if (packet->protocol == bpf_htons(ETH_P_IPV6))
		return look_ip(ctx, packet, 6, rule);
	return XNLB_REASON_NOT_IP;
}

SEC("xdp.frags")
int xnlb_xdp(struct xdp_md *ctx)
{
	struct packet packet = {};
	enum xnlb_reason reason;
	__u32 rule = 0;

	reason = look(ctx, &packet, &rule);
	count(rule, reason);
	switch (verdict(reason)) {
	case XNLB_VERDICT_DROP:
		return XDP_DROP;
	case XNLB_VERDICT_ACCEPT:
		/* The stamp: the tc companion lets only frames to the node's own MAC in. */
		mac_write(packet.frame->dest, setup.own_mac.word);
		return XDP_PASS;
	default:
		return XDP_PASS;
	}
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
