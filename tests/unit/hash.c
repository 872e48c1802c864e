// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flow hash and verdict, against the vectors that the BPF tests use too. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <xnlb/verdict.h>

#include "core/cluster.h"
#include "core/tables.h"
#include "../vectors/hash.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t bucket(const struct hash_vector *vector)
{
	const struct xnlb_hash_key *key = &hash_keys[vector->key];
	__be32 ports = htonl((uint32_t)vector->sport << 16 | vector->dport), from[4], to[4];
	struct ip_addr src, dst;

	cr_assert_eq(ip_parse(vector->src, &src), 0);
	cr_assert_eq(ip_parse(vector->dst, &dst), 0);
	memcpy(from, src.bytes, sizeof(from));
	memcpy(to, dst.bytes, sizeof(to));
	if (src.family == 4)
		return xnlb_bucket4(key, vector->affinity, from[0], to[0], ports, vector->proto);
	return xnlb_bucket6(key, vector->affinity, from, xnlb_hash_dst6(key, to), ports,
			    vector->proto);
}

Test(hash, vectors)
{
	cr_assert_geq(COUNT(hash_vectors), 200);
	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		uint32_t got = bucket(&hash_vectors[i]);

		cr_expect_eq(got, hash_vectors[i].bucket, "vector %zu: %u instead of %u", i, got,
			     hash_vectors[i].bucket);
	}
}

Test(hash, verdict_vectors)
{
	for (size_t i = 0; i < COUNT(verdict_vectors); i++) {
		const struct verdict_vector *vector = &verdict_vectors[i];
		enum xnlb_reason reason =
			xnlb_judge(vector->code, vector->owner, vector->node, vector->default_drop);

		cr_expect_str_eq(reason_name(reason), vector->reason, "vector %zu: %s, not %s", i,
				 reason_name(reason), vector->reason);
		cr_expect_eq(reason_verdict(reason), vector->verdict, "vector %zu", i);
	}
}

/* What an affinity leaves out must not matter; each value of the rest must. */
Test(hash, affinity_decides_what_counts)
{
	const struct xnlb_hash_key *key = &hash_keys[0];
	__be32 client = htonl(0x0a010203), neighbour = htonl(0x0a0102fe), far = htonl(0x0a010303);
	__be32 six[4] = {htonl(0xfd000000), htonl(1), htonl(2), htonl(3)};
	__be32 same64[4] = {six[0], six[1], htonl(7), htonl(8)};
	__be32 other64[4] = {six[0], htonl(9), six[2], six[3]};

	for (uint32_t i = 0; i < 1000; i++) {
		__be32 ports = htonl(i * 2654435761u), dst[4] = {htonl(i), 0, htonl(~i), 1};
		uint8_t proto = i % 2 ? 6 : 17;

		cr_assert_eq(xnlb_bucket4(key, XNLB_AFFINITY_SINGLE, client, dst[0], ports, proto),
			     xnlb_bucket4(key, XNLB_AFFINITY_SINGLE, client, 0, 0, 0));
		cr_assert_eq(xnlb_bucket4(key, XNLB_AFFINITY_NETWORK, client, dst[0], ports, proto),
			     xnlb_bucket4(key, XNLB_AFFINITY_NETWORK, neighbour, 0, 0, 0));
		cr_assert_eq(xnlb_bucket6(key, XNLB_AFFINITY_SINGLE, six, xnlb_hash_dst6(key, dst),
					  ports, proto),
			     xnlb_bucket6(key, XNLB_AFFINITY_SINGLE, six, xnlb_hash_dst6(key, six),
					  0, 0));
		cr_assert_eq(xnlb_bucket6(key, XNLB_AFFINITY_NETWORK, six, xnlb_hash_dst6(key, dst),
					  ports, proto),
			     xnlb_bucket6(key, XNLB_AFFINITY_NETWORK, same64,
					  xnlb_hash_dst6(key, six), 0, 0));
	}
	cr_assert_neq(xnlb_bucket4(key, XNLB_AFFINITY_SINGLE, client, 0, 0, 0),
		      xnlb_bucket4(key, XNLB_AFFINITY_SINGLE, neighbour, 0, 0, 0));
	cr_assert_neq(xnlb_bucket4(key, XNLB_AFFINITY_NETWORK, client, 0, 0, 0),
		      xnlb_bucket4(key, XNLB_AFFINITY_NETWORK, far, 0, 0, 0));
	cr_assert_neq(
		xnlb_bucket6(key, XNLB_AFFINITY_SINGLE, six, xnlb_hash_dst6(key, six), 0, 0),
		xnlb_bucket6(key, XNLB_AFFINITY_SINGLE, same64, xnlb_hash_dst6(key, six), 0, 0));
	cr_assert_neq(
		xnlb_bucket6(key, XNLB_AFFINITY_NETWORK, six, xnlb_hash_dst6(key, six), 0, 0),
		xnlb_bucket6(key, XNLB_AFFINITY_NETWORK, other64, xnlb_hash_dst6(key, six), 0, 0));
}

/*
 * Flows over buckets: chi-squared over 4096 buckets has mean 4095 and standard deviation 90.
 * Clients that count up are spread no worse than random ones.
 */
Test(hash, spreads_consecutive_clients)
{
	static uint32_t count[XNLB_BUCKETS];
	const uint32_t flows = 64 * XNLB_BUCKETS;
	double chi = 0;

	for (uint32_t i = 0; i < flows; i++)
		count[xnlb_bucket4(&hash_keys[1], XNLB_AFFINITY_NONE, htonl(0x0a000000 + i / 64),
				   htonl(0xc0a80164), htonl((40000 + i % 64) << 16 | 80), 6)]++;
	for (int i = 0; i < XNLB_BUCKETS; i++)
		chi += (count[i] - 64.0) * (count[i] - 64.0) / 64;
	cr_assert_lt(chi, 4095 + 5 * 90, "chi squared is %.0f", chi);
}

/* A code keeps what was put into it, to the limits. */
Test(hash, code_holds_its_parts)
{
	static const uint32_t numbers[] = {0, 1, 512, XNLB_RULES_MAX};

	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++) {
			uint32_t code = xnlb_code(numbers[i], numbers[j], XNLB_AFFINITY_NETWORK,
						  XNLB_FILTER_DISABLED);

			cr_assert_eq(xnlb_code_rule(code), numbers[i]);
			cr_assert_eq(xnlb_code_plan(code), numbers[j]);
			cr_assert_eq(xnlb_code_affinity(code), XNLB_AFFINITY_NETWORK);
			cr_assert_eq(xnlb_code_filter(code), XNLB_FILTER_DISABLED);
		}
	}
	cr_assert_eq(xnlb_code(0, 0, XNLB_AFFINITY_NONE, XNLB_FILTER_DEFAULT), 0);
}
