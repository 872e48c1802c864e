/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A simulated cluster: the membership that runs in production, once for each host, in virtual time,
 * with a network, clocks and data planes that can do everything that real ones do wrong. All chance
 * comes from one seed, so each run can be repeated.
 *
 *   world.c   hosts, clocks, the data plane        network.c  frames: lost, late, twice, cut off
 *   chaos.c   what goes wrong, drawn by lot        oracle.c   Safety and Liveness
 *   story.c   what one seed does
 *   figures.c, scenes.c, tape.c                distributions that docs/reliability.md prints
 *   main.c    many seeds, or one with its trace
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdarg.h>

#include "core/membership.h"
#include "queue.h"

#define MS	1000LL	  /* microseconds */
#define SECOND	1000000LL /* microseconds */
#define HOSTS	XNLB_NODES_MAX
#define BUCKETS 64 /* the ownership of the simulation: bit b is bucket b */
#define HELD	1024
#define KEPT	1024 /* as many as a NIC and the host of a virtual machine may */

enum event_kind {
	EVENT_FRAME,  /* value: number of the frame; arrives at host */
	EVENT_TIMER,  /* the host's membership wants to be called */
	EVENT_SWAP,   /* value: swap, low 32 bits; the data plane's change is through */
	EVENT_CHAOS,  /* value: number of an entry of chaos[] */
	EVENT_RESUME, /* value: what ends, enum trouble */
	EVENT_SAMPLE, /* value: for who runs the world */
};

/* What a host's daemon or machine is in. Bits. */
enum trouble {
	OFF = 1,      /* no machine */
	FROZEN = 2,   /* the machine stands still, its clock goes on */
	STUCK = 4,    /* the daemon stands still, the data plane works */
	KILLED = 8,   /* no daemon, the data plane works */
	AWAY = 16,    /* asked to leave */
	STOPPED = 32, /* as FROZEN, and its clock stands still as well */
};

/* The data plane: what the XDP program and its maps do. */
struct plane {
	uint64_t accepts;     /* buckets, by the newest table */
	uint64_t still;	      /* and by the one before, until all CPUs have passed the swap */
	struct instant lease; /* by the host's clock */
	struct view_id view;  /* of the newest table */
	uint32_t incarnation;
	bool fenced;
	struct peer_seen {
		uint32_t incarnation;
		uint64_t sequence, haste;
		int64_t arrival; /* by the host's clock */
	} seen[HOSTS];
};

struct host {
	struct membership member;
	struct plane plane;
	unsigned int trouble;
	int64_t offset; /* clock = offset + time * (1 + ppm / 1e6) */
	int64_t ppm;
	int64_t timer;	     /* planned, world time; INT64_MAX: none */
	uint32_t held[HELD]; /* frames that came while the daemon was stuck */
	unsigned int holds;
	uint32_t kept[KEPT]; /* frames that came while the machine stood still */
	unsigned int keeps;
	int64_t disturbed; /* when its daemon was last stuck, killed or frozen */
	int64_t stopped;   /* when its clock was */
};

struct frame {
	struct heartbeat heartbeat;
	unsigned int users;
};

struct link {
	bool cut;
	unsigned int losses; /* in a row */
	int64_t deaf;	     /* when it last was cut, or had lost more than the tolerance */
};

struct world {
	unsigned int hosts;
	int64_t now;
	uint64_t random;
	struct queue queue;
	struct timing timing;
	uint32_t tolerance;
	bool quorum;
	uint64_t digest; /* of the newest configuration */

	/* The network. Loss in millionths. */
	uint32_t loss, twice, slow;
	int64_t delay_min, delay_max, delay_slow;
	unsigned int room; /* so many frames keeps the NIC of a machine that stands still */
	struct frame *frame;
	uint32_t frames, *unused, unuseds;
	struct link link[HOSTS][HOSTS]; /* [from][to] */
	uint64_t sent, received;

	struct host host[HOSTS];
	uint64_t steps, views; /* events; views proposed */
	bool trace;
	bool scarred; /* a cut lasts to the end */
	int64_t calm; /* when the last disturbance ended */
	bool failed;
	char failure[256];
	/* Called after each change of what is accepted; may be NULL. */
	void (*watch)(struct world *world);
	void *data;
};

/* Chance. */
uint64_t world_random(struct world *world);
int64_t world_between(struct world *world, int64_t low, int64_t high);
bool world_chance(struct world *world, uint32_t millionths);

/* A world of `hosts` machines that are all off. Starts a used one again, too; zeroed before. */
void world_init(struct world *world, uint64_t seed, unsigned int hosts, int64_t period,
		uint32_t tolerance);
void world_free(struct world *world);

/* Goes on until then, or a failure. */
void world_run(struct world *world, int64_t until);
void world_plan(struct world *world, int64_t when, enum event_kind kind, unsigned int host,
		uint32_t value);

void host_boot(struct world *world, unsigned int host);	   /* machine and daemon */
void host_restart(struct world *world, unsigned int host); /* the daemon, without its past */
void host_trouble(struct world *world, unsigned int host, enum trouble trouble);
void host_resume(struct world *world, unsigned int host, enum trouble trouble);
void host_leave(struct world *world, unsigned int host);
void host_return(struct world *world, unsigned int host);
void host_configure(struct world *world, unsigned int host); /* reads the newest configuration */
void host_weight(struct world *world, unsigned int host, uint8_t weight);
void host_step(struct world *world, unsigned int host);

/* Buckets for which its data plane takes new flows now. */
uint64_t host_accepts(const struct world *world, unsigned int host);
/* Is its daemon working? */
bool host_works(const struct world *world, unsigned int host);
struct instant host_clock(const struct world *world, unsigned int host);
/* What of the buckets a member owns in a view. */
uint64_t view_owns(const struct view *view, uint8_t id);

/* network.c */
void network_send(struct world *world, unsigned int from, const struct heartbeat *heartbeat);
void network_cut(struct world *world, unsigned int from, unsigned int to, bool cut);
void network_release(struct world *world, uint32_t frame);

#define CHAOS_BOOT 32 /* value of EVENT_CHAOS: the machine starts */

/* chaos.c: plans a seed's disturbances between `from` and `until`, which is `calm`. */
void chaos_plan(struct world *world, int64_t from, int64_t until);
void chaos_happen(struct world *world, unsigned int host, uint32_t value);
/* A cut that lasts, where there are more than two hosts. */
void chaos_scar(struct world *world);

/* story.c: what happens in the world of a seed; `failed` and `failure` say how it ended. */
void story_run(struct world *world, uint64_t seed);

/* oracle.c */
void oracle_safety(struct world *world);
/* Each bucket has exactly one node; more only if some cannot hear each other to the end. */
bool oracle_alive(struct world *world);
bool oracle_one_view(const struct world *world);

void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_trace(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
