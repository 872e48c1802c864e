// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Order, hash and sanity of views. */
#include <string.h>

#include "core/mix.h"
#include "core/view.h"

int view_compare(const struct view_id *a, const struct view_id *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

uint64_t view_hash(const struct view *view)
{
	uint64_t hash = mix(mix(0, view->id.epoch), view->id.rank);

	hash = mix(mix(hash, view->members), view->digest);
	for (node_set left = view->members; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		hash = mix(hash, (uint64_t)view->incarnation[i] << 16 | view->weight[i] << 8 |
					 view->closed[i]);
	}
	return hash;
}

void view_seal(struct view *view, uint8_t proposer)
{
	view->id.rank = (uint64_t)__builtin_popcountll(view->members) << 40 |
			(uint64_t)proposer << 32 | view->incarnation[proposer - 1];
	view->hash = view_hash(view);
}

uint8_t view_proposer(const struct view *view)
{
	return (uint8_t)(view->id.rank >> 32);
}

bool view_valid(const struct view *view)
{
	uint8_t proposer = view_proposer(view);

	if (!view->id.epoch || view->id.rank >> 40 != (unsigned)__builtin_popcountll(view->members))
		return false;
	if (proposer < 1 || proposer > XNLB_NODES_MAX ||
	    !view_has(view, proposer, (uint32_t)view->id.rank))
		return false;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		if (view->members >> i & 1
			    ? !view->incarnation[i] || view->weight[i] > XNLB_WEIGHT_MAX
			    : view->incarnation[i] || view->weight[i] || view->closed[i])
			return false;
	return view->hash == view_hash(view);
}

node_set view_common(const struct view *a, const struct view *b)
{
	node_set common = 0;

	for (node_set left = a->members & b->members; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		if (a->incarnation[i] == b->incarnation[i])
			common |= 1ull << i;
	}
	return common;
}
