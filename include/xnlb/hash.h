/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow hash: from a packet's addresses and ports to one of XNLB_BUCKETS buckets.
 *
 * Pair-multiply-shift (Thorup, "High Speed Hashing for Integers and Strings", section 3.5): with
 * 64-bit keys a[i] and 32-bit words x[i],
 *
 *     h(x) = (sum over i of (a[2i] + x[2i+1]) * (a[2i+1] + x[2i])  +  c) >> 52     (mod 2^64)
 *
 * It is strongly universal over random keys: an outsider who does not know the keys cannot choose
 * flows that meet in one bucket better than by chance. It is not a cryptographic hash: who sees
 * which node answers many chosen flows can learn about the keys.
 *
 * Words are the packet's bytes read as little-endian 32-bit numbers, on every machine, so nodes of
 * different byte order agree. What goes in depends on the rule's affinity:
 *
 *     affinity   IPv4 words                          IPv6 words
 *     none       source, destination, ports, proto   source (4), destination (4), ports, proto
 *     single     source, 0                           source (4)
 *     network    source & 255.255.255.0, 0           source's first two words (/64)
 *
 * `ports` is the source port's two bytes followed by the destination port's; `proto` is the IP
 * protocol number. Fewer words always mean a prefix of the same keys.
 */
#ifndef XNLB_HASH_H
#define XNLB_HASH_H

#include <linux/types.h>
#include <xnlb/limits.h>

#define XNLB_HASH_WORDS 10 /* the longest input: IPv6, affinity none */
#define XNLB_HASH_SHIFT 52 /* leaves log2(XNLB_BUCKETS) = 12 bits */

_Static_assert(XNLB_BUCKETS == 1ull << (64 - XNLB_HASH_SHIFT), "the hash yields a bucket");

/* Secret of the cluster, the same on all nodes; derived from the seed in the key file. */
struct xnlb_hash_key {
	__u64 a[XNLB_HASH_WORDS];
	__u64 c;
};

enum xnlb_affinity { XNLB_AFFINITY_NONE, XNLB_AFFINITY_SINGLE, XNLB_AFFINITY_NETWORK };

/* A cast away from byte order, on purpose: for sparse, which checks it (`make lint`). */
#ifdef __CHECKER__
#define XNLB_RAW __attribute__((force))
#else
#define XNLB_RAW
#endif

/* The word at `bytes` (wire order) as the hash reads it. */
static inline __attribute__((always_inline)) __u32 xnlb_hash_word(__be32 bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap32((XNLB_RAW __u32)bytes);
#else
	return (XNLB_RAW __u32)bytes;
#endif
}

/* The same of eight bytes. */
static inline __attribute__((always_inline)) __u64 xnlb_hash_long(__be64 bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64((XNLB_RAW __u64)bytes);
#else
	return (XNLB_RAW __u64)bytes;
#endif
}

/* Term number `i` of the sum, for the words x[2i] and x[2i+1]. */
static inline __attribute__((always_inline)) __u64 xnlb_hash_pair(const struct xnlb_hash_key *key,
								  int i, __u32 even, __u32 odd)
{
	return (key->a[2 * i] + odd) * (key->a[2 * i + 1] + even);
}

/* As above, for two words as they stand in the packet. */
static inline __attribute__((always_inline)) __u64 xnlb_hash_wire(const struct xnlb_hash_key *key,
								  int i, __be32 even, __be32 odd)
{
	return xnlb_hash_pair(key, i, xnlb_hash_word(even), xnlb_hash_word(odd));
}

/*
 * Bucket (0 to XNLB_BUCKETS - 1) of a flow. Addresses in wire order; `ports` as they stand in the
 * TCP or UDP header, 0 for protocols without ports; `proto` is the IP protocol number.
 */
static inline __attribute__((always_inline)) __u32 xnlb_bucket4(const struct xnlb_hash_key *key,
								enum xnlb_affinity affinity,
								__be32 saddr, __be32 daddr,
								__be32 ports, __u8 proto)
{
	__u64 sum = key->c;

	if (affinity == XNLB_AFFINITY_NONE) {
		sum += xnlb_hash_wire(key, 0, saddr, daddr);
		sum += xnlb_hash_pair(key, 1, xnlb_hash_word(ports), proto);
	} else {
		__u32 client = xnlb_hash_word(saddr);

		if (affinity == XNLB_AFFINITY_NETWORK)
			client &= 0x00ffffff; /* the first three bytes */
		sum += xnlb_hash_pair(key, 0, client, 0);
	}
	return (__u32)(sum >> XNLB_HASH_SHIFT);
}

/* What an IPv6 destination adds to the sum with affinity none: known before a packet comes. */
static inline __attribute__((always_inline)) __u64 xnlb_hash_dst6(const struct xnlb_hash_key *key,
								  const __be32 *daddr)
{
	return xnlb_hash_wire(key, 2, daddr[0], daddr[1]) +
	       xnlb_hash_wire(key, 3, daddr[2], daddr[3]);
}

/* `dst` is xnlb_hash_dst6 of the destination address. */
static inline __attribute__((always_inline)) __u32 xnlb_bucket6(const struct xnlb_hash_key *key,
								enum xnlb_affinity affinity,
								const __be32 *saddr, __u64 dst,
								__be32 ports, __u8 proto)
{
	__u64 sum = key->c + xnlb_hash_wire(key, 0, saddr[0], saddr[1]);

	if (affinity != XNLB_AFFINITY_NETWORK)
		sum += xnlb_hash_wire(key, 1, saddr[2], saddr[3]);
	if (affinity == XNLB_AFFINITY_NONE)
		sum += dst + xnlb_hash_pair(key, 4, xnlb_hash_word(ports), proto);
	return (__u32)(sum >> XNLB_HASH_SHIFT);
}

#endif
