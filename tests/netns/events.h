/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the oracle has seen on the wires of a lab, and its judgement. Knows no sockets.
 *
 * A SYN is a client's address, port and initial sequence number. A client may send it again, when
 * its bucket may have moved, so each time that it is sent is judged for itself: that frame is taken
 * by one node or by none. Taken by two it may be while those two could not hear each other.
 *
 * What was taken is the newest frame of the SYN, or the one that `stamp` names.
 */
#ifndef NETNS_EVENTS_H
#define NETNS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EVENT_NODES 64

enum event_kind {
	EVENT_SENT,  /* a client sent a SYN to a cluster IP */
	EVENT_TAKEN, /* a node's stack got a SYN: its XDP program accepted it */
	EVENT_RESET, /* a node sent a reset from a cluster IP */
	EVENT_BEAT,  /* a node's heartbeat came to the switch */
	EVENT_KINDS
};

struct event {
	uint64_t ns; /* wall clock */
	uint32_t seq;
	uint32_t stamp; /* TCP's timestamp of the SYN, or as the answer repeats it; 0: none */
	uint16_t sport, dport; /* the client's, the cluster's */
	uint8_t kind, node;    /* node: its id; 0: the client */
	uint8_t family;
	uint8_t src[16], dst[16]; /* the client's, the cluster's */
};

struct verdict {
	unsigned long syns, sent, taken, nobody; /* nobody: SYNs that no node ever took */
	unsigned long moved;			 /* SYNs of which two nodes took different frames */
	unsigned long twice;	   /* frames that two nodes took, which could hear each other */
	unsigned long twice_apart; /* which could not */
	unsigned long resets;	   /* of nodes; of these, of connections that another node has: */
	unsigned long foreign, foreign_apart;
	/* The node has taken the same SYN, sent before, and still has it half-open; not in
	 * `foreign`. */
	unsigned long half_open;
	unsigned long stray; /* SYNs at a node that no client sent */
	char first[256];     /* the first frame taken twice or foreign reset, in words */
};

void events_add(const struct event *event);

/* A line each, oldest first: NS KIND NODE tcp SRC:PORT DST:PORT SEQ; of a heartbeat NS beat NODE.
 */
void events_print(FILE *to);

/*
 * Judges all. `apart`, if not NULL, has lines SECONDS cut|heal NODE NODE, in the order of time:
 * when two nodes could not hear each other.
 */
void events_judge(FILE *apart, struct verdict *out);

#endif
