// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The perfect hash of cluster IPs. Knows addresses and rows, nothing of rules and nodes. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/slots.h"

/*
 * With multipliers that behave like random functions one try in 2,600 puts 64 addresses into 256
 * slots without a collision. The limit is far beyond what the worst sets in the tests need.
 */
#define TRIES (1 << 22)

/* Multipliers of one family (IPv4 uses the lower half of the first), and what each slot holds. */
struct placement {
	__u64 mult[2];
	const struct xnlb_ip *slot[XNLB_IP_SLOTS];
};

static uint32_t slot_of(uint32_t family, const __u64 mult[2], const __be32 addr[4])
{
	__be64 halves[2];

	if (family == 4)
		return xnlb_ip4_slot((uint32_t)mult[0], addr[0]);
	memcpy(halves, addr, sizeof(halves));
	return xnlb_ip6_slot(mult, halves);
}

/* Does each IP of the family get a slot of its own? Leaves those of the others NULL. */
static bool place_all(struct placement *placement, uint32_t family, const struct xnlb_ip *ips,
		      unsigned int count)
{
	memset(placement->slot, 0, sizeof(placement->slot));
	for (unsigned int i = 0; i < count; i++) {
		uint32_t slot = slot_of(family, placement->mult, ips[i].addr);

		if (ips[i].family != family)
			continue;
		if (placement->slot[slot])
			return false;
		placement->slot[slot] = &ips[i];
	}
	return true;
}

/*
 * All 1 is tried first: the slot of an IPv4 address is its last byte then. Later ones are odd, with
 * which addresses that differ in the last byte alone still get different slots.
 */
static int place(struct placement *placement, uint32_t family, const struct xnlb_ip *ips,
		 unsigned int count)
{
	uint64_t state = 1;

	for (int i = 0; i < 2; i++)
		placement->mult[i] = 1;
	for (int tries = 0; tries < TRIES; tries++) {
		if (place_all(placement, family, ips, count))
			return 0;
		/* Knuth's linear congruential generator (MMIX); its high bits are the good ones. */
		for (int i = 0; i < 2; i++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			placement->mult[i] = (state ^ state >> 32) | 1;
		}
	}
	return -ENOSPC;
}

/* Any cluster IP of the family will do for a slot that has none: it belongs to another slot. */
static void fill_empty(struct placement *placement, uint32_t family, const struct xnlb_ip *ips,
		       unsigned int count, const struct xnlb_ip nowhere[2])
{
	const struct xnlb_ip *filler = NULL;

	for (unsigned int i = 0; i < count && !filler; i++)
		if (ips[i].family == family)
			filler = &ips[i];
	if (!filler) {
		filler = &nowhere[0];
		placement->slot[0] = &nowhere[1];
	}
	for (int slot = 0; slot < XNLB_IP_SLOTS; slot++)
		if (!placement->slot[slot])
			placement->slot[slot] = filler;
}

int slots_fill(const struct xnlb_ip *ips, unsigned int count, struct xnlb_setup *setup)
{
	/* With multipliers 1, zeroes belong to slot 0, and an address that ends in 1 to slot 1. */
	const struct xnlb_ip nowhere4[2] = {[1] = {.addr = {htonl(1)}}};
	const struct xnlb_ip nowhere6[2] = {[1] = {.addr = {0, 0, 0, htonl(1)}}};
	struct placement ip4, ip6;
	int err;

	err = place(&ip4, 4, ips, count);
	if (!err)
		err = place(&ip6, 6, ips, count);
	if (err)
		return err;
	fill_empty(&ip4, 4, ips, count, nowhere4);
	fill_empty(&ip6, 6, ips, count, nowhere6);

	setup->ip4_mult = (uint32_t)ip4.mult[0];
	memcpy(setup->ip6_mult, ip6.mult, sizeof(setup->ip6_mult));
	for (int i = 0; i < XNLB_IP_SLOTS; i++) {
		const struct xnlb_ip *four = ip4.slot[i], *six = ip6.slot[i];

		setup->ip4[i] = (struct xnlb_ip4_slot){four->addr[0], four->row_tcp, four->row_udp};
		memcpy(setup->ip6[i].addr, six->addr, sizeof(six->addr));
		setup->ip6[i].hash = xnlb_hash_dst6(&setup->hash, six->addr);
		setup->ip6[i].row_tcp = six->row_tcp;
		setup->ip6[i].row_udp = six->row_udp;
	}
	return 0;
}

const struct xnlb_ip4_slot *slots_ip4(const struct xnlb_setup *setup, __be32 addr)
{
	const struct xnlb_ip4_slot *slot = &setup->ip4[xnlb_ip4_slot(setup->ip4_mult, addr)];

	return slot->addr == addr ? slot : NULL;
}

const struct xnlb_ip6_slot *slots_ip6(const struct xnlb_setup *setup, const __be32 addr[4])
{
	const struct xnlb_ip6_slot *slot;
	__be64 halves[2];

	memcpy(halves, addr, sizeof(halves));
	slot = &setup->ip6[xnlb_ip6_slot(setup->ip6_mult, halves)];
	return memcmp(slot->addr, halves, sizeof(slot->addr)) ? NULL : slot;
}
