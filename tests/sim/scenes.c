// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What happens in a run, and what is measured. Each scene begins with a cluster that starts at once
 * and comes to rest, at a random moment of its heartbeats.
 */
#include <string.h>

#include "figures.h"

#define SETTLE (60 * SECOND) /* no cluster should need it */

static struct tape tape;

/* Who should be a member. */
static bool is_up(const struct world *world, unsigned int host)
{
	return host_works(world, host) && !(world->host[host].trouble & AWAY);
}

/* Are all who are up ACTIVE in one view of theirs? */
static bool one_view(struct world *world)
{
	const struct view *view = NULL;
	node_set up = 0;

	for (unsigned int i = 0; i < world->hosts; i++) {
		const struct membership *m = &world->host[i].member;

		if (!is_up(world, i))
			continue;
		up |= 1ull << i;
		view = view ? view : &m->view;
		if (m->state != XNLB_STATE_ACTIVE || !view_same(&m->view, view))
			return false;
	}
	return view && view->members == up;
}

static bool all_served(struct world *world)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < world->hosts; i++)
		seen |= host_accepts(world, i);
	return seen == UINT64_MAX;
}

static unsigned int any_host(struct world *world)
{
	return (unsigned int)world_between(world, 0, world->hosts - 1);
}

/* Whose buckets can be missed. */
static unsigned int an_owner(struct world *world)
{
	unsigned int host;

	do
		host = any_host(world);
	while (!host_accepts(world, host));
	return host;
}

/* All start, but for `absent` if it is one of them, and come to rest. */
static void settle(struct world *world, unsigned int absent)
{
	int64_t lease = world->timing.lease, end;

	for (unsigned int i = 0; i < world->hosts; i++)
		if (i != absent)
			world_plan(world, world_between(world, 0, lease / 5), EVENT_CHAOS, i,
				   CHAOS_BOOT);
	world_run(world, lease / 5);
	if (tape_until(world, SETTLE, one_view) == NEVER)
		world_fail(world, "the cluster does not come to rest");
	end = world->now + lease + world_between(world, 0, 2 * world->timing.period);
	world_run(world, end);
}

/* 0: time until others accept all that `host` had; 1: longest pause of what others kept. */
static void take_over(struct world *world, int64_t *results)
{
	results[0] = tape_until(world, world->now + 10 * SECOND, all_served);
	tape_run(world, world->now + 3 * world->timing.lease);
	results[1] = tape_paused(&tape, world);
}

void scene_crash(struct world *world, const struct figure *figure, int64_t *results)
{
	(void)figure;
	settle(world, HOSTS);
	tape_start(&tape, world);
	host_trouble(world, an_owner(world), OFF);
	take_over(world, results);
}

/* The second within a lease. Time from the second on. */
void scene_two_crashes(struct world *world, const struct figure *figure, int64_t *results)
{
	unsigned int first, second;

	(void)figure;
	settle(world, HOSTS);
	tape_start(&tape, world);
	first = an_owner(world);
	host_trouble(world, first, OFF);
	tape_run(world, world->now + world_between(world, 0, world->timing.lease));
	second = an_owner(world);
	host_trouble(world, second, OFF);
	take_over(world, results);
}

/* 0: time until it is done; 1: longest gap of a bucket that moved; 2: pause of what was kept. */
static void change(struct world *world, int64_t *results, bool (*done)(struct world *world))
{
	results[0] = tape_until(world, world->now + SETTLE, done);
	tape_run(world, world->now + world->timing.lease);
	results[1] = tape_gap(&tape, world);
	results[2] = tape_paused(&tape, world);
}

void scene_join(struct world *world, const struct figure *figure, int64_t *results)
{
	unsigned int host = any_host(world);

	(void)figure;
	settle(world, host);
	tape_start(&tape, world);
	host_boot(world, host);
	change(world, results, one_view);
}

/* It had crashed, `value` leases before. */
void scene_return(struct world *world, const struct figure *figure, int64_t *results)
{
	unsigned int host = any_host(world);

	settle(world, HOSTS);
	host_trouble(world, host, OFF);
	world_run(world, world->now + figure->value * world->timing.lease);
	tape_start(&tape, world);
	host_boot(world, host);
	change(world, results, one_view);
}

void scene_leave(struct world *world, const struct figure *figure, int64_t *results)
{
	(void)figure;
	settle(world, HOSTS);
	tape_start(&tape, world);
	host_leave(world, an_owner(world));
	change(world, results, one_view);
}

static bool weighed(struct world *world)
{
	for (unsigned int i = 0; i < world->hosts; i++)
		if (world->host[i].member.weight != world->host[0].member.view.weight[i])
			return false;
	return one_view(world);
}

void scene_weight(struct world *world, const struct figure *figure, int64_t *results)
{
	(void)figure;
	settle(world, HOSTS);
	tape_start(&tape, world);
	host_weight(world, an_owner(world), (uint8_t)world_between(world, 0, 99));
	change(world, results, weighed);
}

