// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sim [-j JOBS] [-f FIRST] [-n SEEDS] [-s]   runs seeds and says which failed, with -s until one
 *                                            does; exit 1 if one did
 * sim -t SEED                                one seed, with a trace
 * sim [-j JOBS] [-f FIRST] [-n RUNS] -F NAME distributions of a group of figures, or of "all"
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.h"
#include "world.h"

#define FAILURES_SHOWN 20

struct total {
	uint64_t seeds, steps, frames, failures;
};

static void run_job(struct total *total, uint64_t first, uint64_t seeds, uint64_t step, bool stop)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		err(2, "world");
	for (uint64_t i = 0; i < seeds && !(stop && total->failures); i += step) {
		story_run(world, first + i);
		total->seeds++;
		total->steps += world->steps;
		total->frames += world->received;
		if (world->failed && total->failures++ < FAILURES_SHOWN) {
			printf("seed %" PRIu64 ": %u nodes%s, %lld ms: %s\n", (first + i),
			       world->hosts, world->quorum ? ", quorum" : "",
			       (long long)(world->now / MS), world->failure);
			fflush(stdout);
		}
	}
	world_free(world);
	free(world);
}

static int run_seeds(uint64_t first, uint64_t seeds, unsigned int jobs, bool stop)
{
	struct total *total, all = {0};
	int status, failed = 0;

	total = mmap(NULL, jobs * sizeof(*total), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (total == MAP_FAILED)
		err(2, "mmap");
	fflush(stdout);
	for (unsigned int i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(2, "fork");
		if (!pid) {
			run_job(&total[i], first + i, seeds > i ? seeds - i : 0, jobs, stop);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	for (unsigned int i = 0; i < jobs; i++) {
		all.seeds += total[i].seeds;
		all.steps += total[i].steps;
		all.frames += total[i].frames;
		all.failures += total[i].failures;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ", %" PRIu64 " steps, %" PRIu64
	       " heartbeats heard: %" PRIu64 " failed\n",
	       all.seeds, first, all.steps, all.frames, all.failures);
	return failed || all.failures || all.seeds != seeds;
}

static int run_trace(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));
	int failed;

	if (!world)
		err(2, "world");
	world->trace = true;
	story_run(world, seed);
	failed = world->failed;
	printf("seed %" PRIu64 ", %u nodes: %s\n", seed, world->hosts,
	       failed ? world->failure : "passed");
	world_free(world);
	free(world);
	return failed;
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 0;
	const char *figure = NULL;
	unsigned int jobs = 1;
	bool stop = false;
	int option;

	while ((option = getopt(argc, argv, "f:F:j:n:st:")) != -1) {
		switch (option) {
		case 'f':
			first = strtoull(optarg, NULL, 0);
			break;
		case 'F':
			figure = optarg;
			break;
		case 'j':
			jobs = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'n':
			seeds = strtoull(optarg, NULL, 0);
			break;
		case 's':
			stop = true;
			break;
		case 't':
			return run_trace(strtoull(optarg, NULL, 0));
		default:
			return 2;
		}
	}
	jobs = jobs ? jobs : 1;
	if (figure)
		return figures_run(figure, first, (unsigned int)seeds, jobs);
	return run_seeds(first, seeds ? seeds : 1000, jobs, stop);
}
