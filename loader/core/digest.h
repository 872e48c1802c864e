/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Digests of a configuration: nodes whose digests are equal hand out packets alike. Not against
 * forgers: heartbeats, which carry them, are authenticated.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <xnlb/wire.h>
#include "core/cluster.h"

/*
 * Fills in a digest for each part, by which a mismatch is named, and returns that of the whole.
 * `seed`: any number that belongs to the seed of the flow hash. The interface is not part of it.
 */
uint64_t digest_cluster(const struct cluster *cluster, uint64_t seed, uint32_t part[XNLB_PARTS]);

#endif