static void cut(struct world *world, node_set side, bool cut)
{
	for (unsigned int a = 0; a < world->hosts; a++)
		for (unsigned int b = 0; b < world->hosts; b++)
			if (a != b && ((side >> a ^ side >> b) & 1))
				network_cut(world, a, b, cut);
}

/*
 * Any two sides, long enough apart that both serve all.
 * 0: how long a bucket has two nodes; 1: time until there is one view.
 */
void scene_heal(struct world *world, const struct figure *figure, int64_t *results)
{
	node_set all = ~0ull >> (64 - world->hosts), side;
	int64_t lease = world->timing.lease, start;

	(void)figure;
	settle(world, HOSTS);
	do
		side = world_random(world) & all;
	while (!side || side == all);
	cut(world, side, true);
	world_run(world, world->now + world_between(world, 3 * lease, 8 * lease));
	cut(world, side, false);
	start = world->now;
	tape_start(&tape, world);
	if (tape.before[TAPE_ONE])
		world_fail(world, "not each bucket has a node on both sides");
	results[1] = tape_until(world, start + SETTLE, one_view);
	results[0] = ~tape.last[TAPE_ONE] ? NEVER : tape.ended[TAPE_ONE] - start;
}

/* All within `value` ms. 0: time from the last start to one view; 1: views that were proposed. */
void scene_start(struct world *world, const struct figure *figure, int64_t *results)
{
	int64_t last = 0;

	for (unsigned int i = 0; i < world->hosts; i++) {
		int64_t when = world_between(world, 0, figure->value * MS);

		last = when > last ? when : last;
		world_plan(world, when, EVENT_CHAOS, i, CHAOS_BOOT);
	}
	world_run(world, last);
	results[0] = tape_until(world, SETTLE, one_view);
	results[1] = (int64_t)world->views;
}

static unsigned int victim;

static bool victim_silent(struct world *world)
{
	return !host_accepts(world, victim);
}

static bool victim_serves(struct world *world)
{
	return host_accepts(world, victim);
}

/*
 * `value`: enum trouble, for 3 to 8 leases, so that it is excluded.
 * 0: how long it goes on accepting, from the stop, or of a machine that stood still from when it
 * went on; 1: time from its going on until it accepts again and is in one view with the others.
 */
void scene_stop(struct world *world, const struct figure *figure, int64_t *results)
{
	enum trouble trouble = (enum trouble)figure->value;
	bool still = trouble & (FROZEN | STOPPED);
	int64_t lease = world->timing.lease, end;

	settle(world, HOSTS);
	victim = an_owner(world);
	tape_start(&tape, world);
	end = world->now + world_between(world, 3 * lease, 8 * lease);
	host_trouble(world, victim, trouble);
	if (!still)
		results[0] = tape_until(world, end, victim_silent);
	tape_run(world, end);
	host_resume(world, victim, trouble);
	end = world->now;
	if (still)
		results[0] = tape_until(world, end + SETTLE, victim_silent);
	tape_until(world, end + SETTLE, victim_serves);
	results[1] = tape_until(world, end + SETTLE, one_view);
	if (results[1] != NEVER)
		results[1] = world->now - end;
}

/* The same, and the NIC keeps what comes meanwhile. */
void scene_stop_kept(struct world *world, const struct figure *figure, int64_t *results)
{
	world->room = KEPT;
	scene_stop(world, figure, results);
}

/*
 * The daemon is killed, and started without its past up to `value` leases later.
 * 0: time from then until it is in one view with the others.
 */
void scene_restart(struct world *world, const struct figure *figure, int64_t *results)
{
	int64_t most = figure->value * world->timing.lease;

	settle(world, HOSTS);
	victim = an_owner(world);
	host_trouble(world, victim, KILLED);
	world_run(world, world->now + world_between(world, MS, most));
	host_restart(world, victim);
	results[0] = tape_until(world, world->now + SETTLE, one_view);
}

/* Stuck for `value` ms at most, less than S: nobody should notice. 0: longest pause. */
void scene_short_stop(struct world *world, const struct figure *figure, int64_t *results)
{
	settle(world, HOSTS);
	victim = an_owner(world);
	tape_start(&tape, world);
	host_trouble(world, victim, STUCK);
	tape_run(world, world->now + world_between(world, MS, figure->value * MS));
	host_resume(world, victim, STUCK);
	tape_run(world, world->now + 3 * world->timing.lease);
	results[0] = tape_paused(&tape, world);
}

/* Nothing happens for `value` seconds. 0: members that were lost from the highest view. */
void scene_steady(struct world *world, const struct figure *figure, int64_t *results)
{
	struct view highest;
	int64_t end;

	settle(world, HOSTS);
	highest = world->host[0].member.view;
	results[0] = 0;
	end = world->now + figure->value * SECOND;
	while (world->now < end && !world->failed) {
		world_run(world, world->now + MS);
		for (unsigned int i = 0; i < world->hosts; i++) {
			const struct view *view = &world->host[i].member.view;

			if (view_compare(&view->id, &highest.id) <= 0)
				continue;
			results[0] += __builtin_popcountll(highest.members & ~view->members);
			highest = *view;
		}
	}
}
