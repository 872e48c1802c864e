// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A process can hold RLIMIT_NOFILE connections: so many processes do. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "flow.h"
#include "harness.h"
#include "lab.h"
#include "report.h"

#define SECONDS_MAX	60
#define CONNECTION_SIZE 4608 /* bytes of kernel memory: socket, inode, file */
#define OTHER_FILES	64   /* of a process */

/* Half of what is available may be used. */
static unsigned int memory_allows(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "MemAvailable: %llu", &kib) != 1)
		;
	if (file)
		fclose(file);
	return (unsigned int)(kib * 1024 / 2 / CONNECTION_SIZE);
}

/*
 * A namespace whose socket table is its own, so that in all others it stays empty; before Linux 6.1
 * there is one for all, and a table without connections cannot be had beside it.
 */
static void make_network(void)
{
	static const char own_table[] =
		"size=$(cat /proc/sys/net/ipv4/tcp_ehash_entries);"
		"echo ${size#-} >/proc/sys/net/ipv4/tcp_child_ehash_entries";
	static const char addresses[] = "ip link set lo up;"
					"ip address add " CLUSTER_4 "/32 dev lo;"
					"ip route add 10.0.0.0/8 dev lo";

	if (command(own_table))
		report_note("tcp_child_ehash_entries is missing: both columns search the table "
			    "with all connections");
	if (unshare(CLONE_NEWNET))
		give_up("network namespace", errno);
	if (command(addresses))
		give_up("addresses for connections", EINVAL);
}

/* Connection `i`; false if there is no file left. */
static bool open_one(unsigned int i)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_port = htons((uint16_t)(FIRST_PORT + i % PORTS))};
	struct sockaddr_in there = {.sin_family = AF_INET,
				    .sin_port = htons(CROWD_PORT),
				    .sin_addr.s_addr = htonl(CROWD_CLIENT + i)};
	int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return false;
	inet_pton(AF_INET, CLUSTER_4, &here.sin_addr);
	if (setsockopt(s, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) ||
	    bind(s, (struct sockaddr *)&here, sizeof(here)) ||
	    connect(s, (struct sockaddr *)&there, sizeof(there)))
		give_up("connection by TCP_REPAIR", errno);
	return true;
}

/* Opens every `step`-th from `first` on, says how many, and holds them until `hold` is closed. */
__attribute__((noreturn)) static void hold(unsigned int first, unsigned int step,
					   unsigned int wanted, int tell, int hold_on)
{
	time_t end = time(NULL) + SECONDS_MAX;
	struct rlimit files;
	cpu_set_t all;
	unsigned int count = 0;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (unsigned int i = first; i < wanted && time(NULL) < end && open_one(i); i += step)
		count++;
	if (write(tell, &count, sizeof(count)) != sizeof(count))
		_exit(1);
	close(tell);
	_exit(read(hold_on, &byte, 1) != 0);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void crowd_open(unsigned int wanted, struct crowd *out)
{
	unsigned int allowed = memory_allows(), fewest = UINT32_MAX;
	int told[2], held[2], home = network_here();
	double start = now();
	struct rlimit files;

	if (wanted > allowed)
		wanted = allowed;
	getrlimit(RLIMIT_NOFILE, &files);
	out->processes = (unsigned int)(wanted / (files.rlim_max - OTHER_FILES)) + 1;
	if (pipe(told) || pipe(held))
		give_up("pipe", errno);
	make_network();
	out->network = network_here();
	for (unsigned int i = 0; i < out->processes; i++) {
		pid_t child = fork();

		if (child < 0)
			give_up("process for connections", errno);
		if (!child) {
			close(held[1]);
			hold(i, out->processes, wanted, told[1], held[0]);
		}
	}
	close(told[1]);
	close(held[0]);
	for (unsigned int i = 0; i < out->processes; i++) {
		unsigned int count;

		if (read(told[0], &count, sizeof(count)) != sizeof(count))
			give_up("a process for connections ended", ECHILD);
		if (count < fewest)
			fewest = count;
	}
	close(told[0]);
	/* From 0 on without a gap. */
	out->connections = fewest * out->processes;
	out->hold = held[1];
	out->seconds = now() - start;
	network_enter(home);
	close(home);
}

void crowd_close(struct crowd *crowd)
{
	close(crowd->hold);
	for (unsigned int i = 0; i < crowd->processes; i++)
		wait(NULL);
	close(crowd->network);
}
