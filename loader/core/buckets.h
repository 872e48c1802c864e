/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bucket assignment: which node owns which of the XNLB_BUCKETS buckets of a plan. A pure
 * function of (members, weights), in integers only, so every node computes the same. Nodes of two
 * versions that computed different owners would both take a packet or both drop it: a change of
 * what follows is a change of XNLB_LAYOUT.
 *
 * Shares are exact: each node gets its quota (bucket_quotas) and nothing else. Which buckets a node
 * gets is rendezvous ranking under these quotas:
 *
 *   - Each node has a list of all buckets in an order of its own, pseudo-random and independent of
 *     the other members and of all weights. The bucket at position p (from 0) costs the node
 *     c(p) / weight, where c(p) is the sum over i = 0 to p of floor(2^28 / (4096 - i)).
 *   - Of all (bucket, node) pairs, the one of the lowest cost is granted while the bucket is free
 *     and the node's quota lasts, then the next, and so on; equal costs to the lowest id first.
 *
 * Without quotas each bucket would go to the node that ranks it highest: rendezvous hashing [1].
 * c(p) is what the smallest but p of 4096 exponential variables is on average [2]; with such costs
 * a node is the cheapest for a bucket with a probability in proportion to its weight [3], which
 * leaves little for the quotas to put right. As a bucket and a node both want the lowest cost, the
 * result is also the only stable matching of nodes and buckets, and is computed as such [4],
 * without sorting all pairs: nodes ask down their lists, a bucket that is asked twice goes to the
 * cheaper node.
 *
 * The lists: bucket 64 x + y is the point (x, y) of a plane over GF(64) (polynomial z^6 + z + 1).
 * The points with y + slope * x = c are a line; a node's slope is its id - 1, so its 64 lines
 * divide the plane, and lines of two nodes meet in exactly one bucket [5]. A node's list goes line
 * by line. That evens out what two nodes want of each other, and fewer buckets move. The order of
 * the lines, and of the points of each line (by x), are shuffles of 0 to 63:
 *
 *   for i = 63 to 1: swap entries i and (random(line, i) * (i + 1)) >> 32
 *   random(line, i) = mix((23 << 40 | id << 16 | line << 8 | i) * 0x9e3779b97f4a7c15) >> 32
 *
 * with line = 64 for the order of the lines and 0 to 63, its place in that order, for the points of
 * a line; mix is the finalizer of SplitMix64 [6].
 *
 * Moves when a node of equal weight joins N others, over the ideal of 1/(N+1) of all buckets; the
 * same buckets move when it leaves. `make bench-buckets` prints more:
 *
 *   N                                    2     3     4     8     16    32    63
 *   node N+1 joins 1 to N                1.01  1.00  1.03  1.02  1.10  1.23  1.67
 *   any of 1 to N+1, mean                1.00  1.01  1.02  1.03  1.13  1.29  1.70
 *   any of 1 to N+1, worst               1.01  1.01  1.03  1.04  1.15  1.35  1.94
 *   any set of ids, worst of 200         1.02  1.03  1.04  1.10  1.20  1.43  1.94
 *
 * [1] Thaler, Ravishankar: Using name-based mappings to increase hit rates. IEEE/ACM Transactions
 *     on Networking 6(1), 1998
 * [2] Renyi: On the theory of order statistics. Acta Math. Acad. Sci. Hung. 4, 1953
 * [3] the "logarithmic method" of Schindelhauer, Schomaker: Weighted distributed hash tables.
 *     SPAA 2005
 * [4] Gale, Shapley: College admissions and the stability of marriage. American Mathematical
 *     Monthly 69(1), 1962
 * [5] an orthogonal array of index unity. Bush: Orthogonal arrays of index unity. Annals of
 *     Mathematical Statistics 23(3), 1952
 * [6] Steele, Lea, Flood: Fast splittable pseudorandom number generators. OOPSLA 2014
 */
#ifndef CORE_BUCKETS_H
#define CORE_BUCKETS_H

#include <stdint.h>
#include "core/cluster.h"

/*
 * Number of buckets of each node, by id - 1: XNLB_BUCKETS * weight / sum of weights, rounded by
 * largest remainder (Hamilton's method; ties to the lowest id), so each is within one bucket of
 * the exact share and they add up to XNLB_BUCKETS. Nodes outside `members` and of weight 0 get
 * none. All 0 if no member has a weight.
 */
void bucket_quotas(node_set members, const uint8_t weight[XNLB_NODES_MAX],
		   uint16_t quota[XNLB_NODES_MAX]);

/* Fills `plan`: filter multiple. Entries are 0 if no member has a weight. */
void buckets_assign(node_set members, const uint8_t weight[XNLB_NODES_MAX], struct xnlb_plan *plan);

/* All buckets to one node (filter single, default node); `id` may be 0. */
void buckets_give(uint8_t id, struct xnlb_plan *plan);

#endif
