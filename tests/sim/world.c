// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hosts, their clocks and their data planes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xnlb/fence.h>
#include "core/mix.h"
#include "world.h"

/* SplitMix64. */
uint64_t world_random(struct world *world)
{
	return mix_final(world->random += 0x9e3779b97f4a7c15);
}

int64_t world_between(struct world *world, int64_t low, int64_t high)
{
	return high <= low ? low
			   : low + (int64_t)(world_random(world) % (uint64_t)(high - low + 1));
}

bool world_chance(struct world *world, uint32_t millionths)
{
	return millionths && world_random(world) % 1000000 < millionths;
}

void world_trace(struct world *world, const char *format, ...)
{
	va_list args;

	if (!world->trace)
		return;
	printf("%10.3f ms  ", (double)world->now / 1000);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void world_fail(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->failed)
		return;
	world->failed = true;
	va_start(args, format);
	vsnprintf(world->failure, sizeof(world->failure), format, args);
	va_end(args);
	world_trace(world, "FAILED: %s", world->failure);
}

struct instant host_clock(const struct world *world, unsigned int host)
{
	const struct host *h = &world->host[host];

	return (struct instant){h->offset + world->now + world->now * h->ppm / 1000000};
}

/* The first moment of the world at which the host's clock has reached `instant`. */
static int64_t world_time(const struct host *host, struct instant instant)
{
	int64_t passed = instant.us - host->offset;

	return passed - passed * host->ppm / (1000000 + host->ppm) + 1;
}

void world_plan(struct world *world, int64_t when, enum event_kind kind, unsigned int host,
		uint32_t value)
{
	queue_add(&world->queue, (struct event){.time = when,
						.kind = (uint16_t)kind,
						.host = (uint16_t)host,
						.value = value});
}

void world_init(struct world *world, uint64_t seed, unsigned int hosts, int64_t period,
		uint32_t tolerance)
{
	struct world used = *world;

	memset(world, 0, sizeof(*world));
	world->queue = used.queue;
	queue_clear(&world->queue);
	world->frame = used.frame;
	world->unused = used.unused;
	world->frames = used.frames;
	for (uint32_t i = world->frames; i > 0; i--)
		world->unused[world->unuseds++] = i - 1;
	world->trace = used.trace;
	world->random = seed;
	world->hosts = hosts;
	world->digest = 1;
	world->tolerance = tolerance;
	timing_derive(period, tolerance, &world->timing);
	world->delay_min = 50;
	world->delay_max = 400;
	world->delay_slow = 20 * MS;
	for (unsigned int i = 0; i < hosts; i++) {
		world->host[i].trouble = OFF;
		world->host[i].timer = INT64_MAX;
		world->host[i].disturbed = world->host[i].stopped = INT64_MIN / 2;
		for (unsigned int k = 0; k < hosts; k++)
			world->link[i][k].deaf = INT64_MIN / 2;
	}
}

void world_free(struct world *world)
{
	queue_free(&world->queue);
	free(world->frame);
	free(world->unused);
	memset(world, 0, sizeof(*world));
}

bool host_works(const struct world *world, unsigned int host)
{
	return !(world->host[host].trouble & (OFF | FROZEN | STOPPED | STUCK | KILLED));
}

uint64_t host_accepts(const struct world *world, unsigned int host)
{
	const struct host *h = &world->host[host];

	if (h->trouble & (OFF | FROZEN | STOPPED) ||
	    !instant_before(host_clock(world, host), h->plane.lease))
		return 0;
	return h->plane.accepts | h->plane.still;
}

