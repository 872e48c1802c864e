/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is attached, read back from the pinned maps: the tables, the counters, and what is no longer
 * as `attach` left it. The caller holds the instance's lock.
 */
#ifndef DATAPLANE_STATE_H
#define DATAPLANE_STATE_H

#include "core/tables.h"
#include "dataplane/instance.h"

#define STATE_WARNINGS	   64
#define STATE_WARNING_SIZE 200

struct state {
	struct tables *tables; /* setup is known only if `explainable` */
	bool explainable;      /* the XDP program is there to read setup from */
	struct xnlb_live live;
	struct xnlb_counters *counters; /* by rule number, [0] for no rule; sums of all CPUs */
	unsigned int warnings;
	char warning[STATE_WARNINGS][STATE_WARNING_SIZE];
};

/*
 * Reads all of it. 0; -EPROTO if another version of xnlb attached it; another -errno; reported.
 * Free it with state_free, which takes NULL.
 */
int state_read(const struct instance *instance, struct state **out);
void state_free(struct state *state);

/* Map `cluster` alone. -ENOENT if it is not pinned (not reported); other failures are reported. */
int state_cluster(const struct instance *instance, struct xnlb_cluster *out);

/* -EBUSY if the instance is attached in another network namespace than the caller's (reported). */
int state_check_namespace(const struct instance *instance);

/* Do both have a cluster IP in common? Its text is then in `ip`. */
bool state_shared_ip(const struct instance *instance, const struct tables *tables,
		     char ip[IP_TEXT_SIZE]);

#endif
