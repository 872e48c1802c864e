// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames on their way: each host's heartbeat to every other, lost, late, twice or cut off. */
#include <err.h>
#include <stdlib.h>

#include "world.h"

static uint32_t take_frame(struct world *world)
{
	uint32_t room;

	if (world->unuseds)
		return world->unused[--world->unuseds];
	room = world->frames ? 2 * world->frames : 256;
	world->frame = reallocarray(world->frame, room, sizeof(*world->frame));
	world->unused = reallocarray(world->unused, room, sizeof(*world->unused));
	if (!world->frame || !world->unused)
		err(2, "frames");
	for (uint32_t i = room; i > world->frames + 1; i--)
		world->unused[world->unuseds++] = i - 1;
	room = world->frames;
	world->frames = room ? 2 * room : 256;
	return room;
}

void network_release(struct world *world, uint32_t frame)
{
	if (!--world->frame[frame].users)
		world->unused[world->unuseds++] = frame;
}

static void deliver(struct world *world, uint32_t frame, unsigned int to)
{
	int64_t delay = world_between(world, world->delay_min, world->delay_max);

	if (world_chance(world, world->slow))
		delay = world_between(world, world->delay_max, world->delay_slow);
	world->frame[frame].users++;
	world_plan(world, world->now + delay, EVENT_FRAME, to, frame);
}

/* More losses in a row than are tolerated: the two do not hear each other for now. */
static void lose(struct world *world, struct link *link)
{
	if (++link->losses > world->tolerance)
		link->deaf = world->now;
}

void network_send(struct world *world, unsigned int from, const struct heartbeat *heartbeat)
{
	uint32_t frame = take_frame(world);

	world->frame[frame].heartbeat = *heartbeat;
	world->frame[frame].users = 1;
	world->sent++;
	for (unsigned int to = 0; to < world->hosts; to++) {
		struct link *link = &world->link[from][to];

		if (to == from)
			continue;
		if (link->cut || world_chance(world, world->loss)) {
			lose(world, link);
			continue;
		}
		link->losses = 0;
		deliver(world, frame, to);
		if (world_chance(world, world->twice))
			deliver(world, frame, to);
	}
	network_release(world, frame);
}

void network_cut(struct world *world, unsigned int from, unsigned int to, bool cut)
{
	struct link *link = &world->link[from][to];

	if (link->cut == cut)
		return;
	link->cut = cut;
	link->deaf = world->now;
}