/* Rendezvous hashing: good enough to share 64 buckets among members by weight. */
uint64_t view_owns(const struct view *view, uint8_t id)
{
	uint64_t mine = 0;

	for (unsigned int bucket = 0; bucket < BUCKETS; bucket++) {
		uint64_t most = 0;
		uint8_t owner = 0;

		for (node_set left = view->members; left; left &= left - 1) {
			unsigned int i = (unsigned int)__builtin_ctzll(left);
			uint64_t z = (bucket << 8 | i) * 0x9e3779b97f4a7c15;

			z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
			z = ((z ^ z >> 27) >> 16) * view->weight[i] + 1;
			if (z > most) {
				most = z;
				owner = (uint8_t)(i + 1);
			}
		}
		if (owner == id)
			mine |= 1ull << bucket;
	}
	return mine;
}

static const char *state_name(enum xnlb_state state)
{
	static const char *const names[] = {"LISTEN", "PREP", "READY", "ACTIVE", "LEAVING"};

	return names[state];
}

/* Of this life: a swap of the one before is nobody's any more. */
static uint32_t swap_number(const struct membership *member)
{
	return (uint32_t)member->swap * 0x9e3779b1 ^ member->incarnation;
}

static void publish(struct world *world, unsigned int host)
{
	struct host *h = &world->host[host];
	struct membership *m = &h->member;
	uint64_t owns = m->own == OWN_NOTHING ? 0 : view_owns(&m->view, m->self);

	h->plane.still |= h->plane.accepts;
	h->plane.accepts = m->own == OWN_KEPT ? h->plane.accepts & owns : owns;
	if (m->state == XNLB_STATE_PREP && view_proposer(&m->view) == m->self &&
	    view_compare(&h->plane.view, &m->view.id) != 0)
		world->views++;
	h->plane.view = m->view.id;
	/* As measured: half within 5 ms, 1 % over 13. */
	world_plan(world,
		   world->now +
			   world_between(world, 500, world_chance(world, 900000) ? 8000 : 14000),
		   EVENT_SWAP, host, swap_number(m));
	world_trace(world, "node%u %s epoch %llu by %u members %llx, accepts %016llx", host + 1,
		    state_name(m->state), (unsigned long long)m->view.id.epoch,
		    view_proposer(&m->view), (unsigned long long)m->view.members,
		    (unsigned long long)h->plane.accepts);
}

static void check(struct world *world)
{
	oracle_safety(world);
	if (world->watch)
		world->watch(world);
}

void host_step(struct world *world, unsigned int host)
{
	struct host *h = &world->host[host];
	struct instant now = host_clock(world, host);
	enum xnlb_state state = h->member.state;
	unsigned int actions, rounds = 0;
	int64_t wake;

	if (h->plane.fenced) {
		h->plane.fenced = false;
		membership_fenced(&h->member);
	}
	while ((actions = membership_tick(&h->member, now))) {
		if (actions & MEMBER_OWN)
			publish(world, host);
		if (actions & MEMBER_LEASE)
			h->plane.lease = h->member.lease_end;
		if (actions & (MEMBER_OWN | MEMBER_LEASE))
			check(world);
		if (actions & MEMBER_SEND) {
			struct heartbeat heartbeat;

			membership_heartbeat(&h->member, now, &heartbeat);
			network_send(world, host, &heartbeat);
		}
		if (++rounds > 20) {
			world_fail(world, "node%u does not come to rest", host + 1);
			return;
		}
	}
	if (h->member.state != state)
		world_trace(world, "node%u %s -> %s", host + 1, state_name(state),
			    state_name(h->member.state));
	wake = world_time(h, h->member.wake);
	if (wake <= world->now)
		wake = world->now + 1;
	if (wake < h->timer) {
		h->timer = wake;
		world_plan(world, wake, EVENT_TIMER, host, 0);
	}
}

