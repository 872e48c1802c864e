// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the daemon publishes for a view: who owns, and which buckets move. */
#include <errno.h>
#include <stdlib.h>

#include "build.h"
#include "daemon/owners.h"

#define SELF 1

static struct owners owners;
static struct order order;
static struct residual_bits none, all;

static void begin(void)
{
	memset(&order, 0, sizeof(order));
	memset(&all, 0xff, sizeof(all));
	order.own = OWN_VIEW;
	order.view.members = 3;
	memset(order.view.weight, 100, 3);
	add_nodes(3);
	add_ip("10.0.0.1");
	add_rule(80);
	add_rule(81);
	build(7);
	tables->setup.node = SELF;
	cr_assert_eq(owners_init(&owners, tables), 0);
}

static void end(void)
{
	owners_free(&owners);
	teardown();
}

TestSuite(owners, .init = begin, .fini = end);

/* Entries of a rule with this value. */
static int count(const struct owners *of, uint32_t rule, uint8_t entry)
{
	const struct xnlb_plan *plan = &of->entry[of->tables->rule[rule].plan];
	int found = 0;

	for (int i = 0; i < XNLB_BUCKETS; i++)
		found += plan->owner[i] == entry;
	return found;
}

static bool settle(void)
{
	return owners_settle(&owners, &order, &none, &none);
}

Test(owners, all_buckets_move_until_nobody_holds_flows)
{
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 1, 1 | XNLB_OWNER_MOVING), 2048);
	cr_assert_eq(count(&owners, 1, 2 | XNLB_OWNER_MOVING), 2048);
	cr_assert(owners.moving);
	cr_assert(!owners_settle(&owners, &order, &all, &all));
	cr_assert(owners_settle(&owners, &order, &none, &all), "those of this node come to rest");
	cr_assert_eq(count(&owners, 1, 1), 2048);
	cr_assert_eq(count(&owners, 1, 2 | XNLB_OWNER_MOVING), 2048);
	cr_assert(settle());
	cr_assert_eq(count(&owners, 1, 2), 2048);
	cr_assert(!owners.moving);
}

Test(owners, what_moved_is_counted)
{
	owners_view(&owners, &order, false);
	settle();
	order.own = OWN_KEPT;
	order.view.members = 1;
	owners_view(&owners, &order, false);
	cr_assert_eq(owners.moved, 2048, "of the plan of the rules; the default node stays: %u",
		     owners.moved);
}

Test(owners, kept_is_what_it_had_and_has)
{
	owners_view(&owners, &order, false);
	settle();
	order.own = OWN_KEPT;
	order.view.members = 7;
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 1, 1), 1366, "it gains none when one joins: %d",
		     count(&owners, 1, 1));
	order.view.members = 1;
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 1, 1), 1366);
	cr_assert_eq(count(&owners, 1, XNLB_OWNER_MOVING), 4096 - 1366);
	order.own = OWN_NOTHING;
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 1, XNLB_OWNER_MOVING), 4096);
	order.own = OWN_VIEW;
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 1, 1) + count(&owners, 1, 1 | XNLB_OWNER_MOVING), 4096);
}

Test(owners, where_others_may_have_had_any_all_move_again)
{
	owners_view(&owners, &order, false);
	settle();
	owners_view(&owners, &order, false);
	cr_assert(!owners.moving);
	owners_view(&owners, &order, true);
	cr_assert_eq(count(&owners, 1, 1 | XNLB_OWNER_MOVING), 2048);
	cr_assert_eq(count(&owners, 1, 2 | XNLB_OWNER_MOVING), 2048);
}

static int splits;

static int split(void *data, uint32_t rule)
{
	cr_assert_eq(data, &splits);
	cr_assert_eq(rule, 2);
	splits++;
	return 0;
}

static int fail(void *data, uint32_t rule)
{
	(void)data;
	(void)rule;
	return -EIO;
}

Test(owners, a_closed_rule_gets_a_plan_with_the_entries_that_it_had)
{
	struct xnlb_plan before;

	owners_view(&owners, &order, false);
	settle();
	before = owners.entry[1];
	rule_set_add(&order.closed[0], 2);
	cr_assert_eq(owners_split(&owners, &order, split, &splits), 0);
	cr_assert_eq(splits, 1);
	cr_assert_arr_eq(&owners.entry[tables->rule[2].plan], &before, sizeof(before));
	owners_view(&owners, &order, false);
	cr_assert_eq(count(&owners, 2, 2) + count(&owners, 2, 2 | XNLB_OWNER_MOVING), 4096);
	cr_assert_eq(count(&owners, 1, 1), 2048, "the other rule is at rest");
	cr_assert_eq(owners_split(&owners, &order, split, &splits), 0);
	cr_assert_eq(splits, 1, "it has its own already");
}

Test(owners, a_split_that_fails_is_told)
{
	rule_set_add(&order.closed[0], 2);
	cr_assert_eq(owners_split(&owners, &order, fail, NULL), -EIO);
}

/* The next configuration's, gone over to in PREP. */
static void go_over(struct owners *next)
{
	struct tables *former = tables;

	owners_view(&owners, &order, false);
	settle();
	build(7);
	tables->setup.node = SELF;
	cr_assert_eq(owners_init(next, tables), 0);
	owners_carry(next, &owners);
	order.own = OWN_KEPT;
	owners_view(next, &order, false);
	tables = former;
}

static void forget(struct owners *next)
{
	tables_free(next->tables);
	owners_free(next);
}

Test(owners, another_configuration_keeps_rules_that_are_the_same)
{
	struct owners next;

	cluster.rule[1].port_first = cluster.rule[1].port_last = 82;
	cluster.rule[1].weight[0] = 51; /* a plan of its own */
	go_over(&next);
	cr_assert_eq(count(&next, 1, 1 | XNLB_OWNER_MOVING), 2048);
	cr_assert_eq(count(&next, 2, 1 | XNLB_OWNER_MOVING), 0, "other ports: nothing is kept");
	cr_assert_eq(next.entry[0].owner[0], XNLB_OWNER_MOVING,
		     "port 81 was somebody else's: it is not kept as one without a rule");
	forget(&next);
}

Test(owners, a_plan_that_rules_share_is_kept_where_both_were)
{
	struct owners next;

	cluster.rule[1].port_first = cluster.rule[1].port_last = 82;
	go_over(&next);
	cr_assert_eq(count(&next, 1, 1 | XNLB_OWNER_MOVING), 0);
	forget(&next);
}

Test(owners, one_rule_more_leaves_the_others_and_the_rest)
{
	struct owners next;

	add_rule(90)->weight[0] = 7;
	go_over(&next);
	cr_assert_eq(count(&next, 1, 1 | XNLB_OWNER_MOVING), 2048);
	cr_assert_eq(count(&next, 3, 1 | XNLB_OWNER_MOVING), 0);
	cr_assert_eq(next.entry[0].owner[0], 1 | XNLB_OWNER_MOVING);
	forget(&next);
}

Test(owners, another_affinity_is_another_rule)
{
	struct owners next;

	cluster.rule[0].affinity = XNLB_AFFINITY_SINGLE;
	cluster.rule[0].weight[0] = 51;
	go_over(&next);
	cr_assert_eq(count(&next, 1, 1 | XNLB_OWNER_MOVING), 0);
	cr_assert_eq(count(&next, 2, 1 | XNLB_OWNER_MOVING), 2048);
	forget(&next);
}
