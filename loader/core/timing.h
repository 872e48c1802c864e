/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The times of the membership, all in microseconds. Two are configured: the period T of heartbeats
 * and the tolerance n, how many lost in a row must do no harm. The rest follows, the same on all
 * nodes.
 */
#ifndef CORE_TIMING_H
#define CORE_TIMING_H

#include <stdint.h>

struct timing {
	int64_t period; /* T, with 12 % jitter either way */
	/*
	 * L = (2 (n + 1) + 2) T: how long a node may take new flows after it sent a heartbeat
	 * that all acknowledged. A heartbeat and its acknowledgement may each be lost n times.
	 */
	int64_t lease;
	int64_t suspect; /* S = (n + 3) T: silence after which a member is proposed out */
	/*
	 * W = L (1 + 1/1000) + 1 ms: silence after which the lease of a node is over wherever its
	 * clock stands; clocks of two nodes may differ in rate by 1000 ppm.
	 */
	int64_t wait;
	int64_t unmet;	 /* (n + 2) T: added to W for a node that never acknowledged this one */
	int64_t guard;	 /* from "all are READY" to the first new flow */
	int64_t apart;	 /* between two heartbeats, at least */
	int64_t quiet;	 /* 2 T: a join waits until there was no other for so long ... */
	int64_t batch;	 /* 10 T: ... but no longer than this */
	int64_t turn;	 /* 2 T: each node waits so long for every one that should propose first */
	int64_t strange; /* 4 T: how long a member may be seen outside the view */
	int64_t stable; /* two-way hearing before a node that was lost may return, the first time */
	int64_t fence;	/* after an exclusion, heartbeats come each ... */
	int64_t fenced; /* ... for so long, for a node whose clock was stopped */
};

/* `period_us` > 0, `tolerance` >= 1. */
void timing_derive(int64_t period_us, uint32_t tolerance, struct timing *out);

#endif
