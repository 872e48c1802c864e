/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is attached, read back from the pinned maps: the tables, the counters, and what is no longer
 * as `attach` left it. The caller holds the instance's lock, or has a claim on it.
 */
#ifndef DATAPLANE_STATE_H
#define DATAPLANE_STATE_H

#include "core/tables.h"
#include "dataplane/instance.h"

#define STATE_WARNINGS	   64
#define STATE_WARNING_SIZE 200

struct state {
	struct tables *tables; /* setup is known only with STATE_ALL, and without setup_error */
	int setup_error;       /* 0, or why it could not be read from the XDP program: -errno */
	struct xnlb_live live;
	bool leased;			/* it may take new flows now */
	struct xnlb_counters *counters; /* by rule number, [0] for no rule; sums of all CPUs */
	bool down;			/* the interface is down, without a carrier, or not there */
	uint32_t carrier_changes;	/* of the interface, if it is there */
	bool another;			/* another one has its name by now, and is up */
	bool broken; /* something is missing without which this node does not serve */
	unsigned int warnings;
	char warning[STATE_WARNINGS][STATE_WARNING_SIZE];
};

enum state_extent {
	STATE_SHOWN, /* no rows and no setup: what a status has, in little time and memory */
	STATE_ALL,
};

/*
 * 0; -EPROTO if another version of xnlb attached it; another -errno; reported. Free it with
 * state_free, which takes NULL.
 */
int state_read(const struct instance *instance, enum state_extent extent, struct state **out);
void state_free(struct state *state);

/* Map `cluster` alone. -ENOENT if it is not pinned (not reported); other failures are reported. */
int state_cluster(const struct instance *instance, struct xnlb_cluster *out);

/*
 * The same, or, if there is none, what an attach that ended in the middle had prepared. Reports
 * nothing.
 */
int state_peek(const struct instance *instance, struct xnlb_cluster *out);

/* The first cluster->ips entries of map `ips`. 0 or -errno; reports nothing. */
int state_ips(const struct instance *instance, const struct xnlb_cluster *cluster,
	      struct xnlb_ip *out);

/* -EBUSY if the instance is attached in another network namespace than the caller's (reported). */
int state_check_namespace(const struct instance *instance);

#endif
