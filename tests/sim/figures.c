// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is measured, with how many runs; statistics and output. */
#include "figures.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAKEN_OVER                                       \
	{                                                \
		{"until others have its buckets", TIME}, \
		{                                        \
			"pause of others' buckets", TIME \
		}                                        \
	}
#define CHANGED                                                              \
	{                                                                    \
		{"until it is done", TIME}, {"gap of a moved bucket", TIME}, \
		{                                                            \
			"pause of kept buckets", TIME                        \
		}                                                            \
	}
#define HEALED                                          \
	{                                               \
		{"a bucket has two nodes", TIME},       \
		{                                       \
			"until there is one view", TIME \
		}                                       \
	}
#define STARTED                                            \
	{                                                  \
		{"from the last start to one view", TIME}, \
		{                                          \
			"views proposed", COUNT            \
		}                                          \
	}
#define STOPS                                                     \
	{                                                         \
		{"goes on accepting for", TIME},                  \
		{                                                 \
			"back in the view after its return", TIME \
		}                                                 \
	}
#define PAUSED                                      \
	{                                           \
		{                                   \
			"pause of any bucket", TIME \
		}                                   \
	}
#define BACK                                                     \
	{                                                        \
		{                                                \
			"back in the view after its start", TIME \
		}                                                \
	}
#define LOST                                                 \
	{                                                    \
		{                                            \
			"members lost from the view", HOURLY \
		}                                            \
	}
#define SLOW 50 * MS, 3
#define FAST 10 * MS, 2

