// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/clock.h"
#include "dataplane/flows.h"

/* How often connections are counted: in a drain, while buckets move, and else. */
#define WATCH_NS  100000000
#define SETTLE_NS 300000000
#define REST_NS	  10000000000

struct publisher {
	struct running *running;
	struct residual *residual;
	pthread_t thread;
	int done_fd;

	pthread_mutex_t lock; /* guards what follows; held for copies */
	pthread_cond_t changed;
	struct order order;
	struct publisher_next
		next[2]; /* the newest, and one before: a view by it may be on its way */
	struct publisher_held held;
	struct publisher_done done;
	bool ordered, stop, watch;
	bool anywhere; /* since an order was begun: others may have taken flows in any bucket */

	/* The thread's own. */
	struct owners owners;
	uint64_t digest;
	struct order current;
	struct residual_bits mine; /* buckets of others in which this node holds flows */
	struct publisher_held count;
	uint16_t outgoing_first; /* ports from here on are connections that this node opened */
};

/* ---- counting ---- */

static void note_flow(const struct flow *flow, void *data)
{
	struct publisher *publisher = data;
	const struct tables *tables = publisher->owners.tables;
	struct publisher_held *count = &publisher->count;
	/* Who owns nothing holds others' flows only, whatever its last view gave it. */
	bool owns = publisher->current.own != OWN_NOTHING;
	struct explanation found;

	if (tables_explain(tables, flow, &found) ||
	    (!found.rule && flow->dport >= publisher->outgoing_first))
		return;
	count->rule[found.rule]++;
	count->all++;
	if (found.rule && !(owns && found.owner == tables->setup.node))
		publisher->mine.word[found.bucket / 64] |= 1ull << (found.bucket % 64);
}

/* Which flows does this node hold? If that cannot be told, any. */
static void count_flows(struct publisher *publisher)
{
	struct publisher_held *count = &publisher->count;
	uint64_t counts = count->counts + 1;
	int err;

	memset(&publisher->mine, 0, sizeof(publisher->mine));
	memset(count, 0, sizeof(*count));
	err = flows_each(note_flow, publisher);
	if (err) {
		say_error("cannot list this node's connections: %s", strerror(-err));
		memset(&publisher->mine, 0xff, sizeof(publisher->mine));
		count->all++;
	}
	residual_count(publisher->residual, publisher->current.swap, &publisher->mine);
	count->swap = publisher->current.swap;
	count->counts = counts;
	pthread_mutex_lock(&publisher->lock);
	publisher->held = *count;
	pthread_mutex_unlock(&publisher->lock);
}

static uint16_t read_outgoing_first(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned int first = 32768;

	if (!file)
		return (uint16_t)first;
	if (fscanf(file, "%u", &first) != 1 || first > UINT16_MAX)
		first = 32768;
	fclose(file);
	return (uint16_t)first;
}

/* ---- publishing ---- */

static void tell_done(struct publisher *publisher, bool failed)
{
	const struct owners *owners = &publisher->owners;
	uint64_t one = 1;

	pthread_mutex_lock(&publisher->lock);
	publisher->done = (struct publisher_done){
		.swap = publisher->current.swap,
		.digest = publisher->digest,
		.moved = owners->moved,
		.of = owners->tables->cluster.plans * XNLB_BUCKETS,
		.failed = failed,
	};
	pthread_mutex_unlock(&publisher->lock);
	if (write(publisher->done_fd, &one, sizeof(one)) < 0)
		say_error("cannot tell that a view is published: %m");
}

static int publish(struct publisher *publisher)
{
	const struct owners *owners = &publisher->owners;
	int err = running_publish(publisher->running, owners->tables, owners->entry);

	if (err)
		say_error("cannot publish the owners of view %llu: %s",
			  (unsigned long long)publisher->current.view.id.epoch, strerror(-err));
	return err;
}

static int split(void *data, uint32_t rule)
{
	const struct publisher *publisher = data;
	const struct owners *owners = &publisher->owners;

	return running_split(publisher->running, owners->tables, rule, owners->entry);
}

