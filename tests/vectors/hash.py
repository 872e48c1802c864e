#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints hash.h: what flow hash and verdict must yield, worked out from the prose in
include/xnlb/hash.h, tables.h and reason.h, without the C code. `make vectors` runs it."""
import ipaddress
import random

BITS = (1 << 64) - 1
NONE, SINGLE, NETWORK = range(3)
AFFINITY = ["XNLB_AFFINITY_NONE", "XNLB_AFFINITY_SINGLE", "XNLB_AFFINITY_NETWORK"]


def words(data):
    return [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]


def bucket(key, affinity, src, dst, sport, dport, proto):
    source, destination = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
    four = len(source) == 4
    if affinity == NONE:
        ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
        x = words(source) + words(destination) + words(ports) + [proto]
    elif affinity == SINGLE:
        x = words(source) + ([0] if four else [])
    else:
        x = words(source[:3] + b"\0") + [0] if four else words(source[:8])
    a, c = key[:10], key[10]
    total = sum((a[2 * i] + x[2 * i + 1]) * (a[2 * i + 1] + x[2 * i]) for i in range(len(x) // 2))
    return ((total + c) & BITS) >> 52


def make_keys(rng):
    """Random keys first, then the edges."""
    return [[rng.getrandbits(64) for _ in range(11)] for _ in range(4)] + [
        [0x0123456789abcdef * (i + 1) & BITS for i in range(11)],
        [1 << 5 * i for i in range(11)],
        [BITS] * 11,
        [0] * 10 + [0xabc << 52],
    ]


EDGES = {
    4: [("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("1.2.3.4", "192.168.1.100"), ("4.3.2.1", "192.168.1.100"),
        ("10.0.0.255", "192.168.1.100"), ("10.0.1.0", "192.168.1.100")],
    6: [("::", "::"), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",) * 2,
        ("fd00::1", "fd00::100"), ("fd00:0:0:1::1", "fd00::100"),
        ("2001:db8:1:2:3:4:5:6", "fd00::100"), ("::ffff:1.2.3.4", "fd00::100")],
}
PORTS = [(0, 0, 6), (65535, 65535, 255), (40000, 80, 6), (80, 40000, 6), (40000, 80, 17),
         (1, 256, 6), (256, 1, 17), (0, 0, 1), (0, 0, 58), (0, 0, 47)]


def address(rng, family):
    bits = 32 if family == 4 else 128
    kind = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    return str(kind(rng.getrandbits(bits)))


def flows(rng):
    for family in 4, 6:
        for n, (src, dst) in enumerate(EDGES[family]):
            for i in range(4):
                yield (src, dst) + PORTS[(3 * n + 7 * i) % len(PORTS)]
        for _ in range(16):
            yield (address(rng, family), address(rng, family), rng.getrandbits(16),
                   rng.getrandbits(16), rng.choice([6, 17]))


def print_hash(rng):
    keys = make_keys(rng)
    print("static const struct xnlb_hash_key hash_keys[] = {")
    for key in keys:
        a = [f"0x{word:016x}" for word in key]
        print("\t{{" + ",\n\t  ".join(", ".join(a[i:i + 4]) for i in (0, 4)) +
              f",\n\t  {a[8]}, {a[9]}}},\n\t {a[10]}}},")
    print("};\n\nstatic const struct hash_vector hash_vectors[] = {")
    for n, flow in enumerate(flows(rng)):
        for affinity in NONE, SINGLE, NETWORK:
            turn = 3 * n + affinity
            k = 4 + turn // 4 % 4 if turn % 4 == 0 else turn % 5 % 4
            src, dst, *rest = flow
            numbers = ", ".join(map(str, rest + [bucket(keys[k], affinity, *flow)]))
            print(f'\t{{{k}, {AFFINITY[affinity]}, "{src}", "{dst}", {numbers}}},')
    print("};\n")


def verdict(filter_, owner, node, default_drop):
    """The reason for a packet to the cluster MAC, by the words of reason.h."""
    if filter_ == "DISABLED":
        return "disabled", "DROP"
    if filter_ == "DEFAULT":
        if owner == node and not default_drop:
            return "default-node", "ACCEPT"
        return "no-rule", "DROP"
    if owner == 0:
        return "no-owner", "DROP"
    return ("own-bucket", "ACCEPT") if owner == node else ("other-bucket", "DROP")


def print_verdicts():
    filters = ["DEFAULT", "MULTIPLE", "SINGLE", "DISABLED"]
    print("static const struct verdict_vector verdict_vectors[] = {")
    for number, filter_ in enumerate(filters):
        for rule, plan, affinity in ((0, 0, 0),) if not number else ((1, 0, 2), (1000, 1000, 1)):
            code = rule | plan << 10 | affinity << 20 | number << 22
            for node in 1, 64:
                for owner in 0, 1, 64:
                    for drop in 0, 1:
                        reason, kind = verdict(filter_, owner, node, drop)
                        print(f'\t{{0x{code:08x}, {owner}, {node}, {drop}, "{reason}", '
                              f"XNLB_VERDICT_{kind}}},")
    print("};\n")


print("""/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the flow hash and the verdict must yield, for C and BPF alike. Written by hash.py from the
 * specification, not by the code under test: `make vectors`.
 */
#ifndef VECTORS_HASH_H
#define VECTORS_HASH_H

#include <stdint.h>
#include <xnlb/hash.h>
#include <xnlb/reason.h>

/* A flow, addresses as text, ports in host byte order, and its bucket with hash_keys[key]. */
struct hash_vector {
	unsigned int key;
	enum xnlb_affinity affinity;
	const char *src, *dst;
	uint16_t sport, dport;
	uint8_t proto;
	uint32_t bucket;
};

/* What xnlb_judge says: the name of the reason, and its verdict. */
struct verdict_vector {
	uint32_t code;
	uint8_t owner, node, default_drop;
	const char *reason;
	enum xnlb_verdict verdict;
};

/* clang-format off */""")
print_hash(random.Random(1))
print_verdicts()
print("/* clang-format on */\n\n#endif")
