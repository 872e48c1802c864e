// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/clock.h"
#include "dataplane/flows.h"

/* While buckets move: how often to look whether somebody still holds flows there. */
#define SETTLE_NS 300000000

struct publisher {
	struct tables *tables;
	struct running *running;
	pthread_t thread;
	int done_fd;
	_Atomic uint64_t done;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct order order;
	bool ordered, stop;
	bool anywhere; /* since an order was begun: others may have taken flows in any bucket */

	struct residual *residual;

	/* The thread's own. */
	struct xnlb_plan *entry, *before; /* as published; owners by the view before */
	struct xnlb_plan *moves;	  /* 1: other nodes may hold flows there */
	struct order current;
	struct residual_bits mine; /* buckets of others in which this node holds flows */
	bool moving;		   /* some bucket moves */
};

/* `owner` by the view, `now` as it is published. */
static uint8_t entry_of(const struct order *order, uint8_t self, uint8_t owner, bool moves,
			uint8_t now)
{
	bool kept = order->own == OWN_KEPT && xnlb_owner_id(now) == self;

	if (owner == self && order->own != OWN_VIEW && !kept)
		return XNLB_OWNER_MOVING;
	return owner | (moves ? XNLB_OWNER_MOVING : 0);
}

/* Does a bucket go on moving: may others hold flows of this node's, or this node flows of others'?
 */
static bool goes_on(const struct publisher *publisher, const struct residual_bits *others,
		    uint8_t owner, int bucket)
{
	const struct residual_bits *bits =
		owner == publisher->tables->setup.node ? others : &publisher->mine;

	return bits->word[bucket / 64] >> (bucket % 64) & 1;
}

/*
 * All entries anew, by the current order. With `others` known, buckets in which nobody holds flows
 * any more come to rest. Did an entry change?
 */
static bool fill(struct publisher *publisher, const struct residual_bits *others)
{
	const struct tables *tables = publisher->tables;
	bool changed = false;

	publisher->moving = false;
	for (__u32 plan = 0; plan < tables->cluster.plans; plan++)
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++) {
			uint8_t owner = tables->plan[plan].owner[bucket], entry;
			uint8_t *now = &publisher->entry[plan].owner[bucket];
			uint8_t *before = &publisher->before[plan].owner[bucket];
			uint8_t *moves = &publisher->moves[plan].owner[bucket];

			if (*before != owner)
				*moves = 1;
			else if (others && !goes_on(publisher, others, owner, bucket))
				*moves = 0;
			entry = entry_of(&publisher->current, tables->setup.node, owner, *moves,
					 *now);
			changed |= entry != *now;
			publisher->moving |= *moves;
			*now = entry;
			*before = owner;
		}
	return changed;
}

static int publish(struct publisher *publisher)
{
	const struct order *order = &publisher->current;
	int err = running_publish(publisher->running, publisher->entry, publisher->tables->node);

	if (err)
		say_error("cannot publish the owners of view %llu: %s",
			  (unsigned long long)order->view.id.epoch, strerror(-err));
	return err;
}

static void note_flow(const struct flow *flow, void *data)
{
	struct publisher *publisher = data;
	/* Who owns nothing holds others' flows only, whatever its last view gave it. */
	bool owns = publisher->current.own != OWN_NOTHING;
	struct explanation found;

	if (tables_explain(publisher->tables, flow, &found) || !found.rule ||
	    (owns && found.owner == publisher->tables->setup.node))
		return;
	publisher->mine.word[found.bucket / 64] |= 1ull << (found.bucket % 64);
}

/* Which flows of others' buckets does this node hold? If that cannot be told, any. */
static void count_flows(struct publisher *publisher)
{
	int err;

	memset(&publisher->mine, 0, sizeof(publisher->mine));
	err = flows_each(note_flow, publisher);
	if (err) {
		say_error("cannot list this node's connections: %s", strerror(-err));
		memset(&publisher->mine, 0xff, sizeof(publisher->mine));
	}
	residual_count(publisher->residual, publisher->current.swap, &publisher->mine);
}

static void all_move(struct publisher *publisher)
{
	for (__u32 plan = 0; plan < publisher->tables->cluster.plans; plan++)
		memset(&publisher->moves[plan], 1, sizeof(publisher->moves[plan]));
}

