// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * R10: members are a clique of two-way hearing. A largest one is hard to find, so nodes are taken
 * one by one, those first that most others hear both ways, those silent for more than 2 T last: the
 * usual greedy heuristic.
 */
#include "core/member.h"

/* The usual case, in one pass: do all of `nodes` and this node hear each other? */
static bool all_hear(const struct membership *member, node_set nodes)
{
	node_set everybody = nodes | node_bit(member->self);
	unsigned int i;

	if (nodes & ~member->live)
		return false;
	each_node(i, nodes)
		if (everybody & ~(member->peer[i].hears | 1ull << i))
			return false;
	return true;
}

/* Who hears whom both ways, among `nodes` and this node. */
static void two_way(const struct membership *member, node_set nodes, node_set out[XNLB_NODES_MAX])
{
	node_set me = node_bit(member->self), hears[XNLB_NODES_MAX] = {0};
	unsigned int i, k;

	each_node(i, nodes)
		hears[i] = member->peer[i].hears & (nodes | me);
	hears[member->self - 1] = nodes & member->live;
	each_node(i, nodes | me) {
		out[i] = 0;
		each_node(k, hears[i])
			out[i] |= (hears[k] >> i & 1) << k;
	}
}

/* The next to try, by index; `left` is not empty. */
static unsigned int best(const struct membership *member, node_set left, const node_set *pairs)
{
	unsigned int i, found = (unsigned int)__builtin_ctzll(left);
	int most = -1;

	each_node(i, left) {
		bool fresh = ran_since(member, member->peer[i].heard) <= 2 * member->timing.period;
		int worth = __builtin_popcountll(pairs[i]) + (fresh ? XNLB_NODES_MAX : 0);

		if (worth > most) {
			most = worth;
			found = i;
		}
	}
	return found;
}

node_set clique(const struct membership *member, node_set first, node_set then)
{
	node_set me = node_bit(member->self), found = me;
	node_set pairs[XNLB_NODES_MAX];
	unsigned int i;

	if (all_hear(member, (first | then) & ~me))
		return me | first | then;
	two_way(member, (first | then) & ~me, pairs);
	for (int round = 0; round < 2; round++) {
		node_set left = (round ? then : first) & ~me;

		while (left) {
			i = best(member, left, pairs);
			left &= ~(1ull << i);
			if (!(found & ~pairs[i]))
				found |= 1ull << i;
		}
	}
	return found;
}
