/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bucket assignment: which node owns which of the XNLB_BUCKETS buckets of a plan. A pure
 * function of (members, weights), in integers only, so every node computes the same.
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
