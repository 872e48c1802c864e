/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The heartbeat thread's own: for beat.c, which starts it and talks to it, step.c, its work, and
 * news.c, what it tells. */
#ifndef DAEMON_BEAT_THREAD_H
#define DAEMON_BEAT_THREAD_H

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include "core/closed.h"
#include "daemon/beat.h"
#include "daemon/store.h"

/* What the map `saved` holds. */
struct beat_saved {
	struct membership member;
	struct history history;
	struct closed_own closed;
};

_Static_assert(sizeof(struct beat_saved) <= XNLB_SAVED_SIZE, "the map has room");

/* What the main thread leaves for this one. */
struct beat_inbox {
	bool offered, configured, asked;
	struct beat_offer offer;
	struct beat_configuration configuration;
	struct ask ask;
	unsigned int answers;
	struct {
		uint8_t to, answer;
		uint32_t number;
	} answer[BEAT_ASKED];
};

struct beat {
	struct beat_setup setup;
	pthread_t thread;
	int epoll, timer, command, changed;
	atomic_bool stop;
	_Atomic uint64_t steps;

	/* The thread's own. */
	struct beat_saved state;
	struct closed closed;
	struct asks asks;
	struct sender sender;
	struct wire_identity identity;
	struct ring_buffer *ring;
	uint64_t writer;		  /* of the map `saved` */
	uint32_t known[XNLB_NODES_MAX];	  /* lives that the XDP program knows, by node id - 1 */
	struct ran twice[XNLB_NODES_MAX]; /* since when two machines of one id are heard */
	struct order order;
	bool waits;			/* the order, until all lists of closed rules are known */
	struct instant greets, greeted; /* the next greeting is due; the last one was sent */
	struct ran by_family[XNLB_NODES_MAX][2]; /* when a node was heard over IPv4, IPv6 */
	struct ran compared[XNLB_NODES_MAX]; /* when a node's configuration was, by node id - 1 */
	unsigned int turn;		     /* which extensions come first in the next frame */
	struct beat_news own;		     /* becomes `news` when something has changed */
	struct beat_inbox read;		     /* a copy of `inbox` */
	bool told;			     /* `news` has it all */

	pthread_mutex_t lock; /* guards what follows; held for copies */
	struct beat_news news;
	struct beat_inbox inbox;
};

/* All that there is to do now; sets the timer. */
void beat_step(struct beat *beat);

/* Called by libbpf for each heartbeat whose tag is right; `context` is the struct beat. */
int beat_take(void *context, void *data, size_t size);

/* Leaves what is new for the main thread. */
void beat_tell(struct beat *beat);

/* How long counts what was heard of a node's configuration: two greetings and a half. */
#define BEAT_DIFFERS_US 12500000

/* In place of what the node offers now. */
void beat_take_offer(struct beat *beat, const struct beat_offer *offer);

#endif
