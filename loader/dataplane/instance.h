/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An instance's folder in the BPF file system, /sys/fs/bpf/xnlb/INSTANCE/: one pin for each map of
 * maps/maps.h and each program, under its name, and one for each attached link: xdp, tc_ingress,
 * tc_egress. While `attach` builds a new set of maps and programs they are pinned with "new_"
 * before their name; renaming them makes them the set. One lock over all instances keeps commands
 * from meeting each other.
 *
 * Failures are reported here, with what to do, unless a function says that it reports nothing.
 */
#ifndef DATAPLANE_INSTANCE_H
#define DATAPLANE_INSTANCE_H

#include <stdbool.h>
#include <xnlb/limits.h>
#include "dataplane/folder.h"

#define INSTANCE_ROOT_NAME   "xnlb"
#define INSTANCE_ROOT	     FOLDER_BPFFS "/" INSTANCE_ROOT_NAME
#define INSTANCE_FOLDER_SIZE (sizeof(INSTANCE_ROOT) + XNLB_NAME_SIZE)
#define INSTANCE_PATH_SIZE   160
#define INSTANCE_NEW	     "new_"

struct instance {
	char name[XNLB_NAME_SIZE];
	char folder[INSTANCE_FOLDER_SIZE];
	int lock; /* descriptor of the root folder, locked */
};

enum instance_access {
	INSTANCE_READ,	 /* shared lock; -ENOENT if the instance is not attached (reported) */
	INSTANCE_WRITE,	 /* exclusive lock; likewise */
	INSTANCE_CREATE, /* exclusive lock; the folder is made if it is missing */
	INSTANCE_LOOK,	 /* shared lock; whether there is such an instance or not; -ENOENT if there
			    is none at all (not reported) */
};

/*
 * Opens instance `name`; NULL: the only one there is. Checks that the BPF file system is mounted.
 * 0, -ENOENT, or another -errno; all reported.
 */
int instance_open(const char *name, enum instance_access access, struct instance *out);
void instance_close(struct instance *instance);

/* The same, without a lock: for who has a claim on it (claim.h), and so needs none. */
void instance_claimed(const char *name, struct instance *out);

/* Removes the folder with all its pins, and the root if it is empty then. 0 or -errno. */
int instance_remove(const struct instance *instance);

/* Removes the folder if nothing is pinned there, and the root likewise. Reports nothing. */
void instance_tidy(const struct instance *instance);

/*
 * Did an attach end in the middle, so that pins of the set that it built are there? Then maps and
 * programs may belong to different sets. 1, 0, or -errno. Reports nothing.
 */
int instance_interrupted(const struct instance *instance);

/* Says that its pins cannot be read: -EPROTO, their layout is another version's; -errno. */
void instance_say_unreadable(const struct instance *instance, int err);

/* "FOLDER/PREFIXname" into `path`; returns it. `prefix` is "" or INSTANCE_NEW. */
const char *instance_path(const struct instance *instance, const char *prefix, const char *name,
			  char path[INSTANCE_PATH_SIZE]);

/*
 * Calls `each` for every instance but `except`, with its folder, until one returns non-zero;
 * returns that, or 0, or -errno. The caller holds the lock.
 */
int instance_each(const struct instance *except, int (*each)(const struct instance *, void *),
		  void *data);

/* Has this process CAP_SYS_ADMIN? True also if that cannot be told. */
bool instance_may_administer(void);

/* The capabilities and the kernel that a change needs. 0, or -EPERM, -ENOSYS. */
int instance_check_machine(void);

#endif
