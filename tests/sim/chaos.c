// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What goes wrong: drawn by lot, several things at a time, each with its end before `calm`. */
#include "world.h"

enum chaos {
	CRASH,
	FREEZE,
	STOP_CLOCK,
	STICK,
	KILL,
	KILL_FORGET,
	CUT,
	CUT_BOTH,
	DEAF,
	MUTE,
	PARTITION,
	LEAVE,
	WEIGHT,
	LOSSES,
	RELOAD,
	CHAOS_KINDS,
	/* What ends them. */
	BOOT = CHAOS_BOOT,
	RESTART,
	HEAL,
	RETURN,
	LOSSES_END,
	RELOADED,
};

_Static_assert((int)CHAOS_KINDS <= (int)CHAOS_BOOT, "room for all kinds");

static const char *const chaos_name[] = {
	[CRASH] = "crash",
	[FREEZE] = "freeze",
	[STOP_CLOCK] = "clock stopped",
	[STICK] = "daemon stuck",
	[KILL] = "daemon killed",
	[KILL_FORGET] = "daemon killed, state lost",
	[CUT] = "one-way cut",
	[CUT_BOTH] = "cut",
	[DEAF] = "deaf",
	[MUTE] = "mute",
	[PARTITION] = "partition",
	[LEAVE] = "leave",
	[WEIGHT] = "weight",
	[LOSSES] = "losses",
	[RELOAD] = "another configuration",
	[BOOT] = "boot",
	[RESTART] = "daemon restarts",
	[HEAL] = "heal",
	[RETURN] = "return",
	[LOSSES_END] = "losses end",
	[RELOADED] = "reads the newest configuration",
};

/* Half of them short, for the interesting things happen within a lease. */
static int64_t duration(struct world *world)
{
	int64_t lease = world->timing.lease;

	return world_chance(world, 500000) ? world_between(world, MS, lease)
					   : world_between(world, lease / 2, 4 * lease);
}

static int64_t ends(struct world *world)
{
	int64_t end = world->now + duration(world);

	return end < world->calm ? end : world->calm;
}

static void cut(struct world *world, unsigned int a, unsigned int b, bool both)
{
	if (a == b)
		return;
	network_cut(world, a, b, true);
	if (both)
		network_cut(world, b, a, true);
}

static void partition(struct world *world)
{
	uint64_t side = world_random(world);

	for (unsigned int a = 0; a < world->hosts; a++)
		for (unsigned int b = 0; b < world->hosts; b++)
			if ((side >> a ^ side >> b) & 1)
				cut(world, a, b, false);
	world_trace(world, "partition %llx", (unsigned long long)side);
}

static void heal(struct world *world)
{
	for (unsigned int a = 0; a < world->hosts; a++)
		for (unsigned int b = 0; b < world->hosts; b++)
			if (a != b)
				network_cut(world, a, b, false);
}

static void trouble(struct world *world, unsigned int host, enum trouble what)
{
	host_trouble(world, host, what);
	world_plan(world, ends(world), EVENT_RESUME, host, what);
}

static void split(struct world *world, unsigned int host, enum chaos what)
{
	unsigned int other = (unsigned int)world_between(world, 0, world->hosts - 1);

	for (unsigned int i = 0; i < world->hosts; i++)
		if (what == DEAF)
			cut(world, i, host, false);
		else if (what == MUTE)
			cut(world, host, i, false);
	if (what == PARTITION)
		partition(world);
	else if (what == CUT || what == CUT_BOTH)
		cut(world, host, other, what == CUT_BOTH);
	world_plan(world, ends(world), EVENT_CHAOS, host, HEAL);
}

/* An operator takes a while to have all read it; who does not run now reads it when it does. */
static void reload(struct world *world)
{
	world->digest++;
	for (unsigned int i = 0; i < world->hosts; i++)
		world_plan(world, world_between(world, world->now, ends(world)), EVENT_CHAOS, i,
			   RELOADED);
}

