// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Network namespaces and commands. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "lab.h"

int network_here(void)
{
	int network = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (network < 0)
		give_up("/proc/thread-self/ns/net", errno);
	return network;
}

void network_enter(int network)
{
	if (setns(network, CLONE_NEWNET))
		give_up("network namespace", errno);
}

int command(const char *line)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int nothing = open("/dev/null", O_WRONLY);

		dup2(nothing, 1);
		dup2(nothing, 2);
		execl("/bin/sh", "sh", "-ec", line, (char *)0);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}
