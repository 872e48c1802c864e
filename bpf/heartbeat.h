/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A datagram to the port of heartbeats (include/xnlb/wire.h): is it one, of whom, is it new, is its
 * tag right? Checked here, at the NIC, so that a flood of anything, or a daemon that is late,
 * cannot make another node look dead. What is right is stamped, ends this node's lease if it has
 * to, and goes to the daemon through a ring buffer; nothing of it reaches the stack. Cheapest
 * checks first.
 */
#ifndef BPF_HEARTBEAT_H
#define BPF_HEARTBEAT_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/udp.h>
#include <xnlb/fence.h>
#include <xnlb/siphash.h>
#include <xnlb/wire.h>
#include "link.h"
#include "maps.h"
#include "packet.h"
#include "setup.h"

#define ADDRESS_WORDS 4 /* the addresses' share of what the tag is over */

/* This node's own, come back. In another life it is somebody else's with this node's id. */
static __always_inline bool is_echo(const struct xnlb_frame_head *head)
{
	return head->node == setup.node && live.incarnation &&
	       bpf_ntohl(head->incarnation) == live.incarnation;
}

/* Is it a frame that this node can read, by a node of this cluster? Length is in host order. */
static __always_inline enum xnlb_reason check_head(const struct xnlb_frame_head *head, __u32 length)
{
	if (head->magic != bpf_htonl(XNLB_FRAME_MAGIC))
		return XNLB_REASON_HEARTBEAT_BROKEN;
	if (head->version == XNLB_FRAME_VERSION &&
	    (bpf_ntohs(head->length) != length || head->count > XNLB_NODES_MAX ||
	     length < XNLB_FRAME_MEMBERS(head->count) + XNLB_FRAME_TAG))
		return XNLB_REASON_HEARTBEAT_BROKEN;
	if (head->cluster != setup.cluster)
		return XNLB_REASON_HEARTBEAT_CLUSTER;
	if (is_echo(head))
		return XNLB_REASON_HEARTBEAT_OWN;
	if (head->node < 1 || head->node > XNLB_NODES_MAX || !(setup.nodes >> (head->node - 1) & 1))
		return XNLB_REASON_HEARTBEAT_NODE;
	return GO_ON;
}

/* What the frame says of its sender may be a lie: it is counted, and nothing else. */
static __always_inline void count_stranger(__u32 node, enum xnlb_reason reason)
{
	struct xnlb_stranger *stranger = bpf_map_lookup_elem(&strangers, &node);

	if (!stranger)
		return;
	if (reason == XNLB_REASON_HEARTBEAT_CLUSTER)
		__sync_fetch_and_add(&stranger->clusters, 1);
	else
		__sync_fetch_and_add(&stranger->keys, 1);
}

static __always_inline bool is_new_greeting(const struct xnlb_stranger *stranger,
					    const struct xnlb_frame_head *head)
{
	return stranger->incarnation != bpf_ntohl(head->incarnation) ||
	       bpf_be64_to_cpu(head->sequence) > stranger->sequence;
}

/* Sequences of a life only go up. Of a life that the daemon does not know yet, they are kept apart.
 */
static __always_inline bool is_new(const struct xnlb_peer *peer, const struct xnlb_frame_head *head)
{
	__u32 incarnation = bpf_ntohl(head->incarnation);
	__u64 sequence = bpf_be64_to_cpu(head->sequence);

	if (peer->incarnation == incarnation)
		return sequence > peer->sequence;
	/* Somebody may play back what was said in several lives, in turn. */
	if (bpf_ktime_get_boot_ns() - peer->other_ns < XNLB_SPACING_NS)
		return false;
	return peer->other != incarnation || sequence > peer->other_sequence;
}

static __always_inline void stamp(struct xnlb_peer *peer, const struct xnlb_frame_head *head,
				  __u64 now)
{
	__u32 incarnation = bpf_ntohl(head->incarnation);
	__u64 sequence = bpf_be64_to_cpu(head->sequence);

	if (peer->incarnation == incarnation) {
		peer->haste =
			xnlb_haste(peer->haste, sequence - peer->sequence, now - peer->arrival_ns);
		peer->sequence = sequence;
		peer->arrival_ns = now;
	} else {
		peer->other = incarnation;
		peer->other_sequence = sequence;
		peer->other_ns = now;
		peer->haste = 0;
	}
}