static const struct figure figures[] = {
	{"crash", "one node crashes", 8, SLOW, 0, 1000, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 8, SLOW, 1, 1000, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 8, SLOW, 5, 1000, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 2, SLOW, 0, 1000, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 64, SLOW, 0, 200, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 8, 25 * MS, 3, 0, 1000, scene_crash, 0, TAKEN_OVER},
	{"crash", "one node crashes", 8, 20 * MS, 3, 0, 1000, scene_crash, 0, TAKEN_OVER},

	{"crashes", "two within a lease", 8, SLOW, 0, 1000, scene_two_crashes, 0, TAKEN_OVER},
	{"crashes", "two within a lease", 8, SLOW, 1, 1000, scene_two_crashes, 0, TAKEN_OVER},
	{"crashes", "two within a lease", 8, SLOW, 5, 1000, scene_two_crashes, 0, TAKEN_OVER},

	{"fast", "one node crashes", 2, FAST, 0, 1000, scene_crash, 0, TAKEN_OVER},
	{"fast", "one node crashes", 8, FAST, 0, 1000, scene_crash, 0, TAKEN_OVER},
	{"fast", "one node crashes", 8, FAST, 1, 1000, scene_crash, 0, TAKEN_OVER},
	{"fast", "one node crashes", 8, FAST, 5, 1000, scene_crash, 0, TAKEN_OVER},
	{"fast", "one node crashes", 64, FAST, 0, 200, scene_crash, 0, TAKEN_OVER},
	{"fast", "two within a lease", 8, FAST, 0, 1000, scene_two_crashes, 0, TAKEN_OVER},
	{"fast", "two within a lease", 8, FAST, 1, 1000, scene_two_crashes, 0, TAKEN_OVER},
	{"fast", "two within a lease", 8, FAST, 5, 1000, scene_two_crashes, 0, TAKEN_OVER},

	{"moves", "a new node joins", 8, SLOW, 0, 1000, scene_join, 0, CHANGED},
	{"moves", "a new node joins", 8, SLOW, 1, 1000, scene_join, 0, CHANGED},
	{"moves", "a new node joins", 32, SLOW, 0, 300, scene_join, 0, CHANGED},
	{"moves", "a new node joins", 32, SLOW, 1, 300, scene_join, 0, CHANGED},
	{"moves", "one that crashed returns", 8, SLOW, 0, 1000, scene_return, 4, CHANGED},
	{"moves", "one that crashed returns", 8, SLOW, 1, 1000, scene_return, 4, CHANGED},
	{"moves", "a node leaves", 8, SLOW, 0, 1000, scene_leave, 0, CHANGED},
	{"moves", "a node leaves", 8, SLOW, 1, 1000, scene_leave, 0, CHANGED},
	{"moves", "a node leaves", 32, SLOW, 0, 300, scene_leave, 0, CHANGED},
	{"moves", "a node leaves", 32, SLOW, 1, 300, scene_leave, 0, CHANGED},
	{"moves", "a weight changes", 8, SLOW, 0, 1000, scene_weight, 0, CHANGED},
	{"moves", "a weight changes", 8, SLOW, 1, 1000, scene_weight, 0, CHANGED},
	{"moves", "a weight changes", 32, SLOW, 0, 300, scene_weight, 0, CHANGED},
	{"moves", "a weight changes", 32, SLOW, 1, 300, scene_weight, 0, CHANGED},

	{"heal", "two sides meet again", 2, SLOW, 0, 1000, scene_heal, 0, HEALED},
	{"heal", "two sides meet again", 2, SLOW, 1, 1000, scene_heal, 0, HEALED},
	{"heal", "two sides meet again", 4, SLOW, 0, 1000, scene_heal, 0, HEALED},
	{"heal", "two sides meet again", 4, SLOW, 1, 1000, scene_heal, 0, HEALED},
	{"heal", "two sides meet again", 16, SLOW, 0, 500, scene_heal, 0, HEALED},
	{"heal", "two sides meet again", 16, SLOW, 1, 500, scene_heal, 0, HEALED},

	{"start", "all start within 100 ms", 8, SLOW, 0, 1000, scene_start, 100, STARTED},
	{"start", "all start within 100 ms", 64, SLOW, 0, 100, scene_start, 100, STARTED},
	{"start", "all start within 2 s", 64, SLOW, 0, 100, scene_start, 2000, STARTED},

	{"stop", "daemon stuck", 8, SLOW, 0, 1000, scene_stop, STUCK, STOPS},
	{"stop", "daemon stuck", 8, SLOW, 1, 1000, scene_stop, STUCK, STOPS},
	{"stop", "daemon killed", 8, SLOW, 0, 1000, scene_stop, KILLED, STOPS},
	{"stop", "machine frozen", 8, SLOW, 0, 1000, scene_stop, FROZEN, STOPS},
	{"stop", "clock stopped", 8, SLOW, 0, 1000, scene_stop, STOPPED, STOPS},
	{"stop", "clock stopped", 8, SLOW, 1, 1000, scene_stop, STOPPED, STOPS},
	{"stop", "clock stopped, NIC keeps frames", 8, SLOW, 0, 1000, scene_stop_kept, STOPPED,
	 STOPS},
	{"stop", "clock stopped, NIC keeps frames", 8, SLOW, 1, 1000, scene_stop_kept, STOPPED,
	 STOPS},
	{"stop", "daemon restarts anew", 8, SLOW, 0, 1000, scene_restart, 6, BACK},
	{"stop", "daemon stuck up to 200 ms", 8, SLOW, 0, 1000, scene_short_stop, 200, PAUSED},
	{"stop", "daemon stuck up to 240 ms", 8, SLOW, 0, 1000, scene_short_stop, 240, PAUSED},

	{"steady", "nothing happens", 64, SLOW, 1, 30, scene_steady, 60, LOST},
	{"lossy", "nothing happens", 64, SLOW, 5, 30, scene_steady, 60, LOST},
	{"lossy", "nothing happens", 64, SLOW, 10, 1, scene_steady, 10, LOST},
};

/* What one run gave. */
struct result {
	int64_t value[MEASURES];
	bool failed;
	char failure[128];
};

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The nearest rank; `values` are in order. */
static int64_t quantile(const int64_t *values, unsigned int count, unsigned int percent)
{
	return values[(count * percent + 99) / 100 - 1];
}

static void print_value(enum measure_kind kind, int64_t value)
{
	if (value == NEVER)
		printf("   never");
	else if (kind == TIME)
		printf(" %7.1f", (double)value / MS);
	else
		printf(" %7" PRId64, value);
}

