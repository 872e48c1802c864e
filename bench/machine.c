// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From /proc/cpuinfo and /proc/stat. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "report.h"

#define QUIET_MAX 0.05 /* CPUs */

static struct moment {
	double wall, all, own; /* seconds */
} start;

void machine_describe(void)
{
	char line[256], model[128] = "unknown";
	FILE *file = fopen("/proc/cpuinfo", "re");
	struct utsname kernel;

	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "model name : %127[^\n]", model) != 1)
		;
	if (file)
		fclose(file);
	uname(&kernel);
	report_note("kernel %s, %s, %ld CPUs", kernel.release, model,
		    sysconf(_SC_NPROCESSORS_ONLN));
}

static double seconds_of(int who)
{
	struct rusage use;

	getrusage(who, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* Whatever a CPU did but idle and wait, and what a hypervisor took from it. */
static struct moment moment(void)
{
	unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0;
	FILE *file = fopen("/proc/stat", "re");
	struct timespec t;

	if (file) {
		if (fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system,
			   &irq, &softirq, &steal) != 6)
			report_note("/proc/stat has another format");
		fclose(file);
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct moment){
		.wall = (double)t.tv_sec + (double)t.tv_nsec / 1e9,
		.all = (double)(user + nice + system + irq + softirq + steal) /
		       (double)sysconf(_SC_CLK_TCK),
		.own = seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN),
	};
}

void machine_watch(void)
{
	start = moment();
}

void machine_judge(void)
{
	struct moment end = moment();
	double wall = end.wall - start.wall;
	double others = ((end.all - start.all) - (end.own - start.own)) / wall;

	report_note("\n%.0f s; other work and stolen time: %.2f CPUs: %s", wall, others,
		    others <= QUIET_MAX
			    ? "quiet"
			    : "NOT QUIET, all figures are upper bounds: run it again alone");
}
