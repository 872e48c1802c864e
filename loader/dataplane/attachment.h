/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One attach on its way, and its steps at the hooks. For attach.c and attach_hooks.c alone. */
#ifndef DATAPLANE_ATTACHMENT_H
#define DATAPLANE_ATTACHMENT_H

#include "dataplane/attach.h"
#include "dataplane/journal.h"
#include "dataplane/object.h"
#include "dataplane/wanted.h"

#define HOOKS 3

/* A hook where the instance has been attached since before. */
struct running {
	bool attached;
	bool replaced;
	struct xnlb_undo change; /* its entry in the journal */
	int program;		 /* what was there before it was replaced */
	__u32 turn;		 /* of that, under libxdp's dispatcher */
};

struct attachment {
	struct tables *tables;
	const struct interface *link;
	const struct attach_options *options;
	struct instance instance;
	bool settled;		    /* an attach of this instance has seen the interface before */
	struct xnlb_cluster former; /* what is attached; layout 0: nothing */
	enum object_keep keep;
	struct object object;
	struct journal *journal;
	struct wanted wanted;
	struct site site;			  /* with the new programs */
	struct xnlb_undo withdrawn[XNLB_IPS_MAX]; /* addresses that are not wanted any more */
	unsigned int withdrawals;
	struct running running[HOOKS];
};

/* Fills `running`. 0 or -errno (reported). */
int hooks_find_running(struct attachment *a);
void hooks_forget_running(struct attachment *a);

/* Is any hook of the instance attached? */
bool hooks_running(const struct attachment *a);

/*
 * Decides how tables->cluster is attached: as it is, else as the options say. -EBUSY if they ask
 * for something else than what is attached; another -errno; reported.
 */
int hooks_choose(struct attachment *a);

/* Attaches one hook, unless it is running. 0 or -errno (reported). */
int hooks_make(struct attachment *a, const struct xnlb_undo *change);

/* Replaces the programs of the running hooks; puts the former ones back. */
int hooks_update(struct attachment *a);
void hooks_restore(struct attachment *a);

#endif
