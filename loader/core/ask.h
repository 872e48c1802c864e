/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one node asks of others, as an operator said: carried by heartbeats, repeated in each until
 * all have answered, and for ASK_US at most. A request is done once: its number goes up within the
 * asker's incarnation, and frames are heard once. What the verbs mean is not known here.
 */
#ifndef CORE_ASK_H
#define CORE_ASK_H

#include "core/clock.h"
#include "core/heartbeat.h"
#include "core/wire.h"

#define ASK_US 3000000

struct ask {
	uint32_t number; /* goes up; 0: none */
	uint8_t verb, weight;
	uint16_t rule; /* rule number, or XNLB_ORDER_RULES */
	uint32_t timeout_ms;
	uint64_t digest; /* of the configuration that `rule` is of */
	node_set of;
};

struct asks {
	/* What this node asks. */
	struct ask own;
	node_set answered;
	struct instant until;
	uint8_t answer[XNLB_NODES_MAX]; /* not 0, of who answered */
	/* What others ask of it, by node id - 1, and its answers. */
	struct {
		uint32_t incarnation, number;
		uint8_t answer; /* 0: not yet */
		struct instant until;
	} other[XNLB_NODES_MAX];
};

/* Asks; what was asked before is not repeated any more. */
void asks_begin(struct asks *asks, const struct ask *ask, struct instant now);

/*
 * A heartbeat that the membership has accepted, and its frame. True if it asks something new of
 * node `self`: `*out`. An answer to `incarnation`, which is this node's, is noted; `*answered`
 * then.
 */
bool asks_hear(struct asks *asks, uint8_t self, uint32_t incarnation,
	       const struct heartbeat *heartbeat, const uint8_t *frame, size_t length,
	       struct instant now, struct ask *out, bool *answered);

/* The answer, not 0, to what node `id` asked with that number. */
void asks_answer(struct asks *asks, uint8_t id, uint32_t number, uint8_t answer);

/* What to send; how many, at most XNLB_NODES_MAX. */
size_t asks_say(const struct asks *asks, struct instant now, struct wire_extension *out);

#endif