static void print_hourly(const struct figure *figure, const int64_t *values, unsigned int count)
{
	double hours = (double)count * (double)figure->value / 3600;
	int64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += values[i];
	printf(" %" PRId64 " in %.2f h: %.1f an hour\n", sum, hours, (double)sum / hours);
}

static void print_measure(const struct figure *figure, unsigned int number,
			  const struct result *result, unsigned int runs, int64_t *values)
{
	const struct measure *measure = &figure->measure[number];
	unsigned int count = 0, not0 = 0;

	for (unsigned int i = 0; i < runs; i++)
		if (result[i].value[number] != NONE && !result[i].failed) {
			not0 += result[i].value[number] != 0;
			values[count++] = result[i].value[number];
		}
	if (!count)
		return;
	qsort(values, count, sizeof(*values), by_size);
	printf("%-25s %5u %4" PRId64 " %2u %3u%% %6u  %-33s", figure->text, figure->hosts,
	       (int64_t)(figure->period / MS), figure->tolerance, figure->loss, count,
	       measure->text);
	if (measure->kind == HOURLY) {
		print_hourly(figure, values, count);
		return;
	}
	print_value(measure->kind, quantile(values, count, 50));
	print_value(measure->kind, quantile(values, count, 99));
	print_value(measure->kind, values[count - 1]);
	printf(" %6u\n", not0);
}

static void play_some(const struct figure *figure, uint64_t first, unsigned int start,
		      unsigned int runs, unsigned int step, struct result *result)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		err(2, "world");
	for (unsigned int i = start; i < runs; i += step) {
		struct world dice = {.random = first + i};

		world_init(world, world_random(&dice), figure->hosts, figure->period,
			   figure->tolerance);
		world->loss = figure->loss * 10000;
		figure->play(world, figure, result[i].value);
		result[i].failed = world->failed;
		memcpy(result[i].failure, world->failure, sizeof(result[i].failure) - 1);
	}
	world_free(world);
	free(world);
}

/* One process for each job: each run is of its own seed, so the results are the same. */
static int play_all(const struct figure *figure, uint64_t first, unsigned int runs,
		    unsigned int jobs, struct result *result)
{
	int status, failed = 0;

	fflush(stdout);
	for (unsigned int i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(2, "fork");
		if (!pid) {
			play_some(figure, first, i, runs, jobs, result);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	for (unsigned int i = 0; i < runs; i++)
		if (result[i].failed) {
			printf("%s, run %u: %s\n", figure->text, i, result[i].failure);
			failed = 1;
		}
	return failed;
}

static int run_figure(const struct figure *figure, uint64_t first, unsigned int runs,
		      unsigned int jobs)
{
	size_t size = runs * sizeof(struct result);
	struct result *result =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t *values = calloc(runs, sizeof(*values));
	int failed;

	if (result == MAP_FAILED || !values)
		err(2, "results");
	failed = play_all(figure, first, runs, jobs, result);
	for (unsigned int i = 0; i < MEASURES && figure->measure[i].text; i++)
		print_measure(figure, i, result, runs, values);
	fflush(stdout);
	free(values);
	munmap(result, size);
	return failed;
}

int figures_run(const char *name, uint64_t first, unsigned int runs, unsigned int jobs)
{
	const char *group = "";
	int failed = 0;

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		const struct figure *figure = &figures[i];

		if (strcmp(name, "all") != 0 && strcmp(name, figure->name) != 0)
			continue;
		if (strcmp(group, figure->name) != 0)
			printf("%s%-25s %5s %4s %2s %4s %6s  %-33s %7s %7s %7s %6s\n",
			       *group ? "\n" : "", figure->name, "nodes", "T", "n", "loss", "runs",
			       "ms", "p50", "p99", "worst", "not 0");
		group = figure->name;
		failed |= run_figure(figure, first, runs ? runs : figure->runs, jobs);
	}
	if (!*group)
		errx(2, "there is no figure '%s'", name);
	return failed != 0;
}
