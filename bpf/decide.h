/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which node takes it? The bucket, its owner, and the verdict that follows. */
#ifndef BPF_DECIDE_H
#define BPF_DECIDE_H

#include <xnlb/verdict.h>
#include "maps.h"
#include "packet.h"
#include "setup.h"

static __always_inline __u32 flow_bucket(const struct packet *packet, __u32 slot,
					 const __u32 family, __u32 code)
{
	const struct xnlb_hash_key *key = (const struct xnlb_hash_key *)&setup.hash;
	enum xnlb_affinity affinity = xnlb_code_affinity(code);

	/* The key is read without `volatile`, and the compiler knows its initializer: zero. */
	barrier_var(key);
	if (family == 4) {
		const struct iphdr *ip = packet->network;

		return xnlb_bucket4(key, affinity, ip->saddr, ip->daddr, packet->ports,
				    packet->proto);
	} else {
		const struct ipv6hdr *ip = packet->network;

		return xnlb_bucket6(key, affinity, ip->saddr.in6_u.u6_addr32,
				    setup.ip6[slot & (XNLB_IP_SLOTS - 1)].hash, packet->ports,
				    packet->proto);
	}
}

/* The entry of a bucket in the half that counts now; negative if a table is missing. */
static __always_inline int bucket_owner(__u32 plan, __u32 bucket)
{
	struct xnlb_plan *owner;
	__u32 index = (live.active & 1) * setup.plans + plan;

	owner = bpf_map_lookup_elem(&owners, &index);
	if (!owner)
		return -1;
	return owner->owner[bucket];
}

/* Also sets *entry to the owner's entry, with its mark if the bucket is moving. */
static __always_inline enum xnlb_reason decide(const struct packet *packet, __u32 slot,
					       const __u32 family, __u32 code, __u8 *entry)
{
	int owner = bucket_owner(xnlb_code_plan(code), flow_bucket(packet, slot, family, code));

	if (owner < 0)
		return XNLB_REASON_INTERNAL;
	*entry = owner;
	return xnlb_judge(code, owner, setup.node, setup.default_drop);
}

#endif
