/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many open TCP connections to the cluster IP, in a network namespace of their own. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <sys/types.h>

struct crowd {
	unsigned int connections; /* flow.h says which */
	unsigned int processes;
	double seconds; /* that it took */
	int network;	/* its namespace, with a socket table as large as the machine's */
	int hold;	/* they end when it is closed */
};

/*
 * Up to `wanted`, as many as memory allows and one minute. Each is ESTABLISHED in the kernel's
 * table, put there by TCP_REPAIR, without packets and without another end. They are gone when this
 * process is.
 */
void crowd_open(unsigned int wanted, struct crowd *out);
void crowd_close(struct crowd *crowd);

#endif
