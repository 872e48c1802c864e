/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The entries of map `owners` as the daemon publishes them: owners by a view, and which buckets
 * move. A bucket whose owner changes moves until nobody holds flows of others there any more. Pure;
 * the publisher's own.
 */
#ifndef DAEMON_OWNERS_H
#define DAEMON_OWNERS_H

#include "core/membership.h"
#include "core/tables.h"

#define RESIDUAL_WORDS (XNLB_BUCKETS / 64)

/* A bit for each bucket. */
struct residual_bits {
	uint64_t word[RESIDUAL_WORDS];
};

/* What the membership wants to own, and by what. */
struct order {
	uint64_t swap;	 /* struct membership's */
	uint64_t digest; /* of the configuration to go by */
	enum own own;
	struct view view;
	struct rule_set closed[XNLB_NODES_MAX]; /* by node id - 1, of the view's members */
};

struct owners {
	struct tables *tables;
	/* tables->cluster.room of each */
	struct xnlb_plan *entry;  /* as published */
	struct xnlb_plan *before; /* owners by the view before */
	struct xnlb_plan *moves;  /* 1: nodes that are not its owner may hold flows there */
	bool moving;		  /* some bucket moves */
	uint32_t moved;		  /* entries whose owner is another than in the view before */
};

/* Every bucket moves at first. 0 or -ENOMEM. */
int owners_init(struct owners *owners, struct tables *tables);
void owners_free(struct owners *owners);

/*
 * Gives the rules that the order closes somewhere a plan of their own. `split` is told of each one
 * that had none, with the number of the rule; nothing has changed by then but the plan's number. 0,
 * or what `split` returned.
 */
int owners_split(struct owners *owners, const struct order *order,
		 int (*split)(void *data, uint32_t rule), void *data);

/*
 * All entries anew, by an order. `anywhere`: others may have taken flows in any bucket since the
 * one before.
 */
void owners_view(struct owners *owners, const struct order *order, bool anywhere);

/*
 * Buckets come to rest: those of this node where no other holds flows (`others`), and those of
 * others where this node holds none (`mine`). True if an entry changed.
 */
bool owners_settle(struct owners *owners, const struct order *order,
		   const struct residual_bits *others, const struct residual_bits *mine);

/*
 * For another configuration, whose owners are new: what this node has now in rules that are the
 * same it may keep.
 */
void owners_carry(struct owners *owners, const struct owners *from);

#endif
