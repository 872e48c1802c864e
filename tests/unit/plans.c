// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Plans that rules share, until a rule is closed somewhere. */
#include <errno.h>

#include "build.h"
#include "core/view.h"

static struct rule_set closed[XNLB_NODES_MAX];
static struct view view;

static void begin(void)
{
	memset(closed, 0, sizeof(closed));
	memset(&view, 0, sizeof(view));
	view.members = 7;
	memset(view.weight, 100, 3);
	add_nodes(3);
	add_ip("10.0.0.1");
	add_ip("fd00::1");
	for (uint16_t port = 1; port <= 4; port++)
		add_rule(port);
	add_rule(5)->filter = XNLB_FILTER_DISABLED;
	build(7);
}

TestSuite(plans, .init = begin, .fini = teardown);

static unsigned int sum(uint32_t rule)
{
	return tables_share(tables, rule, 1) + tables_share(tables, rule, 2) +
	       tables_share(tables, rule, 3);
}

Test(plans, a_split_changes_nothing_but_the_number)
{
	struct xnlb_plan before = tables->plan[1];
	uint32_t code = tcp(0, 2);

	cr_assert_eq(tables->cluster.plans, 2);
	cr_assert_eq(tables_split(tables, 2), 2);
	cr_assert_eq(tables->cluster.plans, 3);
	cr_assert_eq(tables->rule[2].plan, 2);
	cr_assert_arr_eq(&tables->plan[2], &before, sizeof(before));
	cr_assert_arr_eq(&tables->plan[1], &before, sizeof(before));
	cr_assert_eq(xnlb_code_plan(tcp(0, 2)), 2);
	cr_assert_eq(xnlb_code_plan(tcp(1, 2)), 2, "each IP has its row");
	cr_assert_eq(tcp(0, 2) ^ code, 3u << 10, "the rest is the same");
	cr_assert_eq(xnlb_code_plan(tcp(0, 1)), 1);
}

Test(plans, who_shares_none_is_not_split)
{
	cr_assert_eq(tables_split(tables, 5), 0, "a disabled rule has none");
	cr_assert_neq(tables_split(tables, 1), 0);
	cr_assert_eq(tables_split(tables, 1), 0);
	cr_assert_neq(tables_split(tables, 2), 0);
	cr_assert_neq(tables_split(tables, 3), 0);
	cr_assert_eq(tables_split(tables, 4), 0, "the last one has it for itself");
	cr_assert_eq(tables->cluster.plans, tables->cluster.room);
}

Test(plans, a_closed_rule_goes_to_the_others)
{
	tables_split(tables, 2);
	rule_set_add(&closed[0], 2);
	tables_own_view(tables, &view, closed);
	cr_assert_eq(tables_share(tables, 2, 1), 0);
	cr_assert_eq(tables_share(tables, 2, 2), 2048);
	cr_assert_eq(sum(2), XNLB_BUCKETS);
	cr_assert_eq(tables_share(tables, 1, 1), 1366, "the other rules are as they were");
	rule_set_add(&closed[1], 2);
	rule_set_add(&closed[2], 2);
	tables_own_view(tables, &view, closed);
	cr_assert_eq(sum(2), 0, "closed everywhere");
	memset(closed, 0, sizeof(closed));
	tables_own_view(tables, &view, closed);
	cr_assert_eq(tables_share(tables, 2, 1), 1366);
}

Test(plans, a_single_rule_goes_to_the_next)
{
	struct rule *rule = add_rule(9);

	rule->filter = XNLB_FILTER_SINGLE;
	rule->priority[1] = 1;
	rule->priority[2] = 2;
	tables_free(tables);
	build(7);
	cr_assert_eq(tables_share(tables, 6, 2), XNLB_BUCKETS);
	rule_set_add(&closed[1], 6);
	tables_own_view(tables, &view, closed);
	cr_assert_eq(tables_share(tables, 6, 3), XNLB_BUCKETS);
}

Test(plans, numbers_are_taken_over)
{
	struct tables *other;

	cr_assert_eq(tables_copy(tables, &other), 0);
	tables_split(tables, 3);
	cr_assert_neq(other->rule[3].plan, tables->rule[3].plan, "a copy of its own");
	cr_assert_eq(tables_adopt(other, tables->rule), 0);
	cr_assert_eq(other->cluster.plans, 3);
	cr_assert_eq(other->rule[3].plan, 2);
	cr_assert_arr_eq(other->row, tables->row, tables->cluster.rows * sizeof(*other->row));
	tables_free(other);
}

Test(plans, numbers_that_do_not_fit_are_refused)
{
	struct xnlb_rule rule[XNLB_RULES_MAX + 1];

	memcpy(rule, tables->rule, sizeof(rule));
	rule[1].plan = tables->cluster.room;
	cr_assert_eq(tables_adopt(tables, rule), -EPROTO);
	rule[1].plan = 0;
	cr_assert_eq(tables_adopt(tables, rule), -EPROTO);
	rule[1].plan = 1;
	rule[5].plan = 1;
	cr_assert_eq(tables_adopt(tables, rule), -EPROTO, "a disabled rule has none");
}
