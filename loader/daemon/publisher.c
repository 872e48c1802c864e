// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/say.h"

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

	/* The thread's own: what is published; who owned the buckets by the view before; which
	 * move. */
	struct xnlb_plan *entry, *before, *moves;
};

/* A bucket that comes from a node that is there still moves: there may be flows of it. */
static bool comes_to_move(const struct order *order, uint8_t owner, uint8_t was)
{
	return was && was != owner && order->view.members & node_bit(was);
}

/* `owner` by the view, `now` as it is published. */
static uint8_t entry_of(const struct order *order, uint8_t self, uint8_t owner, bool moves,
			uint8_t now)
{
	bool kept = order->own == OWN_KEPT && xnlb_owner_id(now) == self;

	if (owner == self && order->own != OWN_VIEW && !kept)
		return XNLB_OWNER_MOVING;
	return owner | (moves ? XNLB_OWNER_MOVING : 0);
}

static void fill(struct publisher *publisher, const struct order *order)
{
	const struct tables *tables = publisher->tables;
	uint8_t self = tables->setup.node;

	for (__u32 plan = 0; plan < tables->cluster.plans; plan++)
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++) {
			uint8_t owner = tables->plan[plan].owner[bucket];
			uint8_t *now = &publisher->entry[plan].owner[bucket];
			uint8_t *before = &publisher->before[plan].owner[bucket];
			uint8_t *moves = &publisher->moves[plan].owner[bucket];

			*moves |= comes_to_move(order, owner, *before);
			*now = entry_of(order, self, owner, *moves, *now);
			*before = owner;
		}
}

static void publish(struct publisher *publisher, const struct order *order)
{
	uint64_t one = 1;
	int err;

	tables_own_view(publisher->tables, &order->view);
	fill(publisher, order);
	err = running_publish(publisher->running, publisher->entry, publisher->tables->node);
	if (err) {
		/* Not done: the membership stays in PREP, and nobody relies on it. */
		say_error("cannot publish the owners of view %llu: %s",
			  (unsigned long long)order->view.id.epoch, strerror(-err));
		return;
	}
	atomic_store(&publisher->done, order->swap);
	if (write(publisher->done_fd, &one, sizeof(one)) < 0)
		say_error("cannot tell that a view is published: %m");
}

static void *run(void *data)
{
	struct publisher *publisher = data;
	struct order order;

	pthread_mutex_lock(&publisher->lock);
	for (;;) {
		while (!publisher->ordered && !publisher->stop)
			pthread_cond_wait(&publisher->changed, &publisher->lock);
		if (!publisher->ordered)
			break;
		order = publisher->order;
		publisher->ordered = false;
		pthread_mutex_unlock(&publisher->lock);
		publish(publisher, &order);
		pthread_mutex_lock(&publisher->lock);
	}
	pthread_mutex_unlock(&publisher->lock);
	return NULL;
}

int publisher_start(struct tables *tables, struct running *running, struct publisher **out)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	size_t plans = tables->cluster.plans;
	pthread_mutexattr_t inherits;
	int err = -ENOMEM;

	if (!publisher)
		goto fail;
	publisher->tables = tables;
	publisher->running = running;
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
	pthread_cond_init(&publisher->changed, NULL);
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
