// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What one seed does. Most are chaos: a cluster starts, things go wrong, and when all is quiet each
 * bucket must have its node again. Others change one thing in a quiet cluster: then no node may
 * pause for a moment in the buckets that it has before and after. Some heal a partition and stop a
 * daemon at about that time: the hardest thing there is. Some stop a machine with its clock, and
 * its NIC keeps what comes meanwhile.
 */
#include "world.h"

/* Small clusters show most; large ones are there too. */
static unsigned int draw_hosts(struct world *world)
{
	static const uint8_t few[] = {2, 2, 3, 3, 3, 4, 4, 5, 6, 8};

	if (world_chance(world, 2000))
		return (unsigned int)world_between(world, 9, HOSTS);
	return few[world_between(world, 0, sizeof(few) - 1)];
}

/* Each bucket has its one node then, or as soon as a join that was just under way is through. */
static void must_live(struct world *world, int64_t when)
{
	for (int i = 0; i < 10; i++) {
		world_run(world, when + i * 10 * MS);
		if (world->failed || oracle_alive(world))
			return;
	}
	world_fail(world, "not each bucket has one node, %lld ms after the last event",
		   (long long)((when - world->calm) / MS));
}

/* And all are in one view again, as soon as those that were lost have been stable for long enough.
 */
static void must_unite(struct world *world)
{
	int64_t until = world->now + 70 * SECOND;

	while (!world->failed && !world->scarred && !oracle_one_view(world)) {
		if (world->now >= until) {
			world_fail(world, "not all are in one view, 70 s after the last event");
			return;
		}
		world_run(world, world->now + world->timing.lease);
	}
}

/* A cluster of its size, times and network; `plain`: nothing that makes it hard. */
static void found(struct world *world, struct world *dice, bool plain)
{
	unsigned int hosts = draw_hosts(dice);
	bool fast = world_chance(dice, 200000);

	world_init(world, world_random(dice), hosts, fast ? 10 * MS : 50 * MS, fast ? 2 : 3);
	world->quorum = !plain && world_chance(dice, 200000);
	if (plain) /* at 5 % a lease may end before its suspect is known: docs/reliability.md counts
		      those */
		world->loss = (uint32_t[]){0, 0, 10000}[world_between(dice, 0, 2)];
	else
		world->loss = (uint32_t[]){0, 10000, 100000}[world_between(dice, 0, 2)];
	if (world->loss)
		world->twice = world->slow = 20000;
}

static void start(struct world *world, int64_t spread)
{
	for (unsigned int i = 0; i < world->hosts; i++)
		world_plan(world, world_between(world, 0, spread), EVENT_CHAOS, i, CHAOS_BOOT);
}

static void chaos(struct world *world, struct world *dice)
{
	int64_t lease, spread;

	found(world, dice, false);
	lease = world->timing.lease;
	spread = world_chance(dice, 500000) ? lease / 5 : 4 * lease;
	start(world, spread);
	chaos_plan(world, world_between(dice, 0, spread + 4 * lease), spread + 14 * lease);
	if (world_chance(dice, 200000)) {
		world_run(world, world->calm + 2 * MS);
		chaos_scar(world);
	}
	must_live(world, world->calm + 6 * lease);
	must_live(world, world->calm + 6 * lease + 500 * MS);
	if (world->hosts <= 4 || world_chance(dice, 100000))
		must_unite(world);
}

/*
 * What each host has accepted at every moment. Where a join meets a crash, buckets may go to the
 * one who comes and back: then only those count that each view gave to the host.
 */
static uint64_t always[HOSTS], given[HOSTS];

static void watch(struct world *world)
{
	for (unsigned int i = 0; i < world->hosts; i++)
		always[i] &= host_accepts(world, i);
}

static void watch_views(struct world *world)
{
	watch(world);
	for (unsigned int i = 0; i < world->hosts; i++)
		given[i] &= view_owns(&world->host[i].member.view, (uint8_t)(i + 1));
}

/* All read another configuration, one after the other. */
static void reload(struct world *world, struct world *dice)
{
	world->digest++;
	for (unsigned int i = 0; i < world->hosts; i++) {
		host_configure(world, i);
		world_run(world, world->now + world_between(dice, 0, world->timing.lease / 2));
	}
}

/* One of what the operator does each day, or one or two crashes within a lease. */
static void disturb(struct world *world, struct world *dice, unsigned int host)
{
	unsigned int other = (unsigned int)world_between(dice, 0, world->hosts - 1);

	switch (world_between(dice, 0, 4)) {
	case 4:
		reload(world, dice);
		break;
	case 0:
		host_leave(world, host);
		break;
	case 1:
		host_weight(world, host, (uint8_t)world_between(dice, 1, 99));
		break;
	case 2: /* two of them; somebody has to stay */
		if (world->hosts > 2)
			host_trouble(world, other, OFF);
		world_run(world, world->now + world_between(dice, 0, world->timing.lease));
		/* fall through */
	default:
		host_trouble(world, host, OFF);
	}
}

