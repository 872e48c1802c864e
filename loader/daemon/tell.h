/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of the membership's news goes to the journal, and to systemd as the daemon's status. */
#ifndef DAEMON_TELL_H
#define DAEMON_TELL_H

#include "core/cluster.h"
#include "daemon/beat.h"

void tell_news(const struct cluster *cluster, const struct beat_news *before,
	       const struct beat_news *news);

#endif
