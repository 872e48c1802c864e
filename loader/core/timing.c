// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The times that follow from period and tolerance. */
#include "core/timing.h"

#define MS 1000

void timing_derive(int64_t period_us, uint32_t tolerance, struct timing *out)
{
	int64_t t = period_us, n = tolerance, lease = (2 * (n + 1) + 2) * t;

	*out = (struct timing){
		.period = t,
		.lease = lease,
		.suspect = (n + 3) * t,
		.wait = lease + lease / 1000 + 1 * MS,
		.unmet = (n + 2) * t,
		.guard = 5 * MS,
		.apart = 5 * MS,
		.quiet = 2 * t,
		.batch = 10 * t,
		.turn = 2 * t,
		.strange = 4 * t,
		.stable = 1000 * MS,
		.fence = 10 * MS,
		.fenced = 3000 * MS,
	};
}