/* The key's place in setup.auth, or XNLB_AUTH_KEYS. */
static __always_inline __u32 find_key(__u8 id)
{
	for (__u32 i = 0; i < XNLB_AUTH_KEYS; i++)
		if (id && setup.auth[i].id == id)
			return i;
	return XNLB_AUTH_KEYS;
}

struct digest {
	struct xnlb_siphash sip;
	const __u64 *words; /* addresses and frame */
};

static long digest_word(__u32 i, void *data)
{
	struct digest *digest = data;

	if (i >= ADDRESS_WORDS + (XNLB_FRAME_MAX - XNLB_FRAME_TAG) / 8)
		return 1;
	xnlb_siphash_word(&digest->sip, digest->words[i]);
	return 0;
}

static __always_inline bool tag_right(const struct xnlb_desk *work, __u32 key, __u32 length)
{
	struct digest digest = {.words = (const void *)work->arrival.source};
	__u32 words = (length - XNLB_FRAME_TAG) / 8, at = words;
	const __u64 secret[2] = {setup.auth[key].key[0], setup.auth[key].key[1]};
	__u64 tag[2];

	xnlb_siphash_begin(&digest.sip, secret);
	/* A loop of its own would be followed by the verifier round by round. */
	bpf_loop(ADDRESS_WORDS + words, digest_word, &digest, 0);
	xnlb_siphash_end(&digest.sip, ADDRESS_WORDS + words, tag);
	barrier_var(at); /* the verifier has to see it here */
	if (at > XNLB_FRAME_MAX / 8 - 2)
		return false;
	return tag[0] == work->frame[at] && tag[1] == work->frame[at + 1];
}

/* The addresses as the tag has them: IPv4 as ::ffff:a.b.c.d. */
static __always_inline bool note_addresses(struct xnlb_arrival *arrival, const void *ip,
					   const void *end, __u32 family)
{
	if (family == 4) {
		const struct iphdr *ip4 = ip;

		if ((const void *)(ip4 + 1) > end)
			return false;
		__builtin_memset(arrival->source, 0, 32);
		arrival->source[10] = arrival->source[11] = 0xff;
		arrival->destination[10] = arrival->destination[11] = 0xff;
		__builtin_memcpy(arrival->source + 12, &ip4->saddr, 4);
		__builtin_memcpy(arrival->destination + 12, &ip4->daddr, 4);
	} else {
		const struct ipv6hdr *ip6 = ip;

		if ((const void *)(ip6 + 1) > end)
			return false;
		__builtin_memcpy(arrival->source, &ip6->saddr, 32);
	}
	return true;
}

static __always_inline bool operates(__u8 state)
{
	return state >= XNLB_STATE_PREP && state <= XNLB_STATE_ACTIVE;
}

/* R8: what this node must not go on with. */
static __always_inline void fence(const struct xnlb_desk *work, __u64 now, __u64 haste)
{
	const struct xnlb_frame_head *head = (const void *)work->frame;
	const struct xnlb_frame_member *member = (const void *)(head + 1);
	__u64 epoch = bpf_be64_to_cpu(head->view_epoch), rank = bpf_be64_to_cpu(head->view_rank);
	__u64 me = 1ull << ((setup.node - 1) & 63), lease = live.lease_ns;
	__u32 life = live.incarnation, index = (setup.node - 1) & 63;
	bool here = setup.node <= head->count, is_member, hears;

	if (!life || lease <= now || !operates(head->state))
		return;
	is_member = here && bpf_be64_to_cpu(head->view_members) & me &&
		    bpf_ntohl(member[index].incarnation) == life;
	hears = here && bpf_be64_to_cpu(head->heard) & me &&
		bpf_ntohl(member[index].heard_incarnation) == life;
	if (!xnlb_fences(epoch > live.view_epoch ||
				 (epoch == live.view_epoch && rank > live.view_rank),
			 is_member, hears, lease - now <= setup.stale_ns, haste))
		return;
	live.fenced = 1;
	live.lease_ns = 0;
	live.lease_jiffies = 0;
}

static __always_inline bool is_broadcast(const __u8 *mac)
{
	return mac_word(mac) == 0xffffffffffff;
}

/* Its tag is right. A reason, with which it is counted. */
static __always_inline enum xnlb_reason note(struct xnlb_desk *work, struct xnlb_peer *peer,
					     struct xnlb_stranger *stranger, bool greets)
{
	const struct xnlb_frame_head *head = (const void *)work->frame;

