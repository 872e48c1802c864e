// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void all_move(struct owners *owners)
{
	memset(owners->moves, 1, owners->tables->cluster.room * sizeof(*owners->moves));
}

int owners_init(struct owners *owners, struct tables *tables)
{
	size_t room = tables->cluster.room;

	memset(owners, 0, sizeof(*owners));
	owners->tables = tables;
	owners->entry = calloc(room, sizeof(*owners->entry));
	owners->before = calloc(room, sizeof(*owners->before));
	owners->moves = calloc(room, sizeof(*owners->moves));
	if (!owners->entry || !owners->before || !owners->moves) {
		owners_free(owners);
		return -ENOMEM;
	}
	all_move(owners);
	return 0;
}

void owners_free(struct owners *owners)
{
	free(owners->entry);
	free(owners->before);
	free(owners->moves);
	memset(owners, 0, sizeof(*owners));
}

int owners_split(struct owners *owners, const struct order *order,
		 int (*split)(void *data, uint32_t rule), void *data)
{
	struct tables *tables = owners->tables;
	int err = 0;

	for (uint32_t rule = 1; !err && rule <= tables->cluster.rules; rule++) {
		uint32_t shared = tables->rule[rule].plan, plan;
		bool closed = false;

		for (int i = 0; i < XNLB_NODES_MAX; i++)
			closed |= rule_set_has(&order->closed[i], rule);
		plan = closed ? tables_split(tables, rule) : 0;
		if (!plan)
			continue;
		owners->entry[plan] = owners->entry[shared];
		owners->before[plan] = owners->before[shared];
		owners->moves[plan] = owners->moves[shared];
		err = split(data, rule);
	}
	return err;
}

/* `owner` by the view, `now` as it is published. */
static uint8_t entry_of(const struct order *order, uint8_t self, uint8_t owner, bool moves,
			uint8_t now)
{
	bool kept = order->own == OWN_KEPT && xnlb_owner_id(now) == self;

	if (owner == self && order->own != OWN_VIEW && !kept)
		return XNLB_OWNER_MOVING;
	return owner | (moves ? XNLB_OWNER_MOVING : 0);
}

/* Does a bucket go on moving: may others hold flows of this node's, or this node flows of others'?
 */
static bool goes_on(const struct owners *owners, const struct residual_bits *others,
		    const struct residual_bits *mine, uint8_t owner, int bucket)
{
	const struct residual_bits *bits = owner == owners->tables->setup.node ? others : mine;

	return bits->word[bucket / 64] >> (bucket % 64) & 1;
}

static bool fill(struct owners *owners, const struct order *order,
		 const struct residual_bits *others, const struct residual_bits *mine)
{
	const struct tables *tables = owners->tables;
	bool changed = false;

	owners->moving = false;
	for (__u32 plan = 0; plan < tables->cluster.plans; plan++)
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++) {
			uint8_t owner = tables->plan[plan].owner[bucket], entry;
			uint8_t *now = &owners->entry[plan].owner[bucket];
			uint8_t *before = &owners->before[plan].owner[bucket];
			uint8_t *moves = &owners->moves[plan].owner[bucket];

			if (*before != owner) {
				*moves = 1;
				owners->moved++;
			} else if (others && !goes_on(owners, others, mine, owner, bucket)) {
				*moves = 0;
			}
			entry = entry_of(order, tables->setup.node, owner, *moves, *now);
			changed |= entry != *now;
			owners->moving |= *moves;
			*now = entry;
			*before = owner;
		}
	return changed;
}

void owners_view(struct owners *owners, const struct order *order, bool anywhere)
{
	owners->moved = 0;
	if (anywhere)
		all_move(owners);
	tables_own_view(owners->tables, &order->view, order->closed);
	fill(owners, order, NULL, NULL);
}

bool owners_settle(struct owners *owners, const struct order *order,
		   const struct residual_bits *others, const struct residual_bits *mine)
{
	return fill(owners, order, others, mine);
}

/* The rule that covers the same packets; NULL if there is none. */
static const struct xnlb_rule *find_rule(const struct tables *tables, const struct xnlb_rule *rule)
{
	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		const struct xnlb_rule *other = &tables->rule[i];

		if (!strcmp(other->ip, rule->ip) && other->protocol == rule->protocol &&
		    other->port_first == rule->port_first && other->port_last == rule->port_last)
			return other;
	}
	return NULL;
}

/* Are all packets that no rule covers now such that none did before? */
static bool same_rest(const struct tables *tables, const struct tables *before)
{
	for (uint32_t i = 1; i <= before->cluster.rules; i++)
		if (!find_rule(tables, &before->rule[i]))
			return false;
	return true;
}

void owners_carry(struct owners *owners, const struct owners *from)
{
	const struct tables *tables = owners->tables;
	uint8_t self = tables->setup.node;
	bool seen[XNLB_PLANS_MAX] = {true};

	if (same_rest(tables, from->tables))
		owners->entry[0] = from->entry[0];
	for (uint32_t i = 1; i <= tables->cluster.rules; i++) {
		const struct xnlb_rule *rule = &tables->rule[i];
		const struct xnlb_rule *old = find_rule(from->tables, rule);
		struct xnlb_plan *entry = &owners->entry[rule->plan];

		if (!rule->plan)
			continue;
		if (old && (old->filter != rule->filter || old->affinity != rule->affinity))
			old = NULL; /* other packets in each bucket */
		/* Where several rules share a plan, only what this node has in all of them. */
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++) {
			uint8_t had = old ? from->entry[old->plan].owner[bucket] : 0;
			uint8_t *now = &entry->owner[bucket];

			if (!seen[rule->plan] || xnlb_owner_id(had) != self)
				*now = had;
		}
		seen[rule->plan] = true;
	}
}