static void begin(struct world *world, unsigned int host, enum chaos what)
{
	switch (what) {
	case CRASH:
		host_trouble(world, host, OFF);
		world_plan(world, ends(world), EVENT_CHAOS, host, BOOT);
		break;
	case FREEZE:
		trouble(world, host, FROZEN);
		break;
	case STOP_CLOCK:
		trouble(world, host, STOPPED);
		break;
	case STICK:
		trouble(world, host, STUCK);
		break;
	case KILL:
		trouble(world, host, KILLED);
		break;
	case KILL_FORGET:
		host_trouble(world, host, KILLED);
		world_plan(world, ends(world), EVENT_CHAOS, host, RESTART);
		break;
	case LEAVE:
		host_leave(world, host);
		world_plan(world, ends(world), EVENT_CHAOS, host, RETURN);
		break;
	case WEIGHT:
		host_weight(world, host, (uint8_t)world_between(world, 1, 100));
		break;
	case RELOAD:
		reload(world);
		break;
	case LOSSES:
		world->loss = 200000;
		world_plan(world, ends(world), EVENT_CHAOS, host, LOSSES_END);
		break;
	default:
		split(world, host, what);
	}
}

void chaos_happen(struct world *world, unsigned int host, uint32_t value)
{
	struct host *h = &world->host[host];

	world_trace(world, "node%u: %s", host + 1, chaos_name[value]);
	switch (value) {
	case BOOT:
		if (h->trouble & OFF)
			host_boot(world, host);
		break;
	case RESTART:
		if (h->trouble & KILLED && !(h->trouble & (OFF | FROZEN | STOPPED)))
			host_restart(world, host);
		else
			host_resume(world, host, KILLED);
		break;
	case HEAL:
		heal(world);
		break;
	case RETURN:
		if (h->trouble & AWAY && host_works(world, host))
			host_return(world, host);
		break;
	case LOSSES_END:
		world->loss = 0;
		break;
	case RELOADED:
		if (host_works(world, host))
			host_configure(world, host);
		break;
	default:
		if (host_works(world, host) && !(h->trouble & AWAY))
			begin(world, host, (enum chaos)value);
	}
}

/*
 * Each seed has a few kinds and hosts only, so that they meet more often: swarm testing (Groce,
 * Zhang, Eide, Chen, Regehr: Swarm testing. ISSTA 2012).
 */
void chaos_plan(struct world *world, int64_t from, int64_t until)
{
	uint32_t kinds[3];
	unsigned int hosts[2];
	int64_t count = world_between(world, 1, 6), when = from;

	for (int i = 0; i < 3; i++)
		kinds[i] = (uint32_t)world_between(world, 0, CHAOS_KINDS - 1);
	for (int i = 0; i < 2; i++)
		hosts[i] = (unsigned int)world_between(world, 0, world->hosts - 1);
	world->calm = until;
	if (world_chance(world, 500000))
		world->room = (unsigned int)world_between(world, 1, KEPT);
	for (int64_t i = 0; i < count; i++) {
		if (world_chance(world, 700000))
			when += world_between(world, 0,
					      world_chance(world, 500000) ? world->timing.lease
									  : (until - from) / 2);
		if (when >= until)
			when = from;
		world_plan(world, when, EVENT_CHAOS, hosts[world_between(world, 0, 1)],
			   kinds[world_between(world, 0, 2)]);
	}
	/* Whatever was left over ends now: what stands still goes on, who is away comes back. */
	world_plan(world, until, EVENT_CHAOS, 0, HEAL);
	world_plan(world, until, EVENT_CHAOS, 0, LOSSES_END);
	for (unsigned int i = 0; i < world->hosts; i++) {
		world_plan(world, until + MS, EVENT_RESUME, i, FROZEN | STOPPED | STUCK | KILLED);
		world_plan(world, until + MS, EVENT_CHAOS, i, RETURN);
		world_plan(world, until + MS, EVENT_CHAOS, i, BOOT);
		world_plan(world, until + 2 * MS, EVENT_CHAOS, i, RELOADED);
	}
}

void chaos_scar(struct world *world)
{
	unsigned int a = (unsigned int)world_between(world, 0, world->hosts - 1);
	unsigned int b =
		(a + (unsigned int)world_between(world, 1, world->hosts - 1)) % world->hosts;

	if (world->hosts < 3)
		return;
	world_trace(world, "node%u and node%u do not hear each other any more", a + 1, b + 1);
	cut(world, a, b, world_chance(world, 500000));
	world->scarred = true;
}
