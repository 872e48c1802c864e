/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counting. It cannot change a verdict: where a counter is missing, the packet goes its way. */
#ifndef BPF_COUNT_H
#define BPF_COUNT_H

#include "maps.h"

static __always_inline void count(__u32 rule, enum xnlb_reason reason)
{
	struct xnlb_counters *counter = bpf_map_lookup_elem(&counters, &rule);

	if (counter && reason < XNLB_REASONS)
		((__u64 *)counter)[reason]++;
}

/* The verdict of a reason, from the one list: a bit for each reason. */
static __always_inline enum xnlb_verdict verdict(enum xnlb_reason reason)
{
#define X(id, field, name, verdict, text) \
	| (__u32)(XNLB_VERDICT_##verdict == XNLB_VERDICT_ACCEPT) << XNLB_REASON_##id
	const __u32 accept = 0 XNLB_REASON_LIST(X);
#undef X
#define X(id, field, name, verdict, text) \
	| (__u32)(XNLB_VERDICT_##verdict == XNLB_VERDICT_DROP) << XNLB_REASON_##id
	const __u32 drop = 0 XNLB_REASON_LIST(X);
#undef X

	_Static_assert(XNLB_REASONS <= 32, "a reason is a bit of a word");
	if (accept >> reason & 1)
		return XNLB_VERDICT_ACCEPT;
	return drop >> reason & 1 ? XNLB_VERDICT_DROP : XNLB_VERDICT_PASS;
}

#endif
