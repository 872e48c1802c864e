/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The heartbeat thread: owns the membership, hears, sends, keeps the lease. It allocates nothing
 * once it runs, takes no lock that slow work holds, and is of real-time priority with locked memory
 * where that is allowed. All else is told to it, and asked of it, through this.
 */
#ifndef DAEMON_BEAT_H
#define DAEMON_BEAT_H

#include "core/ask.h"
#include "core/history.h"
#include "core/membership.h"
#include "core/wire.h"
#include "daemon/publisher.h"
#include "daemon/sender.h"
#include "dataplane/running.h"

struct beat;

/* Bits beside those of enum xnlb_part: what else another node may have that does not fit. */
enum differs {
	DIFFERS_VERSION = XNLB_PARTS, /* of the protocol */
	DIFFERS_KEY,		      /* of heartbeats; or somebody forges them */
	DIFFERS_BITS
};

/* What this node shall be in the cluster. */
struct beat_offer {
	bool takes_part;
	uint8_t weight; /* percent */
	/* Rules of which it takes no new flows, and their list's version; 0: there are none. */
	uint8_t closed;
	struct rule_set rules;
};

/* What follows from a configuration, and how to send by it. */
struct beat_configuration {
	uint64_t digest;
	uint32_t part[XNLB_PARTS];
	node_set nodes;
	uint8_t key;	      /* id of the sender's */
	struct sender sender; /* the thread's from now on */
};

struct beat_setup {
	uint8_t self;
	struct timing timing;
	bool quorum;
	uint64_t cluster; /* as frames have it */
	struct beat_configuration configuration;
	struct beat_offer offer;
	struct running *running;
	struct publisher *publisher;
	struct residual *residual;
	bool carried; /* a former daemon's state may be gone on with */
};

/* A request of another node. */
struct beat_asked {
	uint8_t from;
	struct ask ask;
};

#define BEAT_ASKED 16

/* What others may know of the membership. */
struct beat_news {
	enum xnlb_state state;
	struct view view;
	uint64_t swap;	 /* struct membership's, of the view and state */
	uint64_t digest; /* of the configuration that is gone by */
	node_set live;	 /* nodes that are heard */
	bool serves;
	bool failed; /* it could not go over to a configuration, and leaves */
	/* By node id - 1. Bit n: enum xnlb_part n is another there; and enum differs. */
	uint8_t differs[XNLB_NODES_MAX];
	node_set silent[2]; /* nodes that are heard, but not over IPv4 [0], IPv6 [1] */
	node_set twice;	    /* ids that two machines use */
	/* Frames. Refused: by core/wire.h, after their tag was right. Mismatched: of nodes with
	 * another configuration. */
	uint64_t sent, heard, refused, mismatched;
	struct history history;
	struct asks asks;		   /* answers to what this node asked */
	uint64_t asked;			   /* number of requests of others, ever */
	struct beat_asked ask[BEAT_ASKED]; /* number n, from 0, is [n % BEAT_ASKED] */
};

/* What `setup` points to outlives it; the sender is the thread's. 0 or -errno (reported). */
int beat_start(const struct beat_setup *setup, struct beat **out);

/* Readable when there is news: all but the numbers of frames. */
int beat_fd(const struct beat *beat);
void beat_news(struct beat *beat, struct beat_news *out);

/* How many steps the thread has made: it makes one each heartbeat interval at least. */
uint64_t beat_steps(const struct beat *beat);

/* If it shall not take part the state becomes LISTEN when nobody counts on this node any more. */
void beat_offer(struct beat *beat, const struct beat_offer *offer);

/*
 * Another configuration, which the publisher is prepared for, with what the node offers by it. It
 * is gone by as soon as all members have it.
 */
void beat_configure(struct beat *beat, const struct beat_configuration *configuration,
		    const struct beat_offer *offer);

/* Asks other nodes; answers what number `number` of node `to` asked. */
void beat_ask(struct beat *beat, const struct ask *ask);
void beat_answer(struct beat *beat, uint8_t to, uint32_t number, uint8_t answer);

/* `forget`: no daemon that comes after shall go on where this one ends. */
void beat_stop(struct beat *beat, bool forget);

#endif