static void do_order(struct publisher *publisher, bool anywhere)
{
	uint64_t one = 1;

	tables_own_view(publisher->tables, &publisher->current.view);
	if (anywhere)
		all_move(publisher);
	fill(publisher, NULL);
	/* If it fails it is not done: the membership stays in PREP, and nobody relies on it. */
	if (publish(publisher))
		return;
	atomic_store(&publisher->done, publisher->current.swap);
	if (write(publisher->done_fd, &one, sizeof(one)) < 0)
		say_error("cannot tell that a view is published: %m");
	count_flows(publisher);
}

/* Buckets in which nobody holds flows any more come to rest. */
static void settle(struct publisher *publisher)
{
	struct residual_bits others;

	count_flows(publisher);
	residual_others(publisher->residual, &publisher->current.view,
			publisher->tables->setup.node, clock_now(), &others);
	if (fill(publisher, &others))
		publish(publisher);
}

/* Waits for an order, or, while buckets move, until it is time to look whether they still do. */
static void await(struct publisher *publisher)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SETTLE_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (!publisher->ordered && !publisher->stop) {
		if (!publisher->moving)
			pthread_cond_wait(&publisher->changed, &publisher->lock);
		else if (pthread_cond_timedwait(&publisher->changed, &publisher->lock, &until))
			return;
	}
}

static void *run(void *data)
{
	struct publisher *publisher = data;
	bool ordered, anywhere;

	pthread_mutex_lock(&publisher->lock);
	while (!publisher->stop || publisher->ordered) {
		await(publisher);
		ordered = publisher->ordered;
		if (ordered)
			publisher->current = publisher->order;
		publisher->ordered = false;
		anywhere = publisher->anywhere;
		publisher->anywhere = false;
		pthread_mutex_unlock(&publisher->lock);
		if (ordered)
			do_order(publisher, anywhere);
		else if (publisher->moving)
			settle(publisher);
		pthread_mutex_lock(&publisher->lock);
	}
	pthread_mutex_unlock(&publisher->lock);
	return NULL;
}

int publisher_start(struct tables *tables, struct running *running, struct residual *residual,
		    struct publisher **out)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	size_t plans = tables->cluster.plans;
	pthread_mutexattr_t inherits;
	pthread_condattr_t monotonic;
	int err = -ENOMEM;

	if (!publisher)
		goto fail;
	publisher->tables = tables;
	publisher->running = running;
	publisher->residual = residual;
	publisher->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	publisher->entry = calloc(plans, sizeof(*publisher->entry));
	publisher->before = calloc(plans, sizeof(*publisher->before));
	publisher->moves = calloc(plans, sizeof(*publisher->moves));
	if (publisher->done_fd < 0 || !publisher->entry || !publisher->before || !publisher->moves)
		goto fail;
	/* The heartbeat thread may be of a higher priority, and must not wait for one between. */
	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&publisher->lock, &inherits);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&publisher->changed, &monotonic);
	all_move(publisher);
	err = -pthread_create(&publisher->thread, NULL, run, publisher);
	if (!err) {
		*out = publisher;
		return 0;
	}
fail:
	say_error("cannot start the publisher: %s", strerror(-err));
	if (publisher) {
		free(publisher->entry);
		free(publisher->before);
		free(publisher->moves);
		if (publisher->done_fd > 0)
			close(publisher->done_fd);
	}
	free(publisher);
	return err;
}

void publisher_stop(struct publisher *publisher)
{
	pthread_mutex_lock(&publisher->lock);
	publisher->stop = true;
	pthread_cond_signal(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
	pthread_join(publisher->thread, NULL);
	close(publisher->done_fd);
	free(publisher->entry);
	free(publisher->before);
	free(publisher->moves);
	free(publisher);
}

void publisher_order(struct publisher *publisher, const struct order *order)
{
	pthread_mutex_lock(&publisher->lock);
	/*
	 * While this node owned nothing, others had its buckets; and who was not in the view
	 * before, as on the other side of a partition, may have had any.
	 */
	publisher->anywhere |=
		order->own == OWN_NOTHING ||
		view_common(&publisher->order.view, &order->view) != order->view.members;
	publisher->order = *order;
	publisher->ordered = true;
	pthread_cond_signal(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
}

int publisher_fd(const struct publisher *publisher)
{
	return publisher->done_fd;
}

uint64_t publisher_done(struct publisher *publisher)
{
	uint64_t count;

	if (read(publisher->done_fd, &count, sizeof(count)) < 0)
		return 0;
	return atomic_load(&publisher->done);
}