static void start_daemon(struct world *world, unsigned int host)
{
	struct host *h = &world->host[host];
	struct member_setup setup = {
		.self = (uint8_t)(host + 1),
		.nodes = ~0ull >> (64 - world->hosts),
		.timing = world->timing,
		.quorum = world->quorum,
		.digest = world->digest,
		.incarnation = (uint32_t)world_random(world) | 1,
		.now = host_clock(world, host),
	};

	membership_init(&h->member, &setup);
	h->plane = (struct plane){.lease = INSTANT_NEVER, .incarnation = setup.incarnation};
	while (h->holds)
		network_release(world, h->held[--h->holds]);
	world_trace(world, "node%u starts, incarnation %08x", host + 1, setup.incarnation);
	host_step(world, host);
}

void host_boot(struct world *world, unsigned int host)
{
	struct host *h = &world->host[host];

	h->trouble = 0;
	h->offset = world_between(world, 0, 1000 * SECOND);
	h->ppm = world_between(world, -500, 500);
	h->timer = INT64_MAX;
	start_daemon(world, host);
}

void host_restart(struct world *world, unsigned int host)
{
	world->host[host].trouble &= ~(unsigned int)(KILLED | STUCK | AWAY);
	start_daemon(world, host);
}

void host_trouble(struct world *world, unsigned int host, enum trouble trouble)
{
	struct host *h = &world->host[host];

	h->trouble |= trouble;
	h->disturbed = world->now;
	if (trouble & STOPPED)
		h->stopped = world->now;
	if (trouble & (OFF | KILLED))
		while (h->holds)
			network_release(world, h->held[--h->holds]);
	if (trouble & OFF)
		while (h->keeps)
			network_release(world, h->kept[--h->keeps]);
}

void host_leave(struct world *world, unsigned int host)
{
	world->host[host].trouble |= AWAY;
	membership_leave(&world->host[host].member);
	host_step(world, host);
}

void host_return(struct world *world, unsigned int host)
{
	world->host[host].trouble &= ~(unsigned int)AWAY;
	membership_start(&world->host[host].member);
	host_step(world, host);
}

void host_configure(struct world *world, unsigned int host)
{
	struct membership *member = &world->host[host].member;

	if (member->digest == world->digest)
		return;
	membership_configure(member, world->digest, member->nodes);
	host_step(world, host);
}

void host_weight(struct world *world, unsigned int host, uint8_t weight)
{
	membership_offer(&world->host[host].member, weight, 0);
	host_step(world, host);
}

/* How many of the sender's heartbeats have come too soon, in a row, with this one. */
static uint64_t see(struct plane *plane, const struct heartbeat *heartbeat, int64_t now)
{
	struct peer_seen *seen = &plane->seen[heartbeat->node - 1];

	if (seen->incarnation != heartbeat->incarnation)
		*seen = (struct peer_seen){.incarnation = heartbeat->incarnation};
	else if (heartbeat->sequence > seen->sequence)
		seen->haste = xnlb_haste(seen->haste, heartbeat->sequence - seen->sequence,
					 (uint64_t)(now - seen->arrival) * 1000);
	else
		return seen->haste;
	seen->sequence = heartbeat->sequence;
	seen->arrival = now;
	return seen->haste;
}

/*
 * R8: the XDP program ends the lease at a higher view without this node, if the sender hears this
 * node; or nobody can: the lease has not been renewed for S, for the daemon is stuck, or the clock
 * of this machine stood still.
 */
static void fence(struct world *world, unsigned int host, const struct heartbeat *heartbeat)
{
	struct plane *plane = &world->host[host].plane;
	uint8_t self = (uint8_t)(host + 1);
	int64_t left = plane->lease.us - host_clock(world, host).us;
	uint64_t haste = see(plane, heartbeat, host_clock(world, host).us);

	if (!state_operates(heartbeat->state) || left <= 0 ||
	    !xnlb_fences(view_compare(&heartbeat->view.id, &plane->view) > 0,
			 view_has(&heartbeat->view, self, plane->incarnation),
			 heartbeat_hears(heartbeat, self, plane->incarnation),
			 left <= world->timing.lease - world->timing.suspect, haste))
		return;
	plane->lease = INSTANT_NEVER;
	plane->fenced = true;
}

