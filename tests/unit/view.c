// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>

#include "core/timing.h"
#include "core/view.h"

static struct view sample(void)
{
	struct view view = {.id.epoch = 7, .members = 0xb, .digest = 42};

	for (int i = 0; i < 4; i++)
		if (view.members >> i & 1) {
			view.incarnation[i] = 100u + (unsigned)i;
			view.weight[i] = 50;
		}
	view_seal(&view, 2);
	return view;
}

Test(view, sealed_view_is_valid_and_says_who_proposed_it)
{
	struct view view = sample();

	cr_assert(view_valid(&view));
	cr_assert_eq(view_proposer(&view), 2);
	cr_assert_eq(view.id.rank, 3ull << 40 | 2ull << 32 | 101);
	cr_assert(view_has(&view, 4, 103));
	cr_assert_not(view_has(&view, 4, 104));
	cr_assert_not(view_has(&view, 3, 0));
}

Test(view, order_is_epoch_size_proposer_incarnation)
{
	/* Each higher than the one before. */
	struct view_id order[] = {
		{1, 9ull << 40 | 9ull << 32 | 9}, {2, 1ull << 40 | 1ull << 32 | 1},
		{2, 1ull << 40 | 1ull << 32 | 2}, {2, 1ull << 40 | 2ull << 32 | 1},
		{2, 2ull << 40 | 1ull << 32 | 1}, {3, 1ull << 40 | 1ull << 32 | 1},
	};
	int count = sizeof(order) / sizeof(order[0]);

	for (int a = 0; a < count; a++)
		for (int b = 0; b < count; b++)
			cr_assert_eq(view_compare(&order[a], &order[b]), a < b ? -1 : a > b,
				     "%d and %d", a, b);
}

Test(view, whatever_is_changed_makes_it_invalid)
{
	struct view view;

	for (size_t at = 0; at < sizeof(view); at++) {
		view = sample();
		((unsigned char *)&view)[at] ^= 1;
		cr_assert_not(view_valid(&view), "byte %zu", at);
	}
}

Test(view, contradictions_are_invalid_even_with_their_hash)
{
	struct view view = sample();

	view.incarnation[0] = 0;
	view.hash = view_hash(&view);
	cr_assert_not(view_valid(&view), "a member without incarnation");
	view = sample();
	view.weight[2] = 1;
	view.hash = view_hash(&view);
	cr_assert_not(view_valid(&view), "a weight of no member");
	view = sample();
	view.weight[0] = 101;
	view.hash = view_hash(&view);
	cr_assert_not(view_valid(&view), "a weight beyond the limit");
	view = sample();
	view.id.rank = 3ull << 40 | 3ull << 32;
	view.hash = view_hash(&view);
	cr_assert_not(view_valid(&view), "a proposer that is no member");
	view = sample();
	view.id.epoch = 0;
	view.hash = view_hash(&view);
	cr_assert_not(view_valid(&view), "no epoch");
}

Test(view, common_members_are_in_the_same_life)
{
	struct view a = sample(), b = sample();

	cr_assert(view_same(&a, &b));
	cr_assert_eq(view_common(&a, &b), 0xb);
	b.incarnation[1]++;
	b.members |= 4;
	cr_assert_eq(view_common(&a, &b), 0x9);
	view_seal(&b, 1);
	cr_assert_not(view_same(&a, &b));
}

Test(timing, follows_from_period_and_tolerance)
{
	struct timing timing;

	timing_derive(50000, 3, &timing);
	cr_assert_eq(timing.lease, 500000);
	cr_assert_eq(timing.suspect, 300000);
	cr_assert_eq(timing.wait, 501500);
	cr_assert_eq(timing.unmet, 250000);
	timing_derive(10000, 2, &timing);
	cr_assert_eq(timing.lease, 80000);
	cr_assert_eq(timing.suspect, 50000);
	cr_assert_eq(timing.wait, 81080);
}