static int split_later(void *data, uint32_t rule)
{
	(void)data;
	(void)rule;
	return 0;
}

/*
 * The programs of the next configuration begin with the entries that they shall have, so that there
 * is no moment at which they have others.
 */
static int attach_next(struct publisher_next *next, struct owners *owners)
{
	struct xnlb_plan *plan = next->tables->plan;
	int err;

	next->tables->plan = owners->entry;
	err = next->attach(next->data, next->tables, &next->link);
	next->tables->plan = plan;
	return err;
}

/* The next configuration of that digest, taken out; without tables if there is none. */
static struct publisher_next take_next(struct publisher *publisher, uint64_t digest)
{
	struct publisher_next found = {.tables = NULL};

	pthread_mutex_lock(&publisher->lock);
	for (int i = 0; i < 2; i++) {
		struct publisher_next *next = &publisher->next[i];

		if (found.tables || !next->tables || next->digest != digest)
			continue;
		found = *next;
		next->tables = NULL;
	}
	pthread_mutex_unlock(&publisher->lock);
	return found;
}

/* Goes over to the configuration of that digest. 0 or -errno (reported). */
static int go_over(struct publisher *publisher, uint64_t digest)
{
	const struct order *order = &publisher->current;
	struct publisher_next next = take_next(publisher, digest);
	struct owners owners;
	int err;

	if (!next.tables) {
		say_error("view %llu is by a configuration that is not known here",
			  (unsigned long long)order->view.id.epoch);
		return -ENOENT;
	}
	err = owners_init(&owners, next.tables);
	if (!err) {
		owners_split(&owners, order, split_later, NULL);
		owners_carry(&owners, &publisher->owners);
		owners_view(&owners, order, true);
		err = attach_next(&next, &owners);
	}
	if (!err)
		err = running_reopen(publisher->running, next.tables);
	if (err) {
		say_error("cannot go over to the new configuration: %s", strerror(-err));
		owners_free(&owners);
		tables_free(next.tables);
		return err;
	}
	tables_free(publisher->owners.tables);
	owners_free(&publisher->owners);
	publisher->owners = owners;
	publisher->digest = digest;
	return 0;
}

static int apply(struct publisher *publisher, bool anywhere)
{
	const struct order *order = &publisher->current;
	int err;

	if (order->digest != publisher->digest)
		err = go_over(publisher, order->digest);
	else
		err = owners_split(&publisher->owners, order, split, publisher);
	if (err)
		return err;
	owners_view(&publisher->owners, order, anywhere);
	return publish(publisher);
}

/* If it fails it is not done: the membership stays in PREP, and nobody relies on it. */
static void do_order(struct publisher *publisher, bool anywhere)
{
	int err = apply(publisher, anywhere);

	tell_done(publisher, err != 0);
	if (!err)
		count_flows(publisher);
}

/* Buckets in which nobody holds flows any more come to rest. */
static void settle(struct publisher *publisher)
{
	struct owners *owners = &publisher->owners;
	struct residual_bits others;

	count_flows(publisher);
	residual_others(publisher->residual, &publisher->current.view, owners->tables->setup.node,
			clock_now(), &others);
	if (owners->moving && owners_settle(owners, &publisher->current, &others, &publisher->mine))
		publish(publisher);
}

/* Other keys, or something that was missing at the machine: nobody else need know. */
static bool is_refresh(const struct publisher *publisher)
{
	return publisher->next[0].tables && publisher->next[0].digest == publisher->digest;
}

static void refresh(struct publisher *publisher)
{
	int err = go_over(publisher, publisher->digest);

	if (!err)
		count_flows(publisher);
}

/* ---- the thread ---- */

static struct timespec next_count(const struct publisher *publisher, const struct timespec *last)
{
	int64_t wait = publisher->watch ? WATCH_NS : publisher->owners.moving ? SETTLE_NS : REST_NS;
	int64_t ns = last->tv_nsec + wait;

	return (struct timespec){.tv_sec = last->tv_sec + ns / 1000000000,
				 .tv_nsec = ns % 1000000000};
}

