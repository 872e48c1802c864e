/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Distributions: one scene, played with many seeds, measured in virtual time.
 *
 *   figures.c  the table of what is measured, statistics, output
 *   scenes.c   what happens in a run and what is measured there
 *   tape.c     who has accepted what and when, in one run
 */
#ifndef SIM_FIGURES_H
#define SIM_FIGURES_H

#include "world.h"

#define NONE	 (-1LL)	   /* nothing to measure in this run: it does not count */
#define NEVER	 INT64_MAX /* did not happen */
#define MEASURES 3
#define STEP	 200LL /* microseconds between two looks: no time is more exact */

enum measure_kind {
	TIME,	/* microseconds */
	COUNT,	/* of something */
	HOURLY, /* of something, in `value` seconds */
};

struct measure {
	const char *text; /* NULL: no more */
	enum measure_kind kind;
};

struct figure {
	const char *name; /* of its group: sim -F NAME */
	const char *text;
	unsigned int hosts;
	int64_t period;
	uint32_t tolerance;
	uint32_t loss; /* percent */
	unsigned int runs;
	/* Plays one run in a world that is founded; one result for each measure. */
	void (*play)(struct world *world, const struct figure *figure, int64_t *results);
	int64_t value; /* for the scene */
	struct measure measure[MEASURES];
};

/* Of what is watched: each host, all together, and what two or more accept at once. */
enum {
	TAPE_ANY = HOSTS,
	TAPE_ONE, /* a bucket that not more than one accepts */
	TAPE_ROWS,
};

struct tape {
	uint64_t before[TAPE_ROWS]; /* when it began */
	uint64_t last[TAPE_ROWS];
	int64_t since[TAPE_ROWS][BUCKETS];   /* when a bucket was given up that is not in `last` */
	int64_t longest[TAPE_ROWS][BUCKETS]; /* pause that has ended */
	int64_t ended[TAPE_ROWS];	     /* when the last pause did */
};

/* Watches the world from now on. */
void tape_start(struct tape *tape, struct world *world);
/* Goes on until then, with a look at each STEP. */
void tape_run(struct world *world, int64_t until);
/* Until `done`, if not NULL, says so: the time that it took, or NEVER. */
int64_t tape_until(struct world *world, int64_t limit, bool (*done)(struct world *world));
/* The longest pause of a bucket that its host had when the tape began and has now. */
int64_t tape_paused(const struct tape *tape, const struct world *world);
/* The longest time that nobody accepted a bucket that has changed hands; NONE: there is none. */
int64_t tape_gap(const struct tape *tape, const struct world *world);

/* Prints all figures of a group, or of all for "all"; exit code. `runs` 0: as many as usual. */
int figures_run(const char *name, uint64_t first, unsigned int runs, unsigned int jobs);

/* scenes.c */
typedef void play(struct world *world, const struct figure *figure, int64_t *results);
play scene_crash, scene_two_crashes, scene_join, scene_return, scene_leave, scene_weight;
play scene_heal, scene_start, scene_stop, scene_stop_kept, scene_restart, scene_short_stop,
	scene_steady;

#endif
