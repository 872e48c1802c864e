/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What both models share: views of three nodes, and who owns the one bucket.
 *
 * R1: a view is an epoch, its size, its proposer, the proposer's life, and its members, each with the
 * life in which it is a member (1 to 3; 0: no member). Packed in this order, so that the number without
 * its lowest bits says which view is higher.
 */
#define NODES 3

#define BIT(node) (1 << (node))
#define COUNT(set) (((set) & 1) + ((set) >> 1 & 1) + ((set) >> 2 & 1))

#define LIFE_IN(view, node) ((view) >> 2 * (node) & 3)
#define IN(view, node) ((view) >> (6 + (node)) & 1)
#define MEMBERS(view) ((view) >> 6 & 7)
#define PROPOSER(view) ((view) >> 11 & 3)
#define EPOCH(view) ((view) >> 15)
/* `lives`: LIFE_IN of all members. */
#define VIEW(epoch, by, members, lives) \
	((epoch) << 15 | COUNT(members) << 13 | (by) << 11 | ((lives) >> 2 * (by) & 3) << 9 | (members) << 6 | (lives))

#ifdef MUTANT_R1_LIVES	/* a node that restarted counts as the member of before */
#define HAS(view, node, its_life) IN(view, node)
#define SAME(a, b, node) (IN(a, node) && IN(b, node))
#else
#define HAS(view, node, its_life) (IN(view, node) && LIFE_IN(view, node) == (its_life))
#define SAME(a, b, node) (IN(a, node) && IN(b, node) && LIFE_IN(a, node) == LIFE_IN(b, node))
#endif
#define COMMON(a, b) (SAME(a, b, 0) | SAME(a, b, 1) << 1 | SAME(a, b, 2) << 2)

#ifdef MUTANT_R1_ORDER	/* moves to views that are not higher */
#define HIGHER(a, b) ((a) != (b))
#else
#define HIGHER(a, b) ((a) >> 9 > (b) >> 9)
#endif

/* The first of these that is a member owns the bucket. */
#ifndef FIRST
#define FIRST 0
#define SECOND 1
#define THIRD 2
#endif
#define OWNS(view, node) (IN(view, node) && ((node) == FIRST || (node) == SECOND && !IN(view, FIRST) || \
	(node) == THIRD && !IN(view, FIRST) && !IN(view, SECOND)))

#define LISTEN 0
#define PREP 1
#define READY 2
#define ACTIVE 3
