// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which node takes a packet, read from the tables as the XDP program reads them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <xnlb/verdict.h>

#include "core/slots.h"
#include "core/tables.h"

/* The code for the flow's destination; 0 for a protocol without ports. */
static int flow_code(const struct tables *tables, const struct flow *flow, const __be32 dst[4],
		     uint32_t *code)
{
	uint16_t row_tcp, row_udp;

	if (flow->dst.family == 4) {
		const struct xnlb_ip4_slot *slot = slots_ip4(&tables->setup, dst[0]);

		if (!slot)
			return -EADDRNOTAVAIL;
		row_tcp = slot->row_tcp;
		row_udp = slot->row_udp;
	} else {
		const struct xnlb_ip6_slot *slot = slots_ip6(&tables->setup, dst);

		if (!slot)
			return -EADDRNOTAVAIL;
		row_tcp = slot->row_tcp;
		row_udp = slot->row_udp;
	}

	*code = 0;
	if (flow->proto == IPPROTO_TCP)
		*code = tables->row[row_tcp].code[flow->dport];
	else if (flow->proto == IPPROTO_UDP)
		*code = tables->row[row_udp].code[flow->dport];
	return 0;
}

static uint32_t flow_bucket(const struct tables *tables, const struct flow *flow,
			    const __be32 dst[4], uint32_t code)
{
	const struct xnlb_hash_key *key = &tables->setup.hash;
	enum xnlb_affinity affinity = xnlb_code_affinity(code);
	__be32 src[4], ports = 0;

	memcpy(src, flow->src.bytes, sizeof(src));
	if (flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP)
		ports = htonl((uint32_t)flow->sport << 16 | flow->dport);
	if (flow->dst.family == 4)
		return xnlb_bucket4(key, affinity, src[0], dst[0], ports, flow->proto);
	return xnlb_bucket6(key, affinity, src, xnlb_hash_dst6(key, dst), ports, flow->proto);
}

/* What the tables say, in the light of the lease and of a bucket that has no owner yet. */
static enum xnlb_reason as_it_stands(const struct tables *tables, uint8_t entry,
				     enum xnlb_reason reason)
{
	if (tables->idle &&
	    (reason == XNLB_REASON_OWN_BUCKET || reason == XNLB_REASON_DEFAULT_NODE))
		return XNLB_REASON_NO_LEASE;
	if (entry == XNLB_OWNER_MOVING && reason == XNLB_REASON_NO_OWNER)
		return XNLB_REASON_MOVING;
	return reason;
}

int tables_explain(const struct tables *tables, const struct flow *flow, struct explanation *out)
{
	const struct xnlb_setup *setup = &tables->setup;
	uint32_t code, bucket;
	__be32 dst[4];
	uint8_t entry, owner, node;
	int err;

	if (flow->src.family != flow->dst.family)
		return -EAFNOSUPPORT;
	memcpy(dst, flow->dst.bytes, sizeof(dst));
	err = flow_code(tables, flow, dst, &code);
	if (err)
		return err;
	bucket = flow_bucket(tables, flow, dst, code);
	entry = tables->plan[xnlb_code_plan(code)].owner[bucket];
	owner = xnlb_owner_id(entry);

	/* Whom the answer is for: id 1 stands for every node where nobody takes it. */
	node = setup->node ? setup->node : owner ? owner : 1;
	out->reason = xnlb_judge(code, owner, node, setup->default_drop);
	if (setup->node)
		out->reason = as_it_stands(tables, entry, out->reason);
	out->moves = entry & XNLB_OWNER_MOVING;
	out->verdict = reason_verdict(out->reason);
	out->rule = xnlb_code_rule(code);
	out->bucket = bucket;
	/* Would the owner of the bucket take it? Plan 0 has one even where every node drops. */
	if (reason_verdict(xnlb_judge(code, owner, owner, setup->default_drop)) !=
	    XNLB_VERDICT_ACCEPT)
		owner = 0;
	out->owner = owner;
	return 0;
}

unsigned int tables_share(const struct tables *tables, uint32_t rule, uint8_t id)
{
	const struct xnlb_plan *plan;
	unsigned int share = 0;

	if (rule > tables->cluster.rules || tables->rule[rule].filter == XNLB_FILTER_DISABLED)
		return 0;
	plan = &tables->plan[tables->rule[rule].plan];
	for (int i = 0; i < XNLB_BUCKETS; i++)
		share += xnlb_owner_id(plan->owner[i]) == id;
	return share;
}
