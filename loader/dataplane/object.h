/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A set of programs and maps, made for one configuration: opened, sized, filled and loaded, but not
 * attached. Failures are reported here.
 */
#ifndef DATAPLANE_OBJECT_H
#define DATAPLANE_OBJECT_H

#include "core/tables.h"
#include "dataplane/instance.h"

struct xnlb_bpf;

struct object {
	struct xnlb_bpf *skeleton;
	bool conntrack;	   /* the programs can ask for tracked connections */
	bool journal_kept; /* it is the one that the instance had */
	bool pins_mixed;   /* some pins could not be given their former names back */
};

/* What goes on beside the journal, and the counters if the rules are the same. */
enum object_keep {
	OBJECT_KEEP_NOTHING,
	OBJECT_KEEP_LIFE, /* a daemon's: lease, heartbeats, saved state; owners are tables->plan */
	OBJECT_KEEP_OWNERS, /* and the owners, of the same configuration */
};

/*
 * Loads the programs for `tables`, with what `instance` has pinned and is to be kept. 0 or -errno
 * (reported).
 */
int object_load(const struct tables *tables, const struct instance *instance, enum object_keep keep,
		struct object *out);
void object_close(struct object *object);

/* A digest of the programs and of all that they are given: not to be computed from outside. */
uint64_t object_content(const struct tables *tables);

/* Descriptors that stay the object's. */
int object_program(const struct object *object, const char *name);
int object_map(const struct object *object, const char *name);

/* Writes the description of what is attached: map `cluster`. 0 or -errno (reported). */
int object_describe(const struct object *object, const struct xnlb_cluster *cluster);

/*
 * Pins the journal, if it is a new one; removes that pin. Before the first change, so that a killed
 * attach is undone.
 */
int object_pin_journal(const struct object *object, const struct instance *instance);
void object_unpin_journal(const struct object *object, const struct instance *instance);

/*
 * Pins the other maps and the programs with INSTANCE_NEW before their names; exchanges them with
 * those that have the names, all or none; removes what is pinned with INSTANCE_NEW.
 */
int object_pin_new(const struct object *object, const struct instance *instance);
int object_rename_pins(struct object *object, const struct instance *instance);
void object_unpin_new(const struct object *object, const struct instance *instance);

#endif
