/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Heartbeats for the XDP program of node 1: built, with libsodium's tags, sent through it, and read
 * from its ring buffer. Failures of the set-up end the test.
 */
#ifndef BPF_TEST_BEAT_H
#define BPF_TEST_BEAT_H

#include "bpf/xdp.h"
#include "core/wire.h"

#define CLUSTER	 0x0102030405060708
#define MY_LIFE	 0x11111111
#define LIFE	 0x22222222 /* of node 2 */
#define SEQUENCE 1000	    /* its newest that was heard */
#define SECOND	 1000000000ull
#define HEADERS4 (14 + 20 + 8)

#define REASON(name) XNLB_REASON_##name

/* How a heartbeat is packed. */
struct shape {
	const char *src, *dst, *to; /* to: NULL: the cluster MAC */
	uint16_t tag[3];
	uint8_t key;		/* 0: 3 */
	const uint64_t *secret; /* NULL: the right one */
	uint64_t cluster;	/* 0: the right one */
	uint8_t version;	/* 0: the right one */
	unsigned int extensions;
};

extern const struct shape beat_plain;

/* What came through the ring buffer: the newest, and how many. */
struct arrived {
	struct xnlb_arrival arrival;
	uint8_t frame[XNLB_FRAME_MAX];
	int count;
};

extern struct arrived arrived;
extern struct programs beat_programs;

/* Loads the programs as node `self`, which knows node 2; unloads them. */
void beat_load_as(uint8_t self);
void beat_load(void);
void beat_unload(void);

/* A heartbeat of node 2, ACTIVE in the view that this node has too, which it hears. */
struct heartbeat beat_sample(void);

/* The whole packet; returns its size. */
size_t beat_build(const struct heartbeat *beat, const struct shape *shape, uint8_t out[PACKET_MAX]);
void beat_address(uint8_t out[16], const char *text);

/* Runs a packet, or builds and runs one; what it was counted as. */
enum xnlb_reason beat_run(const char *what, const uint8_t *packet, size_t size);
enum xnlb_reason beat_send(const char *what, const struct heartbeat *beat,
			   const struct shape *shape);

uint64_t beat_boottime(void); /* nanoseconds */
void beat_set_live(uint64_t lease_ns);
struct xnlb_live beat_live(void);
struct xnlb_peer beat_peer(uint32_t id);
/* As if node 2's newest heartbeat, of this sequence, had come so long ago, and `haste` too soon. */
void beat_came(uint64_t sequence, uint64_t ago_ns, uint64_t haste);
struct xnlb_stranger beat_stranger(uint32_t id);

#endif
