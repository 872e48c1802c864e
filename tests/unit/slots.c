// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/slots.h"
#include "random.h"

struct set {
	struct xnlb_ip ip[XNLB_IPS_MAX];
	unsigned int count;
};

static void add(struct set *set, uint32_t family, uint32_t w0, uint32_t w1, uint32_t w2,
		uint32_t w3)
{
	struct xnlb_ip *ip = &set->ip[set->count];

	ip->family = family;
	ip->addr[0] = htonl(w0);
	ip->addr[1] = htonl(w1);
	ip->addr[2] = htonl(w2);
	ip->addr[3] = htonl(w3);
	ip->row_tcp = (uint16_t)(2 * set->count);
	ip->row_udp = (uint16_t)(2 * set->count + 1);
	set->count++;
}

static void add4(struct set *set, uint32_t address)
{
	add(set, 4, address, 0, 0, 0);
}

static const struct xnlb_ip *member(const struct set *set, uint32_t family, const __be32 addr[4])
{
	for (unsigned int i = 0; i < set->count; i++)
		if (set->ip[i].family == family && !memcmp(set->ip[i].addr, addr, 16))
			return &set->ip[i];
	return NULL;
}

/* An address is found if and only if it is a member, with the member's rows. */
static void check_address(const struct set *set, const struct xnlb_setup *setup,
			  const __be32 addr[4])
{
	const __be32 only4[4] = {addr[0]};
	const struct xnlb_ip *ip4 = member(set, 4, only4), *ip6 = member(set, 6, addr);
	const struct xnlb_ip4_slot *slot4 = slots_ip4(setup, addr[0]);
	const struct xnlb_ip6_slot *slot6 = slots_ip6(setup, addr);

	cr_assert_eq(!ip4, !slot4, "%08x is %s", ntohl(addr[0]), ip4 ? "missing" : "a stranger");
	cr_assert_eq(!ip6, !slot6, "%08x:%08x:%08x:%08x is %s", ntohl(addr[0]), ntohl(addr[1]),
		     ntohl(addr[2]), ntohl(addr[3]), ip6 ? "missing" : "a stranger");
	if (slot4)
		cr_assert(slot4->row_tcp == ip4->row_tcp && slot4->row_udp == ip4->row_udp);
	if (slot6)
		cr_assert(slot6->row_tcp == ip6->row_tcp && slot6->row_udp == ip6->row_udp);
}

static void check(const struct set *set)
{
	struct xnlb_setup *setup = calloc(1, sizeof(*setup));

	cr_assert_eq(slots_fill(set->ip, set->count, setup), 0);
	for (unsigned int i = 0; i < set->count; i++)
		check_address(set, setup, set->ip[i].addr);
	/* What the slots themselves hold, what is next to the members, and anything. */
	for (int i = 0; i < XNLB_IP_SLOTS; i++) {
		const __be32 four[4] = {setup->ip4[i].addr};
		__be32 six[4];

		memcpy(six, setup->ip6[i].addr, sizeof(six));
		check_address(set, setup, four);
		check_address(set, setup, six);
	}
	for (unsigned int i = 0; i < set->count; i++) {
		for (int bit = 0; bit < 128; bit++) {
			__be32 near[4];

			memcpy(near, set->ip[i].addr, sizeof(near));
			near[bit / 32] ^= htonl(1u << bit % 32);
			check_address(set, setup, near);
		}
	}
	for (int i = 0; i < 10000; i++) {
		__be32 any[4] = {random_word(), random_word(), random_word(), random_word()};

		check_address(set, setup, any);
	}
	check_address(set, setup, (const __be32[4]){0});
	check_address(set, setup, (const __be32[4]){~0u, ~0u, ~0u, ~0u});
	free(setup);
}

Test(slots, no_cluster_ips)
{
	check(&(struct set){.count = 0});
}

Test(slots, one_ip_of_one_family)
{
	struct set four = {.count = 0}, six = {.count = 0};

	add4(&four, 0xc0a80164);
	check(&four);
	add(&six, 6, 0xfd000000, 0, 0, 0x100);
	check(&six);
}

