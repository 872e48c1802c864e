// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What must hold. Safety: no two nodes that can hear each other accept new flows of one bucket.
 * Liveness: when all is quiet, each bucket has exactly one node that accepts it.
 *
 * Two nodes can hear each other when no link between them is cut or has lost more heartbeats in a
 * row than the cluster tolerates, and this has been so for long enough to carry a heartbeat each
 * way and the swap that follows. Where a daemon is or was stuck just then, its data plane gives up
 * S after the last renewal of its lease, when it hears of a view without it. With a quorum there
 * are no exceptions, but for a machine whose clock was stopped: it cannot know.
 */
#include "world.h"

static int64_t settled(const struct world *world)
{
	int64_t heartbeat = world->timing.period * 112 / 100;

	return 2 * (world->tolerance + 1) * heartbeat + world->delay_slow + 30 * MS;
}

/* Has its clock been stopped, so that it may not have heard yet what it missed? */
static bool woke(const struct world *world, unsigned int host)
{
	return world->now - world->host[host].stopped < settled(world);
}

static bool hear(const struct world *world, unsigned int a, unsigned int b)
{
	const struct link *to = &world->link[a][b], *from = &world->link[b][a];
	const struct host *ha = &world->host[a], *hb = &world->host[b];
	int64_t grace = settled(world), since = to->deaf > from->deaf ? to->deaf : from->deaf;
	int64_t stuck = ha->disturbed > hb->disturbed ? ha->disturbed : hb->disturbed;

	if (to->cut || from->cut || to->losses > world->tolerance ||
	    from->losses > world->tolerance)
		return false;
	if (!host_works(world, a) || !host_works(world, b) || stuck > since)
		grace += world->timing.suspect;
	return world->now - since >= grace && !woke(world, a) && !woke(world, b);
}

static bool must_differ(const struct world *world, unsigned int a, unsigned int b)
{
	if (world->quorum)
		return !woke(world, a) && !woke(world, b);
	return hear(world, a, b);
}

static void find(struct world *world, const uint64_t *accepts)
{
	for (unsigned int a = 0; a < world->hosts; a++)
		for (unsigned int b = 0; b < a; b++)
			if (accepts[a] & accepts[b] && must_differ(world, a, b))
				world_fail(world, "node%u and node%u both accept buckets %llx",
					   b + 1, a + 1,
					   (unsigned long long)(accepts[a] & accepts[b]));
}

void oracle_safety(struct world *world)
{
	uint64_t accepts[HOSTS], seen = 0, twice = 0;

	for (unsigned int i = 0; i < world->hosts; i++) {
		accepts[i] = host_accepts(world, i);
		twice |= seen & accepts[i];
		seen |= accepts[i];
	}
	if (twice)
		find(world, accepts);
}

bool oracle_alive(struct world *world)
{
	uint64_t seen = 0, twice = 0;

	for (unsigned int i = 0; i < world->hosts; i++) {
		twice |= seen & host_accepts(world, i);
		seen |= host_accepts(world, i);
	}
	return seen == UINT64_MAX && (!twice || world->scarred);
}

bool oracle_one_view(const struct world *world)
{
	for (unsigned int i = 0; i < world->hosts; i++) {
		const struct membership *m = &world->host[i].member;

		if (!host_works(world, i) || m->state != XNLB_STATE_ACTIVE ||
		    m->view.members != m->nodes ||
		    !view_same(&m->view, &world->host[0].member.view))
			return false;
	}
	return true;
}
