/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a heartbeat says, in host byte order. include/xnlb/wire.h has the bytes, core/wire.h turns
 * the one into the other. Who reads one has checked its tag.
 */
#ifndef CORE_HEARTBEAT_H
#define CORE_HEARTBEAT_H

#include <xnlb/wire.h>
#include "core/view.h"

struct heartbeat {
	enum xnlb_frame_type type;
	uint8_t node; /* who says it; 1 to XNLB_NODES_MAX */
	uint32_t incarnation;
	uint64_t sequence;
	enum xnlb_state state;
	bool join;	     /* it could be READY at once */
	bool out;	     /* it takes no part, because somebody said so */
	uint8_t weight;	     /* what it wants: percent of its weights */
	uint8_t closed;	     /* version of its list of closed rules */
	uint64_t digest;     /* its newest configuration */
	struct view view;    /* its view; id.epoch 0: none, and all else of it is 0 */
	struct view_id last; /* the last view in which it was READY or ACTIVE */
	/* Members of that view that are in `view` too, in the same life. */
	node_set last_with;
	/* Whom it hears, and in which life; 0 in the array for all others. */
	node_set heard;
	uint32_t heard_incarnation[XNLB_NODES_MAX];
	/* Of whom it acknowledges which heartbeat: the low 16 bits of the newest sequence. */
	node_set acked;
	uint16_t ack[XNLB_NODES_MAX];
};

/* Does its sender hear node `id` in this life? */
static inline bool heartbeat_hears(const struct heartbeat *heartbeat, uint8_t id,
				   uint32_t incarnation)
{
	return heartbeat->heard & node_bit(id) &&
	       heartbeat->heard_incarnation[id - 1] == incarnation;
}

static inline bool state_operates(enum xnlb_state state)
{
	return state == XNLB_STATE_PREP || state == XNLB_STATE_READY || state == XNLB_STATE_ACTIVE;
}

#endif
