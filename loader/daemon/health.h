/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Looks again and again whether what was attached is still there: programs, filters, addresses, the
 * link. What is missing is told when it is first seen, and when it is back.
 */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H

#include <stdbool.h>

struct health;

/* 0 or -ENOMEM (reported). */
int health_open(const char *instance, struct health **out);
void health_close(struct health *health); /* takes NULL */

struct health_report {
	bool fit;      /* this node can serve */
	bool returned; /* the link was down, and is up again: the kernel has forgotten some of it */
	bool another;  /* it was unplugged, and one of its name is up: now is the time to try it */
};

/* Was all as it should be the last time? */
bool health_is_good(const struct health *health);

/* If it cannot be told, it is as it was the last time. */
struct health_report health_look(struct health *health);

#endif
