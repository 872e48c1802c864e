// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/beat.h"
#include "daemon/strangers.h"

#define KEY  (1u << DIFFERS_KEY)
#define SEED (1u << XNLB_PART_SEED)

static struct strangers strangers;
static struct xnlb_stranger seen[XNLB_NODES_MAX + 1];
static uint8_t differs[XNLB_NODES_MAX];
static struct instant now = {1000000};

static void look(void)
{
	strangers_look(&strangers, seen, now, differs);
}

Test(strangers, what_was_counted_before_is_not_news)
{
	seen[3].keys = 7;
	look();
	cr_assert_eq(differs[2], 0);
	look();
	cr_assert_eq(differs[2], 0);
}

Test(strangers, a_count_that_goes_up_is_told_for_three_seconds)
{
	look();
	seen[3].keys++;
	seen[4].clusters++;
	look();
	cr_assert_eq(differs[2], KEY);
	cr_assert_eq(differs[3], SEED);
	cr_assert_eq(differs[0], 0);
	now.us += STRANGERS_US - 1;
	look();
	cr_assert_eq(differs[2], KEY);
	now.us++;
	look();
	cr_assert_eq(differs[2] | differs[3], 0);
	seen[64 - 1].keys++;
	look();
	cr_assert_eq(differs[62], KEY);
}
