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

/* The verdict of a reason. Their list is in the order of the verdicts, so two comparisons tell. */
static __always_inline enum xnlb_verdict verdict(enum xnlb_reason reason)
{
#define X(id, field, name, verdict, text) +(XNLB_VERDICT_##verdict == XNLB_VERDICT_ACCEPT)
	enum { accept = 0 XNLB_REASON_LIST(X) };
#undef X
#define X(id, field, name, verdict, text) +(XNLB_VERDICT_##verdict == XNLB_VERDICT_DROP)
	enum { drop = 0 XNLB_REASON_LIST(X) };
#undef X

#define X(id, field, name, verdict, text)                                                    \
	_Static_assert((XNLB_REASON_##id >= accept) + (XNLB_REASON_##id >= accept + drop) == \
			       XNLB_VERDICT_##verdict,                                       \
		       "a reason stands among those of its verdict");
	XNLB_REASON_LIST(X)
#undef X

	if (reason < accept)
		return XNLB_VERDICT_ACCEPT;
	return reason < accept + drop ? XNLB_VERDICT_DROP : XNLB_VERDICT_PASS;
}

#endif
