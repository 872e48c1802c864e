/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Closed rules: which node takes no new flows of which rules, because somebody said so. A view has
 * the version of each member's list; the lists themselves come in pieces with the heartbeats, and
 * whoever moves to a view needs those of its members. The newest two of each node are kept: the
 * view may have the one while the node already says the other.
 */
#ifndef CORE_CLOSED_H
#define CORE_CLOSED_H

#include "core/heartbeat.h"
#include "core/wire.h"

#define CLOSED_PARTS (sizeof(struct rule_set) * 8 / XNLB_EXTENSION_BITS)

struct closed_list {
	uint32_t incarnation;
	uint8_t version; /* 0: nothing is known */
	uint8_t parts;	 /* which of them were heard */
	struct rule_set rules;
};

struct closed {
	struct {
		struct closed_list newest, before;
	} node[XNLB_NODES_MAX]; /* by node id - 1 */
};

/* A heartbeat that the membership has accepted, and its frame. */
void closed_hear(struct closed *closed, const struct heartbeat *heartbeat, const uint8_t *frame,
		 size_t length);

/* A list of this node's own; `version` not 0. */
void closed_own(struct closed *closed, uint8_t self, uint32_t incarnation, uint8_t version,
		const struct rule_set *rules);

/* What to send of it with version `version`; how many, at most CLOSED_PARTS. */
size_t closed_say(const struct closed *closed, uint8_t self, uint8_t version,
		  struct wire_extension *out);

/* The lists of a view's members, by node id - 1. False if one is not known yet. */
bool closed_find(const struct closed *closed, const struct view *view,
		 struct rule_set out[XNLB_NODES_MAX]);

#endif
