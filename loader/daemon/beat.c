// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/beat.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/clock.h"

#define PRIORITY 50 /* of SCHED_FIFO: above what serves */

struct beat {
	struct beat_setup setup;
	pthread_t thread;
	int epoll, timer, command, changed;
	atomic_bool leave, stop;

	/* The thread's own. */
	struct membership member;
	struct ring_buffer *ring;
	uint32_t known[XNLB_NODES_MAX]; /* lives that the XDP program knows, by node id - 1 */
	uint64_t sent, heard, refused;
	uint8_t differs[XNLB_NODES_MAX]; /* as in the news */

	pthread_mutex_t lock; /* guards `news` */
	struct beat_news news;
};

/* ---- what comes in ---- */

/* What of its configuration is another than here? */
static void compare(struct beat *beat, uint8_t node, const uint32_t part[XNLB_PARTS])
{
	uint8_t differs = 0;

	for (int i = 0; i < XNLB_PARTS; i++)
		if (part[i] != beat->setup.identity.part[i])
			differs |= (uint8_t)(1u << i);
	beat->differs[node - 1] = differs;
}

/* Called by libbpf for each heartbeat whose tag is right. */
static int take(void *context, void *data, size_t size)
{
	struct beat *beat = context;
	const struct xnlb_arrival *arrival = data;
	const uint8_t *frame = (const uint8_t *)(arrival + 1);
	struct heartbeat heartbeat;
	uint32_t part[XNLB_PARTS];

	if (size < sizeof(*arrival) || arrival->length > size - sizeof(*arrival) ||
	    wire_read(frame, arrival->length, beat->setup.identity.cluster, &heartbeat, part) !=
		    WIRE_OK) {
		beat->refused++;
		return 0;
	}
	beat->heard++;
	residual_hear(beat->setup.residual, &heartbeat, frame, arrival->length);
	compare(beat, heartbeat.node, part);
	membership_heard(&beat->member, &heartbeat, clock_now());
	return 0;
}

/* Lives that the membership has accepted: from now on the program stamps their heartbeats. */
static void tell_lives(struct beat *beat)
{
	for (int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct peer *peer = &beat->member.peer[i];

		if (peer->incarnation == beat->known[i])
			continue;
		if (running_know(beat->setup.running, (uint8_t)(i + 1), peer->incarnation,
				 peer->sequence))
			continue; /* it is told again with the next heartbeat */
		beat->known[i] = peer->incarnation;
	}
}

static void take_commands(struct beat *beat)
{
	uint64_t count;

	if (read(beat->command, &count, sizeof(count)) < 0)
		return;
	if (atomic_exchange(&beat->leave, false))
		membership_leave(&beat->member);
}

/* ---- what goes out ---- */

static void send_heartbeat(struct beat *beat)
{
	uint8_t frame[XNLB_FRAME_MAX];
	struct wire_extension residual[RESIDUAL_PARTS];
	size_t written, length, residuals;
	struct heartbeat heartbeat;

	membership_heartbeat(&beat->member, clock_now(), &heartbeat);
	residuals = residual_say(beat->setup.residual, residual);
	length =
		wire_write(&heartbeat, &beat->setup.identity, residual, residuals, &written, frame);
	/* A frame that cannot be sent is one that was lost: the next one may pass. */
	if (!sender_send(beat->setup.sender, frame, length))
		beat->sent++;
}

static void order(struct beat *beat)
{
	const struct membership *member = &beat->member;
	struct order order = {.swap = member->swap, .own = member->own, .view = member->view};

	residual_forget(beat->setup.residual, order.swap);
	running_view(beat->setup.running, &member->view.id, member->incarnation);
	publisher_order(beat->setup.publisher, &order);
}

static void tell_news(struct beat *beat)
{
	const struct membership *member = &beat->member;
	bool serves = membership_serves(member, member->now);
	uint64_t one = 1;
	bool new;

	residual_alive(beat->setup.residual, member->live, member->now);
	pthread_mutex_lock(&beat->lock);
	new = beat->news.state != member->state || !view_same(&beat->news.view, &member->view) ||
	      beat->news.live != member->live || beat->news.serves != serves ||
	      memcmp(beat->news.differs, beat->differs, sizeof(beat->differs)) != 0;
	if (new) {
		beat->news.state = member->state;
		beat->news.view = member->view;
		beat->news.live = member->live;
		beat->news.serves = serves;
		memcpy(beat->news.differs, beat->differs, sizeof(beat->differs));
	}
	beat->news.sent = beat->sent;
	beat->news.heard = beat->heard;
	beat->news.refused = beat->refused;
	pthread_mutex_unlock(&beat->lock);
	if (new &&write(beat->changed, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

static void set_timer(const struct beat *beat)
{
	int64_t wake = beat->member.wake.us;
	const struct itimerspec when = {
		.it_value = {.tv_sec = wake / 1000000, .tv_nsec = wake % 1000000 * 1000}};

	timerfd_settime(beat->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void act(struct beat *beat)
{
	unsigned int actions;

	while ((actions = membership_tick(&beat->member, clock_now()))) {
		if (actions & MEMBER_OWN)
			order(beat);
		if (actions & MEMBER_LEASE)
			running_lease(beat->setup.running, beat->member.lease_end);
		if (actions & MEMBER_SEND)
			send_heartbeat(beat);
	}
}

/* ---- the thread ---- */

/* What arrived comes before time: a thread that was late did not hear, it is not deaf. */
static void step(struct beat *beat)
{
	uint64_t done;

	ring_buffer__consume(beat->ring);
	if (running_fenced(beat->setup.running))
		membership_fenced(&beat->member);
	done = publisher_done(beat->setup.publisher);
	if (done)
		membership_swapped(&beat->member, done);
	take_commands(beat);
	act(beat);
	tell_lives(beat);
	tell_news(beat);
	set_timer(beat);
}

static void *run(void *data)
{
	struct beat *beat = data;
	struct epoll_event events[8];
	uint64_t expired;

	while (!atomic_load(&beat->stop)) {
		step(beat);
		if (epoll_wait(beat->epoll, events, 8, -1) < 0 && errno != EINTR)
			break;
		if (read(beat->timer, &expired, sizeof(expired)) < 0 && errno != EAGAIN)
			break;
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
	beat->ring = ring_buffer__new(running_heartbeats(beat->setup.running), take, beat, NULL);
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
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(beat);
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
	beat->setup.member.now = clock_now();
	beat->epoll = beat->timer = beat->command = beat->changed = -1;
	membership_init(&beat->member, &beat->setup.member);
	pthread_mutex_init(&beat->lock, NULL);
	err = open_all(beat);
	if (!err)
		err = -pthread_create(&beat->thread, NULL, run, beat);
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

void beat_leave(struct beat *beat)
{
	atomic_store(&beat->leave, true);
	wake(beat);
}

void beat_stop(struct beat *beat)
{
	atomic_store(&beat->stop, true);
	wake(beat);
	pthread_join(beat->thread, NULL);
	close_all(beat);
}
