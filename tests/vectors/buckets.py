#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints buckets.h: checksums of plans, worked out from the prose in loader/core/buckets.h the slow
way, by sorting all pairs of bucket and node, without the C code. `make vectors` runs it."""
import math
import random
import textwrap

BITS = (1 << 64) - 1
BUCKETS = 4096


def mix(x):
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & BITS
    x = (x ^ x >> 27) * 0x94d049bb133111eb & BITS
    return x ^ x >> 31


def shuffle(node, line):
    order = list(range(64))
    for i in range(63, 0, -1):
        x = (23 << 40 | node << 16 | line << 8 | i) * 0x9e3779b97f4a7c15 & BITS
        j = (mix(x) >> 32) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def times(a, b):
    """Product in GF(64): polynomials over GF(2), modulo z^6 + z + 1."""
    product = 0
    for i in range(6):
        if b >> i & 1:
            product ^= a << i
    for i in range(10, 5, -1):
        if product >> i & 1:
            product ^= 0b1000011 << i - 6
    return product


def preferences(node):
    """All buckets in the order in which the node wants them."""
    result = []
    for place, c in enumerate(shuffle(node, 64)):
        for x in shuffle(node, place):
            result.append(64 * x + (c ^ times(node - 1, x)))
    assert sorted(result) == list(range(BUCKETS))
    return result


COST = []
for position in range(BUCKETS):
    COST.append((COST[-1] if COST else 0) + (1 << 28) // (BUCKETS - position))
PREFERENCES = {node: preferences(node) for node in range(1, 65)}


def quotas(weights):
    total = sum(weights.values())
    quota = {node: BUCKETS * weight // total for node, weight in weights.items()}
    rest = sorted(weights, key=lambda node: (-(BUCKETS * weights[node] % total), node))
    for node in rest[:BUCKETS - sum(quota.values())]:
        quota[node] += 1
    return quota


def assign(weights):
    weights = {node: weight for node, weight in weights.items() if weight}
    if not weights:
        return bytes(BUCKETS)
    quota = quotas(weights)
    common = math.lcm(*weights.values())
    pairs = sorted((COST[position] * (common // weights[node]), node, bucket)
                   for node in weights for position, bucket in enumerate(PREFERENCES[node]))
    owner = [0] * BUCKETS
    for _, node, bucket in pairs:
        if not owner[bucket] and quota[node]:
            owner[bucket] = node
            quota[node] -= 1
    return bytes(owner)


def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & BITS
    return value


def cases():
    """Weights of the members by id."""
    rng = random.Random(2)
    for count in 1, 2, 3, 4, 5, 8, 16, 32, 33, 64:
        yield {node: 50 for node in range(1, count + 1)}
    yield {1: 10, 2: 20, 3: 30, 4: 40}
    yield {1: 1, 2: 100}
    yield {7: 0, 9: 0}
    yield {}
    yield {node: 100 if node == 64 else 1 for node in range(1, 65)}
    for _ in range(8):
        members = rng.sample(range(1, 65), rng.randint(2, 64))
        yield {node: rng.randint(0, 100) for node in sorted(members)}


print("""/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checksums of plans, so that no change of the assignment goes unnoticed: nodes with two versions
 * of it would both take a packet, or both drop it. Written by buckets.py from the specification,
 * not by the code under test: `make vectors`.
 */
#ifndef VECTORS_BUCKETS_H
#define VECTORS_BUCKETS_H

#include <stdint.h>
#include <xnlb/limits.h>

struct plan_vector {
	uint64_t members; /* bit (id - 1) */
	uint8_t weight[XNLB_NODES_MAX];
	uint64_t checksum; /* FNV-1a of the owners, 64 bits */
	uint8_t owner[8];  /* of the first buckets */
};

/* clang-format off */
static const struct plan_vector plan_vectors[] = {""")
for case in cases():
    plan = assign(case)
    members = sum(1 << node - 1 for node in case)
    weight = ", ".join(str(case.get(node, 0)) for node in range(1, max(case, default=1) + 1))
    owner = ", ".join(map(str, plan[:8]))
    weight = textwrap.fill(weight, 90, subsequent_indent="\t  ")
    print(f"\t{{0x{members:016x},\n\t {{{weight}}},\n\t 0x{fnv1a(plan):016x}, {{{owner}}}}},")
print("};\n/* clang-format on */\n\n#endif")
