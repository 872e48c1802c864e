/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The publisher's thread: turns what the membership wants to own into tables, which takes
 * milliseconds, and waits until every CPU uses them; and lets moving buckets come to rest when
 * nobody holds flows there any more. It alone writes the tables. The heartbeat thread leaves orders
 * and reads, by a descriptor, which is done; of orders that were not begun yet only the newest
 * counts.
 */
#ifndef DAEMON_PUBLISHER_H
#define DAEMON_PUBLISHER_H

#include "daemon/residual.h"
#include "dataplane/running.h"

struct publisher;

struct order {
	uint64_t swap; /* struct membership's */
	enum own own;
	struct view view;
};

/* What is given outlives it. 0 or -errno (reported). */
int publisher_start(struct tables *tables, struct running *running, struct residual *residual,
		    struct publisher **out);
void publisher_stop(struct publisher *publisher);

/* Never waits for the work of the thread, only for the copy of an order. */
void publisher_order(struct publisher *publisher, const struct order *order);

/* Readable when something is done; publisher_done says the newest swap that is. */
int publisher_fd(const struct publisher *publisher);
uint64_t publisher_done(struct publisher *publisher);

#endif
