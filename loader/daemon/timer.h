/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A timer of the event loop that is set again each time. */
#ifndef DAEMON_TIMER_H
#define DAEMON_TIMER_H

#include <systemd/sd-event.h>

/* Once more, in `us` from now. 0 or -errno. */
static inline int timer_again(sd_event_source *timer, uint64_t us)
{
	int err = sd_event_source_set_time_relative(timer, us);

	return err < 0 ? err : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

#endif