	work->arrival.greets = greets;
	if (greets) {
		stranger->incarnation = bpf_ntohl(head->incarnation);
		stranger->sequence = bpf_be64_to_cpu(head->sequence);
		return XNLB_REASON_HEARTBEAT_GREETING;
	}
	stamp(peer, head, work->arrival.arrival_ns);
	/* Of two machines with one id the one that serves goes on: the daemon sees to that. */
	if (head->node == setup.node)
		return XNLB_REASON_HEARTBEAT_OWN;
	fence(work, work->arrival.arrival_ns, peer->haste);
	return XNLB_REASON_HEARTBEAT;
}

/* Two comparisons: of a range in one, which compilers make of them, the verifier of 6.1 keeps
 * nothing. */
static __always_inline bool copy_frame(struct xdp_md *ctx, __u32 offset, __u32 length,
				       struct xnlb_desk *work)
{
	barrier_var(length);
	if (length < XNLB_FRAME_MIN)
		return false;
	barrier_var(length);
	return length <= XNLB_FRAME_MAX && !bpf_xdp_load_bytes(ctx, offset, work->frame, length);
}

/*
 * `network` and `transport` are where the headers begin, from the start of the frame. A function of
 * its own, so that the verifier follows it once.
 */
__noinline int heartbeat(struct xdp_md *ctx, __u32 network, __u32 transport, __u32 family)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct udphdr *udp = data + (transport & 0xfff);
	const struct xnlb_frame_head *head = (const void *)(udp + 1);
	const struct ethhdr *frame = data;
	__u32 length, key, node, zero = 0;
	enum xnlb_reason reason;
	struct xnlb_stranger *stranger;
	struct xnlb_peer *peer;
	struct xnlb_desk *work;
	bool greets;

	/* The compiler knows that the second follows from the first, the verifier does not. */
	barrier_var(frame);
	if ((const void *)(head + 1) > end || (const void *)(frame + 1) > end)
		return XNLB_REASON_HEARTBEAT_BROKEN;
	/* It shows that clients' packets get here: it has to take the same way. */
	greets = is_broadcast(frame->h_dest);
	if (!greets && mac_word(frame->h_dest) != setup.cluster_mac.word)
		return XNLB_REASON_HEARTBEAT_BROKEN;
	length = bpf_ntohs(udp->len) - (__u32)sizeof(*udp);
	if (length < XNLB_FRAME_MIN || length > XNLB_FRAME_MAX || length % 8)
		return XNLB_REASON_HEARTBEAT_BROKEN;
	reason = check_head(head, length);
	node = head->node;
	key = find_key(head->key);
	if (reason == GO_ON && key >= XNLB_AUTH_KEYS)
		reason = XNLB_REASON_HEARTBEAT_KEY;
	if (reason == XNLB_REASON_HEARTBEAT_CLUSTER || reason == XNLB_REASON_HEARTBEAT_KEY)
		count_stranger(node, reason);
	if (reason != GO_ON || key >= XNLB_AUTH_KEYS)
		return reason;
	greets |= head->version != XNLB_FRAME_VERSION;
	stranger = bpf_map_lookup_elem(&strangers, &node);
	peer = bpf_map_lookup_elem(&peers, &node);
	work = bpf_map_lookup_elem(&desk, &zero);
	if (!peer || !work || !stranger)
		return XNLB_REASON_INTERNAL;
	if (greets ? !is_new_greeting(stranger, head) : !is_new(peer, head))
		return XNLB_REASON_HEARTBEAT_OLD;
	if (!note_addresses(&work->arrival, data + (network & 0x3f), end, family))
		return XNLB_REASON_HEARTBEAT_BROKEN;
	__builtin_memcpy(work->arrival.mac, frame->h_source, 6);
	if (!copy_frame(ctx, (transport & 0xfff) + sizeof(*udp), length, work))
		return XNLB_REASON_HEARTBEAT_BROKEN;
	if (!tag_right(work, key, length)) {
		count_stranger(node, XNLB_REASON_HEARTBEAT_TAG);
		return XNLB_REASON_HEARTBEAT_TAG;
	}

	work->arrival.arrival_ns = bpf_ktime_get_boot_ns();
	work->arrival.length = length;
	reason = note(work, peer, stranger, greets);
	barrier_var(length);
	if (length > XNLB_FRAME_MAX ||
	    bpf_ringbuf_output(&heartbeats, work, sizeof(work->arrival) + length, 0))
		return XNLB_REASON_HEARTBEAT_UNREAD;
	return reason;
}

#endif
