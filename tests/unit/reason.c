// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "core/tables.h"

Test(reason, names_are_unique_and_fit_to_print)
{
	for (int i = 0; i < XNLB_REASONS; i++) {
		const char *name = reason_name((enum xnlb_reason)i);

		cr_assert_geq(strlen(name), 3);
		for (const char *c = name; *c; c++)
			cr_assert(islower(*c) || *c == '-', "%s", name);
		cr_assert_geq(strlen(reason_text((enum xnlb_reason)i)), 10, "%s", name);
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(name, reason_name((enum xnlb_reason)j));
	}
}

Test(reason, table_follows_the_list)
{
	cr_assert_str_eq(reason_name(XNLB_REASON_OWN_BUCKET), "own-bucket");
	cr_assert_str_eq(reason_text(XNLB_REASON_DISABLED), "its port rule is disabled");
	cr_assert_eq(reason_verdict(XNLB_REASON_OWN_BUCKET), XNLB_VERDICT_ACCEPT);
	cr_assert_eq(reason_verdict(XNLB_REASON_OTHER_BUCKET), XNLB_VERDICT_DROP);
	cr_assert_eq(reason_verdict(XNLB_REASON_NOT_CLUSTER), XNLB_VERDICT_PASS);
	cr_assert_str_eq(reason_name((enum xnlb_reason)(XNLB_REASONS - 1)), "truncated");
}

/* One counter for each reason, in the same order. */
Test(reason, counters_are_as_many)
{
	cr_assert_eq(sizeof(struct xnlb_counters), XNLB_REASONS * sizeof(unsigned long long));
#define X(id, field, name, verdict, text)                   \
	cr_assert_eq(offsetof(struct xnlb_counters, field), \
		     XNLB_REASON_##id * sizeof(unsigned long long));
	XNLB_REASON_LIST(X)
#undef X
}