/* A node comes; at about the time when it would be admitted another may go. */
static void join(struct world *world, struct world *dice, unsigned int host)
{
	unsigned int other = (host + 1) % world->hosts;

	host_boot(world, host);
	if (world->hosts < 3 || world_chance(dice, 500000))
		return;
	world_run(world, world->now + world->timing.wait + world_between(dice, 0, SECOND));
	world->watch = watch_views;
	host_trouble(world, other, OFF);
}

static void quiet(struct world *world, struct world *dice)
{
	uint64_t before[HOSTS];
	unsigned int host;
	int64_t lease;

	found(world, dice, true);
	lease = world->timing.lease;
	host = (unsigned int)world_between(dice, 0, world->hosts - 1);
	for (unsigned int i = 0; i < world->hosts; i++)
		host_boot(world, i);
	world_run(world, 4 * lease);
	if (world_chance(dice, 300000)) /* one node less, so that there is one to join */
		host_trouble(world, host, OFF);
	world_run(world, 8 * lease + world_between(dice, 0, world->timing.period));
	for (unsigned int i = 0; i < world->hosts; i++) {
		before[i] = always[i] = host_accepts(world, i);
		given[i] = UINT64_MAX;
	}
	world->watch = watch;
	world_trace(world, "from now on nobody may pause");
	for (int64_t at = world->now; at < world->now + 12 * lease; at += world->timing.period / 10)
		world_plan(world, at, EVENT_SAMPLE, 0, 0);
	if (world->host[host].trouble & OFF)
		join(world, dice, host);
	else
		disturb(world, dice, host);
	must_live(world, world->now + 7 * lease);
	for (unsigned int i = 0; i < world->hosts && !world->failed; i++) {
		uint64_t paused = before[i] & given[i] & host_accepts(world, i) & ~always[i];

		if (paused)
			world_fail(world, "node%u paused in buckets %llx", i + 1,
				   (unsigned long long)paused);
	}
}

static void split(struct world *world, unsigned int host, bool cut)
{
	for (unsigned int i = 0; i < world->hosts; i++)
		if (i != host) {
			network_cut(world, i, host, cut);
			network_cut(world, host, i, cut);
		}
}

static void healed(struct world *world, struct world *dice)
{
	unsigned int host, stopped;
	int64_t lease;

	found(world, dice, false);
	lease = world->timing.lease;
	world->calm = 14 * lease;
	host = (unsigned int)world_between(dice, 0, world->hosts - 1);
	stopped = world_chance(dice, 700000)
			  ? host
			  : (unsigned int)world_between(dice, 0, world->hosts - 1);
	start(world, lease / 5);
	world_run(world, 4 * lease);
	split(world, host, true);
	world_run(world, 4 * lease + world_between(dice, lease / 2, 4 * lease));
	split(world, host, false);
	world_run(world, world->now + world_between(dice, 0, 2 * lease));
	host_trouble(world, stopped, world_chance(dice, 500000) ? STUCK : KILLED);
	world_plan(world, world->now + world_between(dice, lease / 2, 3 * lease), EVENT_RESUME,
		   stopped, STUCK | KILLED);
	world_run(world, world->calm);
	world->loss = 0;
	must_live(world, world->calm + 6 * lease);
	must_unite(world);
}

/* What the NIC kept tells the data plane that others have its buckets, before any new flow does. */
static void paused(struct world *world, struct world *dice)
{
	uint64_t others = 0;
	unsigned int host;
	int64_t lease;

	found(world, dice, true);
	lease = world->timing.lease;
	host = (unsigned int)world_between(dice, 0, world->hosts - 1);
	world->room = KEPT;
	start(world, lease / 5);
	world_run(world, 8 * lease + world_between(dice, 0, world->timing.period));
	host_trouble(world, host, STOPPED);
	world_run(world, world->now + world_between(dice, 3 * lease, 8 * lease));
	for (unsigned int i = 0; i < world->hosts; i++)
		others |= host_accepts(world, i);
	host_resume(world, host, STOPPED);
	if (host_accepts(world, host) & others)
		world_fail(world, "node%u accepts what others have taken while it stood still",
			   host + 1);
	world->calm = world->now;
	must_live(world, world->calm + 6 * lease);
}

void story_run(struct world *world, uint64_t seed)
{
	struct world dice = {.random = seed};

	switch (world_between(&dice, 0, 10)) {
	case 0:
	case 1:
	case 2:
		quiet(world, &dice);
		break;
	case 3:
		healed(world, &dice);
		break;
	case 4:
		paused(world, &dice);
		break;
	default:
		chaos(world, &dice);
	}
}
