// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The heartbeat thread from outside: started, talked to, stopped. */
#include <errno.h>
#include <sched.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/beat_thread.h"
#include "daemon/clock.h"

#define PRIORITY 50 /* of SCHED_FIFO: above what serves */

static void *run(void *data)
{
	struct beat *beat = data;
	struct epoll_event events[8];
	uint64_t expired;

	while (!atomic_load(&beat->stop)) {
		beat_step(beat);
		atomic_fetch_add(&beat->steps, 1);
		if (epoll_wait(beat->epoll, events, 8, -1) < 0 && errno != EINTR) {
			say_error("the heartbeat thread cannot wait: %m");
			break;
		}
		if (read(beat->timer, &expired, sizeof(expired)) < 0 && errno != EAGAIN) {
			say_error("the heartbeat thread cannot read its timer: %m");
			break;
		}
	}
	running_lease(beat->setup.running, INSTANT_NEVER);
	return NULL;
}

static int watch(const struct beat *beat, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(beat->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_all(struct beat *beat)
{
	int err;

	beat->epoll = epoll_create1(EPOLL_CLOEXEC);
	beat->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	beat->command = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	beat->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (beat->epoll < 0 || beat->timer < 0 || beat->command < 0 || beat->changed < 0)
		return -errno;
	beat->ring =
		ring_buffer__new(running_heartbeats(beat->setup.running), beat_take, beat, NULL);
	if (!beat->ring)
		return -errno;
	err = watch(beat, ring_buffer__epoll_fd(beat->ring));
	if (!err)
		err = watch(beat, beat->timer);
	if (!err)
		err = watch(beat, beat->command);
	return err ? err : watch(beat, publisher_fd(beat->setup.publisher));
}

/* Not to be swapped out, nor to wait for others: where it is not allowed, it is said. */
static void claim_time(pthread_t thread)
{
	const struct sched_param priority = {.sched_priority = PRIORITY};
	int err = pthread_setschedparam(thread, SCHED_FIFO, &priority);

	if (err)
		say_warning("the heartbeat thread has no real-time priority: %s; on a busy machine "
			    "this node may be thought dead (CAP_SYS_NICE, LimitRTPRIO=)",
			    strerror(err));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		say_warning("memory cannot be locked: %m; a machine that swaps may be thought dead "
			    "(CAP_IPC_LOCK, LimitMEMLOCK=)");
}

static void close_all(struct beat *beat)
{
	const int fds[] = {beat->epoll, beat->timer, beat->command, beat->changed};

	ring_buffer__free(beat->ring);
	sender_close(&beat->sender);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(beat);
}

/* Goes on with what a daemon before has saved, or begins anew. */
static void begin(struct beat *beat)
{
	const struct beat_setup *setup = &beat->setup;
	const struct beat_configuration *configuration = &setup->configuration;
	struct member_setup member = {
		.self = setup->self,
		.nodes = configuration->nodes,
		.timing = setup->timing,
		.quorum = setup->quorum,
		.digest = configuration->digest,
		.now = clock_now(),
	};

	if (setup->carried &&
	    store_read(running_saved(setup->running), beat->writer, configuration->digest,
		       &beat->state, sizeof(beat->state))) {
		membership_resume(&beat->state.member, member.now);
		if (beat->state.member.digest != member.digest)
			membership_configure(&beat->state.member, member.digest, member.nodes);
		return;
	}
	do
		member.incarnation = randombytes_random();
	while (!member.incarnation);
	membership_init(&beat->state.member, &member);
}

static void fill(struct beat *beat)
{
	const struct beat_configuration *configuration = &beat->setup.configuration;
	pthread_mutexattr_t inherits;

	beat->sender = configuration->sender;
	beat->identity.cluster = beat->setup.cluster;
	beat->identity.key = configuration->key;
	memcpy(beat->identity.part, configuration->part, sizeof(beat->identity.part));
	beat->own.digest = configuration->digest;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		beat->twice[i] = RAN_NEVER;
	/* The thread may be of a higher priority, and must not wait for one between. */
	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&beat->lock, &inherits);
	pthread_mutexattr_destroy(&inherits);
}

int beat_start(const struct beat_setup *setup, struct beat **out)
{
	struct beat *beat = calloc(1, sizeof(*beat));
	int err;

	if (!beat) {
		say_error("out of memory");
		return -ENOMEM;
	}
	beat->setup = *setup;
	beat->epoll = beat->timer = beat->command = beat->changed = -1;
	fill(beat);
	err = open_all(beat);
	if (!err)
		err = store_writer(&beat->writer);
	if (!err) {
		begin(beat);
		beat_take_offer(beat, &setup->offer);
		err = -pthread_create(&beat->thread, NULL, run, beat);
	}
	if (err) {
		say_error("cannot start the heartbeat thread: %s", strerror(-err));
		close_all(beat);
		return err;
	}
	claim_time(beat->thread);
	*out = beat;
	return 0;
}

int beat_fd(const struct beat *beat)
{
	return beat->changed;
}

void beat_news(struct beat *beat, struct beat_news *out)
{
	uint64_t count;

	if (read(beat->changed, &count, sizeof(count)) < 0)
		count = 0;
	pthread_mutex_lock(&beat->lock);
	*out = beat->news;
	pthread_mutex_unlock(&beat->lock);
}

static void wake(struct beat *beat)
{
	uint64_t one = 1;

	if (write(beat->command, &one, sizeof(one)) < 0)
		say_error("cannot wake the heartbeat thread: %m");
}

uint64_t beat_steps(const struct beat *beat)
{
	return atomic_load(&beat->steps);
}

void beat_offer(struct beat *beat, const struct beat_offer *offer)
{
	pthread_mutex_lock(&beat->lock);
	beat->inbox.offer = *offer;
	beat->inbox.offered = true;
	pthread_mutex_unlock(&beat->lock);
	wake(beat);
}

void beat_configure(struct beat *beat, const struct beat_configuration *configuration,
		    const struct beat_offer *offer)
{
	struct sender unused = {.fd = -1};

	pthread_mutex_lock(&beat->lock);
	if (beat->inbox.configured)
		unused = beat->inbox.configuration.sender;
	beat->inbox.configuration = *configuration;
	beat->inbox.configured = true;
	beat->inbox.offer = *offer;
	beat->inbox.offered = true;
	pthread_mutex_unlock(&beat->lock);
	sender_close(&unused);
	wake(beat);
}

void beat_ask(struct beat *beat, const struct ask *ask)
{
	pthread_mutex_lock(&beat->lock);
	beat->inbox.ask = *ask;
	beat->inbox.asked = true;
	pthread_mutex_unlock(&beat->lock);
	wake(beat);
}

void beat_answer(struct beat *beat, uint8_t to, uint32_t number, uint8_t answer)
{
	struct beat_inbox *inbox = &beat->inbox;

	pthread_mutex_lock(&beat->lock);
	if (inbox->answers < BEAT_ASKED) {
		inbox->answer[inbox->answers].to = to;
		inbox->answer[inbox->answers].number = number;
		inbox->answer[inbox->answers++].answer = answer;
	}
	pthread_mutex_unlock(&beat->lock);
	wake(beat);
}

void beat_stop(struct beat *beat, bool forget)
{
	atomic_store(&beat->stop, true);
	wake(beat);
	pthread_join(beat->thread, NULL);
	if (forget)
		store_forget(running_saved(beat->setup.running));
	close_all(beat);
}
