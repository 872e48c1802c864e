/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which port rule covers the packet? */
#ifndef BPF_RULE_H
#define BPF_RULE_H

#include "maps.h"
#include "packet.h"
#include "setup.h"

/* Sets *code (0: no rule). Protocols without ports have no rule. */
static __always_inline enum xnlb_reason find_rule(const struct packet *packet, __u32 slot,
						  const __u32 family, __u32 *code)
{
	struct xnlb_row *row;
	__u32 index;

	*code = 0;
	slot &= XNLB_IP_SLOTS - 1;
	if (packet->proto == IPPROTO_TCP)
		index = family == 4 ? setup.ip4[slot].row_tcp : setup.ip6[slot].row_tcp;
	else if (packet->proto == IPPROTO_UDP)
		index = family == 4 ? setup.ip4[slot].row_udp : setup.ip6[slot].row_udp;
	else
		return GO_ON;

	row = bpf_map_lookup_elem(&rows, &index);
	if (!row)
		return XNLB_REASON_INTERNAL;
	*code = row->code[bpf_ntohl(packet->ports) & 0xffff];
	return GO_ON;
}

#endif
