/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time as types. The core reads no clock: whoever calls it says what time it is. Durations are
 * plain int64_t in microseconds, with a name that ends in _us or that struct timing declares so.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A point on the node's own clock that never stops and is never set: CLOCK_BOOTTIME. */
struct instant {
	int64_t us;
};

/*
 * How long this node has really run, from an arbitrary start. Silence of others is counted in it:
 * who did not run did not hear either.
 */
struct ran {
	int64_t us;
};

/* Before everything, and "does not exist". Half the range, so that sums cannot overflow. */
#define INSTANT_NEVER ((struct instant){INT64_MIN / 2})
#define RAN_NEVER     ((struct ran){INT64_MIN / 2})

static inline struct instant instant_after(struct instant start, int64_t us)
{
	return (struct instant){start.us + us};
}

static inline bool instant_before(struct instant a, struct instant b)
{
	return a.us < b.us;
}

#endif
