// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The reasons of include/xnlb/reason.h as tables. */
#include "core/tables.h"

static const struct {
	const char *name, *text;
	enum xnlb_verdict verdict;
} reasons[XNLB_REASONS] = {
#define X(id, field, name, verdict, text) {name, text, XNLB_VERDICT_##verdict},
	XNLB_REASON_LIST(X)
#undef X
};

const char *reason_name(enum xnlb_reason reason)
{
	return reasons[reason].name;
}

const char *reason_text(enum xnlb_reason reason)
{
	return reasons[reason].text;
}

enum xnlb_verdict reason_verdict(enum xnlb_reason reason)
{
	return reasons[reason].verdict;
}
