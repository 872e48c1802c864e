/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An attached instance as the daemon works on it: its pinned maps, and what changes while the
 * programs run. Failures are returned, and reported by running_open alone.
 */
#ifndef DATAPLANE_RUNNING_H
#define DATAPLANE_RUNNING_H

#include <stdint.h>
#include "core/membership.h"
#include "core/tables.h"

struct running;

/* 0 or -errno (reported). `tables` are those that were attached. */
int running_open(const char *instance, const struct tables *tables, struct running **out);
void running_close(struct running *running);

/* Descriptor of the ring buffer `heartbeats`. */
int running_heartbeats(const struct running *running);

/*
 * The life of a node that the XDP program shall know, and its newest sequence. Of another life it
 * hands frames on, but does not stamp them.
 */
int running_know(const struct running *running, uint8_t id, uint32_t incarnation,
		 uint64_t sequence);

/* Map `strangers`. 0 or -errno. */
int running_strangers(const struct running *running, struct xnlb_stranger out[XNLB_NODES_MAX + 1]);

/* The view that the lease belongs to. Before the lease. */
void running_view(struct running *running, const struct view_id *view, uint32_t incarnation);

/* How long new flows are accepted; INSTANT_NEVER: not any more. At once, on all CPUs. */
void running_lease(struct running *running, struct instant end);

/* Did the program end the lease since the last call? */
bool running_fenced(struct running *running);

/*
 * Publishes the plans that the tables use, with these entries, and the states of the nodes; returns
 * when no CPU uses the former any more. 0 or -errno. This and the next three not at the same time.
 */
int running_publish(struct running *running, const struct tables *tables,
		    const struct xnlb_plan *entry);

/*
 * Goes on with what a former daemon has published: the plans of its rules, and its entries,
 * cluster.room of them. 0 or -errno.
 */
int running_entries(const struct running *running, struct tables *tables, struct xnlb_plan *out);

/*
 * A rule has a plan of its own now (tables_split), with the entries that it has had. 0 or -errno.
 */
int running_split(const struct running *running, const struct tables *tables, uint32_t rule,
		  const struct xnlb_plan *entry);

/* Other tables were attached; lease and heartbeats go on where they were. 0 or -errno. */
int running_reopen(struct running *running, const struct tables *tables);

/* What the heartbeat thread stores of itself, for a daemon that comes after. */
struct xnlb_saved *running_saved(struct running *running);

#endif
