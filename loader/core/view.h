/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A view: what the members of a cluster agree on. Who they are, in which life (incarnation), by
 * which configuration, and what share each wants. From a view and the configuration follow all
 * owners.
 */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include "core/cluster.h"

/*
 * The order of views: by epoch, then size, proposer and its incarnation. A node moves only to a
 * view that is higher than its own.
 */
struct view_id {
	uint64_t epoch; /* 0: no view */
	uint64_t rank;	/* size << 40 | proposer << 32 | incarnation of the proposer */
};

struct view {
	struct view_id id;
	node_set members;
	uint64_t digest; /* of the configuration */
	/* By node id - 1; all 0 for who is no member. */
	uint32_t incarnation[XNLB_NODES_MAX]; /* never 0 for a member */
	uint8_t weight[XNLB_NODES_MAX];	      /* percent of the weights that its rules give it */
	uint8_t closed[XNLB_NODES_MAX];	      /* version of its list of closed rules, 0: none */
	uint64_t hash;			      /* view_hash of all of the above */
};

/* < 0, 0, > 0 as `a` is lower than, equal to or higher than `b`. */
int view_compare(const struct view_id *a, const struct view_id *b);

uint64_t view_hash(const struct view *view);

/* Sets id.rank and hash from the rest; the proposer is a member. */
void view_seal(struct view *view, uint8_t proposer);

uint8_t view_proposer(const struct view *view);

/* Is it a view at all? Epoch, size, proposer, incarnations and hash fit together. */
bool view_valid(const struct view *view);

/* Is node `id` in this life a member? */
static inline bool view_has(const struct view *view, uint8_t id, uint32_t incarnation)
{
	return view->members & node_bit(id) && view->incarnation[id - 1] == incarnation;
}

static inline bool view_same(const struct view *a, const struct view *b)
{
	return a->hash == b->hash && a->id.epoch == b->id.epoch && a->id.rank == b->id.rank;
}

/* Members of both, in the same life. */
node_set view_common(const struct view *a, const struct view *b);

#endif
