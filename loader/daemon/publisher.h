/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The publisher's thread: turns what the membership wants to own into tables, which takes
 * milliseconds, and waits until every CPU uses them; lets moving buckets come to rest when nobody
 * holds flows there any more; and goes over to another configuration when an order is by it. It
 * alone writes the tables. The heartbeat thread leaves orders and reads, by a descriptor, which is
 * done; of orders that were not begun yet only the newest counts.
 */
#ifndef DAEMON_PUBLISHER_H
#define DAEMON_PUBLISHER_H

#include "daemon/owners.h"
#include "daemon/residual.h"
#include "dataplane/interface.h"
#include "dataplane/running.h"

struct publisher;

/*
 * Another configuration, ready to be gone over to: `attach` replaces what is attached by it. Given
 * to the publisher, which frees `tables` when it is done with them.
 */
struct publisher_next {
	struct tables *tables;
	uint64_t digest;
	struct interface link;
	/* 0 or -errno (reported). */
	int (*attach)(void *data, struct tables *tables, const struct interface *link);
	void *data;
};

struct publisher_setup {
	struct tables *tables; /* the publisher's from now on, also if it does not start */
	uint64_t digest;
	struct running *running;
	struct residual *residual;
	bool carried; /* what is published is a former daemon's of the same configuration */
};

/* 0 or -errno (reported). */
int publisher_start(const struct publisher_setup *setup, struct publisher **out);
void publisher_stop(struct publisher *publisher);

/* Never waits for the work of the thread, only for the copy of an order. */
void publisher_order(struct publisher *publisher, const struct order *order);

/* What of an order is done. */
struct publisher_done {
	uint64_t swap;	    /* the newest that is */
	uint64_t digest;    /* by this configuration */
	uint32_t moved, of; /* entries whose owner changed with it */
	bool failed;	    /* the configuration of an order could not be gone over to */
};

/* Readable when something is done. False: nothing new. */
int publisher_fd(const struct publisher *publisher);
bool publisher_done(struct publisher *publisher, struct publisher_done *out);

/* The main thread. Of those that were not gone over to the newest two are kept. */
void publisher_prepare(struct publisher *publisher, const struct publisher_next *next);

/* TCP connections of clients that this node holds, by a count after the order of `swap`. */
struct publisher_held {
	uint64_t swap;
	uint64_t counts; /* how often it was counted */
	uint32_t all;
	/* By rule number; [0]: those that no rule covers, and that came from outside. */
	uint32_t rule[XNLB_RULES_MAX + 1];
};

/* Counts them ten times a second, or, unless buckets move, each ten seconds. */
void publisher_watch(struct publisher *publisher, bool watch);
void publisher_held(struct publisher *publisher, struct publisher_held *out);

#endif
