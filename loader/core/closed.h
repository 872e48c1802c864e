/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Closed rules: which node takes no new flows of which rules, because somebody said so. A view has
 * the version of each member's list; the lists themselves come in pieces with the heartbeats, and
 * whoever moves to a view needs those of its members. A node says its newest list, and, as long as
 * its view has another one of it, that one too. Of each other node three are kept: the newest, the
 * one before, and the one of its view.
 */
#ifndef CORE_CLOSED_H
#define CORE_CLOSED_H

#include "core/heartbeat.h"
#include "core/wire.h"

#define CLOSED_PARTS (sizeof(struct rule_set) * 8 / XNLB_EXTENSION_BITS)

/* Own lists that are remembered. A view that names an older one is proposed again. */
#define CLOSED_OWN 8

struct closed_list {
	uint32_t incarnation;
	uint8_t version; /* 0: nothing is known */
	uint8_t parts;	 /* which of them were heard */
	struct rule_set rules;
};

/* This node's own, the newest first; plain data, which goes with the membership. */
struct closed_own {
	struct closed_list list[CLOSED_OWN];
};

struct closed {
	struct {
		struct closed_list newest, before, viewed;
	} node[XNLB_NODES_MAX]; /* by node id - 1; its own is unused */
};

/* A heartbeat that the membership has accepted, and its frame. */
void closed_hear(struct closed *closed, const struct heartbeat *heartbeat, const uint8_t *frame,
		 size_t length);

/* A list of this node's own; `version` not 0. */
void closed_note(struct closed_own *own, uint32_t incarnation, uint8_t version,
		 const struct rule_set *rules);

/*
 * What to send: the newest list, of version `version`, and that of version `viewed`, which the view
 * has of this node. How many, at most 2 * CLOSED_PARTS.
 */
size_t closed_say(const struct closed_own *own, uint8_t version, uint8_t viewed,
		  struct wire_extension *out);

/* The lists of a view's members, by node id - 1. False if one is not known yet. */
bool closed_find(const struct closed *closed, const struct closed_own *own, uint8_t self,
		 const struct view *view, struct rule_set out[XNLB_NODES_MAX]);

#endif