/* Waits for something to do, at most until it is time to count connections. */
static void await(struct publisher *publisher)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (!publisher->ordered && !publisher->stop && !is_refresh(publisher)) {
		struct timespec until = next_count(publisher, &begin);

		if (pthread_cond_timedwait(&publisher->changed, &publisher->lock, &until))
			return;
	}
}

static void *run(void *data)
{
	struct publisher *publisher = data;
	bool ordered, refreshes, anywhere;

	pthread_mutex_lock(&publisher->lock);
	for (;;) {
		await(publisher);
		if (publisher->stop && !publisher->ordered)
			break;
		ordered = publisher->ordered;
		if (ordered)
			publisher->current = publisher->order;
		publisher->ordered = false;
		refreshes = !ordered && is_refresh(publisher);
		anywhere = publisher->anywhere;
		if (ordered)
			publisher->anywhere = false;
		pthread_mutex_unlock(&publisher->lock);
		if (ordered)
			do_order(publisher, anywhere);
		else if (refreshes)
			refresh(publisher);
		else
			settle(publisher);
		pthread_mutex_lock(&publisher->lock);
	}
	pthread_mutex_unlock(&publisher->lock);
	return NULL;
}

/* The heartbeat thread may be of a higher priority, and must not wait for one between. */
static void make_locks(struct publisher *publisher)
{
	pthread_mutexattr_t inherits;
	pthread_condattr_t monotonic;

	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&publisher->lock, &inherits);
	pthread_mutexattr_destroy(&inherits);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&publisher->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void forget(struct publisher *publisher)
{
	tables_free(publisher->owners.tables);
	for (int i = 0; i < 2; i++)
		tables_free(publisher->next[i].tables);
	owners_free(&publisher->owners);
	if (publisher->done_fd >= 0)
		close(publisher->done_fd);
	free(publisher);
}

int publisher_start(const struct publisher_setup *setup, struct publisher **out)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	int err;

	if (!publisher) {
		tables_free(setup->tables);
		say_error("out of memory");
		return -ENOMEM;
	}
	publisher->running = setup->running;
	publisher->residual = setup->residual;
	publisher->digest = setup->digest;
	publisher->outgoing_first = read_outgoing_first();
	publisher->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	make_locks(publisher);
	err = publisher->done_fd < 0 ? -errno : owners_init(&publisher->owners, setup->tables);
	publisher->owners.tables = setup->tables;
	if (!err && setup->carried)
		err = running_entries(setup->running, setup->tables, publisher->owners.entry);
	if (!err)
		err = -pthread_create(&publisher->thread, NULL, run, publisher);
	if (err) {
		say_error("cannot start the publisher: %s", strerror(-err));
		forget(publisher);
		return err;
	}
	*out = publisher;
	return 0;
}

void publisher_stop(struct publisher *publisher)
{
	pthread_mutex_lock(&publisher->lock);
	publisher->stop = true;
	pthread_cond_signal(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
	pthread_join(publisher->thread, NULL);
	forget(publisher);
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

bool publisher_done(struct publisher *publisher, struct publisher_done *out)
{
	uint64_t count;

	if (read(publisher->done_fd, &count, sizeof(count)) < 0)
		return false;
	pthread_mutex_lock(&publisher->lock);
	*out = publisher->done;
	pthread_mutex_unlock(&publisher->lock);
	return true;
}

void publisher_prepare(struct publisher *publisher, const struct publisher_next *next)
{
	struct tables *former;

	pthread_mutex_lock(&publisher->lock);
	former = publisher->next[1].tables;
	publisher->next[1] = publisher->next[0];
	publisher->next[0] = *next;
	pthread_cond_signal(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
	tables_free(former);
}

void publisher_watch(struct publisher *publisher, bool watch)
{
	pthread_mutex_lock(&publisher->lock);
	publisher->watch = watch;
	pthread_cond_signal(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
}

void publisher_held(struct publisher *publisher, struct publisher_held *out)
{
	pthread_mutex_lock(&publisher->lock);
	*out = publisher->held;
	pthread_mutex_unlock(&publisher->lock);
}
