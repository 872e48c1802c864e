// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP program: a packet's way, parse -> classify -> rule -> bucket -> verdict. Each step is a
 * header of this folder; a step that knows the answer returns a reason, and there is one exit,
 * which counts it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "classify.h"
#include "count.h"
#include "decide.h"
#include "heartbeat.h"
#include "link.h"
#include "moving.h"
#include "neighbour.h"
#include "parse.h"
#include "rule.h"
#include "setup.h"

volatile struct xnlb_live live SEC(".data.live") = {};
volatile struct xnlb_turn turn SEC(".data.turn") = {};

/*
 * For libxdp: behind the programs of its default priority (50), so that a filter comes first; what
 * is passed goes on to the next program. docs/operation.md has more.
 */
struct {
	__uint(priority, 60);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(xnlb_xdp);

/* What a judge returns: the reason and the rule. */
#define JUDGEMENT(reason, rule) ((__u32)(reason) | (rule) << 8)
#define JUDGEMENT_REASON(found) ((enum xnlb_reason)((found)&0xff))
#define JUDGEMENT_RULE(found)	((found) >> 8)

/*
 * A packet for a cluster IP: who takes it, if it was sent to the cluster? `network` is where the IP
 * header begins, from the start of the frame, `slot` the cluster IP's.
 */
static __always_inline __u32 judge(struct xdp_md *ctx, __u32 network, __u32 slot,
				   const __u32 family)
{
	struct packet packet = {.end = (void *)(long)ctx->data_end,
				.frame = (void *)(long)ctx->data,
				.protocol = bpf_htons(family == 4 ? ETH_P_IP : ETH_P_IPV6)};
	enum xnlb_reason reason;
	__u8 owner = 0;
	__u32 code;

	packet.network = (void *)packet.frame + (network & 0x3f);
	reason = family == 4 ? parse_ip4(&packet) : parse_ip6(ctx, &packet);
	if (reason != GO_ON)
		return JUDGEMENT(reason, 0);
	/* A question about the address, as when it is sent to its group: tc answers. */
	if (family == 6 && packet.proto == IPPROTO_ICMPV6 && nd_asks(&packet))
		return JUDGEMENT(XNLB_REASON_NOT_CLUSTER, 0);

	reason = find_rule(&packet, slot, family, &code);
	if (reason != GO_ON)
		return JUDGEMENT(reason, 0);
	reason = decide(&packet, slot, family, code, &owner);
	if (reason == XNLB_REASON_HEARTBEAT)
		reason = heartbeat(ctx, packet.network - (void *)packet.frame,
				   packet.transport - (void *)packet.frame, family);
	else if (!is_settled(&packet, code, owner, reason))
		reason = (enum xnlb_reason)settle(ctx, packet.network - (void *)packet.frame,
						  packet.transport - (void *)packet.frame,
						  ABOUT(family, packet.proto, owner, reason), code);
	return JUDGEMENT(reason, xnlb_code_rule(code));
}

/* Functions of their own, so that the verifier follows them once, not for each depth of tags. */
__noinline __u32 judge4(struct xdp_md *ctx, __u32 network, __u32 slot)
{
	return judge(ctx, network, slot, 4);
}

__noinline __u32 judge6(struct xdp_md *ctx, __u32 network, __u32 slot)
{
	return judge(ctx, network, slot, 6);
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

	if (mac == setup.cluster_mac.word || reason == XNLB_REASON_HEARTBEAT_GREETING)
		return reason;
	if (mac != setup.own_mac.word) {
		*rule = 0;
		return packet->frame->dest[0] & 1 ? XNLB_REASON_GROUP_MAC : XNLB_REASON_OTHER_MAC;
	}
	if (reason == XNLB_REASON_OWN_BUCKET || reason == XNLB_REASON_DEFAULT_NODE)
		return XNLB_REASON_WRONG_MAC;
	if (reason == XNLB_REASON_OTHER_BUCKET || reason == XNLB_REASON_NO_RULE ||
	    reason == XNLB_REASON_NO_SOCKET)
		return XNLB_REASON_WRONG_MAC_DROP;
	return reason;
}

static __always_inline enum xnlb_reason look_ip(struct xdp_md *ctx, const struct packet *packet,
						const __u32 family, __u32 *rule)
{
	__u32 network = packet->network - (void *)packet->frame, slot, found;
	enum xnlb_reason reason;

	reason = family == 4 ? classify4(packet, &slot) : classify6(packet, &slot);
	if (reason != GO_ON)
		return reason;
	found = family == 4 ? judge4(ctx, network, slot) : judge6(ctx, network, slot);
	*rule = JUDGEMENT_RULE(found);
	return check_mac(packet, JUDGEMENT_REASON(found), rule);
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

	/* Beside its replacement under libxdp's dispatcher, which of the two? One read, no more. */
	if (setup.turn && turn.current != setup.turn)
		return XDP_PASS;
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
