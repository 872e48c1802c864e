/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock that the membership goes by. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <time.h>
#include "core/clock.h"

static inline struct instant clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (struct instant){(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
}

#endif