/* For a daemon that reads later. */
static void hold(struct world *world, struct host *h, uint32_t frame)
{
	if (!(h->trouble & KILLED) && h->holds < HELD)
		h->held[h->holds++] = frame;
	else
		network_release(world, frame);
}

static void arrive(struct world *world, unsigned int host, uint32_t frame)
{
	const struct heartbeat *heartbeat = &world->frame[frame].heartbeat;
	struct host *h = &world->host[host];

	if (h->trouble & (OFF | FROZEN | STOPPED)) {
		if (!(h->trouble & OFF) && h->keeps < world->room)
			h->kept[h->keeps++] = frame;
		else
			network_release(world, frame);
		return;
	}
	fence(world, host, heartbeat);
	if (h->trouble & STUCK) {
		hold(world, h, frame);
		return;
	}
	if (host_works(world, host)) {
		world->received++;
		membership_heard(&h->member, heartbeat, host_clock(world, host));
		host_step(world, host);
	}
	network_release(world, frame);
}

/* What its NIC kept comes now, before the daemon has its turn. */
static void wake(struct world *world, unsigned int host)
{
	struct host *h = &world->host[host];

	for (unsigned int i = 0; i < h->keeps; i++) {
		fence(world, host, &world->frame[h->kept[i]].heartbeat);
		hold(world, h, h->kept[i]);
	}
	h->keeps = 0;
}

/* First what the machine did not hear, then what its daemon did not, then time. */
void host_resume(struct world *world, unsigned int host, enum trouble trouble)
{
	struct host *h = &world->host[host];
	unsigned int stood = h->trouble & (FROZEN | STOPPED);

	if (!(h->trouble & trouble))
		return;
	if (h->trouble & trouble & STOPPED) {
		h->offset -= world->now - h->stopped;
		h->stopped = world->now;
	}
	h->trouble &= ~(unsigned int)trouble;
	h->disturbed = world->now;
	if (stood && !(h->trouble & (OFF | FROZEN | STOPPED)))
		wake(world, host);
	if (!host_works(world, host))
		return;
	if (trouble & KILLED) /* another process, with the state that the one before stored */
		membership_resume(&h->member, host_clock(world, host));
	for (unsigned int i = 0; i < h->holds; i++) {
		membership_heard(&h->member, &world->frame[h->held[i]].heartbeat,
				 host_clock(world, host));
		network_release(world, h->held[i]);
	}
	h->holds = 0;
	host_step(world, host);
}

static void swapped(struct world *world, unsigned int host, uint32_t swap)
{
	struct host *h = &world->host[host];

	if (swap_number(&h->member) != swap)
		return;
	h->plane.still = 0;
	membership_swapped(&h->member, h->member.swap);
	if (host_works(world, host))
		host_step(world, host);
}

static void happen(struct world *world, const struct event *event)
{
	struct host *h = &world->host[event->host];

	switch ((enum event_kind)event->kind) {
	case EVENT_FRAME:
		arrive(world, event->host, event->value);
		break;
	case EVENT_TIMER:
		if (event->time != h->timer)
			break;
		h->timer = INT64_MAX;
		if (host_works(world, event->host))
			host_step(world, event->host);
		break;
	case EVENT_SWAP:
		swapped(world, event->host, event->value);
		break;
	case EVENT_CHAOS:
		chaos_happen(world, event->host, event->value);
		check(world);
		break;
	case EVENT_RESUME:
		host_resume(world, event->host, (enum trouble)event->value);
		break;
	case EVENT_SAMPLE:
		if (world->watch)
			world->watch(world);
		break;
	}
}

void world_run(struct world *world, int64_t until)
{
	struct event event;

	while (!world->failed && queue_take(&world->queue, until, &event)) {
		world->now = event.time;
		world->steps++;
		happen(world, &event);
	}
	if (!world->failed)
		world->now = until;
}