/* The one address whose slot is 0 with any multiplier, and those that fillers are made of. */
Test(slots, zero_and_one)
{
	struct set zero = {.count = 0}, one = {.count = 0};

	add4(&zero, 0);
	add(&zero, 6, 0, 0, 0, 0);
	check(&zero);
	add4(&one, 1);
	add(&one, 6, 0, 0, 0, 1);
	check(&one);
}

Test(slots, full_sets_of_random_addresses)
{
	for (int i = 0; i < 20; i++) {
		struct set four = {.count = 0}, six = {.count = 0}, both = {.count = 0};

		while (four.count < XNLB_IPS_MAX)
			add4(&four, random_word());
		while (six.count < XNLB_IPS_MAX)
			add(&six, 6, random_word(), random_word(), random_word(), random_word());
		while (both.count < XNLB_IPS_MAX)
			add(&both, both.count % 2 ? 4 : 6, random_word(), 0, 0, 0);
		for (unsigned int n = 0; n < both.count; n++)
			if (both.ip[n].family == 6)
				both.ip[n].addr[3] = random_word();
		check(&four);
		check(&six);
		check(&both);
	}
}

/* 64 addresses that differ by `step`, in each family (in each word of an IPv6 address). */
static void check_steps(uint32_t start, uint32_t step)
{
	struct set set = {.count = 0};

	while (set.count < XNLB_IPS_MAX)
		add4(&set, start + set.count * step);
	check(&set);
	for (int word = 0; word < 4; word++) {
		set.count = 0;
		while (set.count < XNLB_IPS_MAX) {
			uint32_t addr[4] = {0xfd000000, 0, 0, 0};

			addr[word] = start + set.count * step;
			add(&set, 6, addr[0], addr[1], addr[2], addr[3]);
		}
		check(&set);
	}
}

Test(slots, consecutive_addresses)
{
	check_steps(0xc0a80100, 1);
	check_steps(0xc0a801e0, 1); /* over the end of a /24 */
}

Test(slots, equal_last_bytes)
{
	check_steps(0x0a000064, 1 << 8);
	check_steps(0x0a000064, 1 << 16);
	check_steps(0x01000064, 1 << 24);
}

Test(slots, other_patterns)
{
	check_steps(0x0a000000, 0x00010101);
	check_steps(0x0a000001, 0x03000001);
	check_steps(0x0a000001, 0x04000004);
	check_steps(0, 0x01000000);
}

/* Sums of 6 bits each of which is in another place: no multiplier tells much about the others. */
Test(slots, subsets_of_bits)
{
	for (int shift = 0; shift < 6; shift++) {
		struct set four = {.count = 0}, six = {.count = 0};

		while (four.count < XNLB_IPS_MAX) {
			uint32_t spread = 0;

			for (int bit = 0; bit < 6; bit++)
				spread |= (four.count >> bit & 1) << (5 * bit + shift);
			add4(&four, spread);
			add(&six, 6, spread, ~spread, spread << 1, spread >> 1);
		}
		check(&four);
		check(&six);
	}
}

Test(slots, always_the_same)
{
	struct xnlb_setup *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	struct set set = {.count = 0};

	while (set.count < XNLB_IPS_MAX)
		add4(&set, random_word());
	cr_assert_eq(slots_fill(set.ip, set.count, a), 0);
	cr_assert_eq(slots_fill(set.ip, set.count, b), 0);
	cr_assert_arr_eq(a, b, sizeof(*a));
	free(a);
	free(b);
}

/* Doubles cannot be told apart; the configuration refuses them, here they are the only failure. */
Test(slots, refuses_doubles)
{
	struct xnlb_setup *setup = calloc(1, sizeof(*setup)),
			  *untouched = calloc(1, sizeof(*setup));
	struct set set = {.count = 0};

	add4(&set, 0xc0a80164);
	add4(&set, 0xc0a80164);
	cr_assert_eq(slots_fill(set.ip, set.count, setup), -ENOSPC);
	cr_assert_arr_eq(setup, untouched, sizeof(*setup));
	free(setup);
	free(untouched);
}
