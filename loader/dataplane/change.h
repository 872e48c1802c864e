/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The changes that `attach` makes to the machine, one kind each: how it is made, how it is taken
 * back, whether it is still so. A change is a struct xnlb_undo, so what is made is what the journal
 * holds. Order, journal and failures are the caller's (journal.c); nothing is reported here.
 */
#ifndef DATAPLANE_CHANGE_H
#define DATAPLANE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <xnlb/journal.h>
#include "dataplane/instance.h"

/* What the changes are made with. Descriptors of programs; -1 where none is to be attached. */
struct site {
	const struct instance *instance;
	int xdp, tc_ingress, tc_egress;
	__u32 turn; /* under libxdp's dispatcher: of `xdp`, setup.turn */
	int turns;  /* likewise: the map `turn`; -1: the one that is pinned */
};

/* For those who attach nothing. */
#define SITE_PINNED(instance)                 \
	{                                     \
		(instance), -1, -1, -1, 0, -1 \
	}

/* Answers of prepare, apply and revert besides -errno. */
enum change_answer {
	CHANGE_DONE = 0,
	CHANGE_ALREADY = 1, /* it was so before; nothing to take back */
	CHANGE_LEFT = 2,    /* it is somebody's, who changed it; it was left alone */
};

struct change_kind {
	/* Fills `before`. CHANGE_DONE: there is something to do; CHANGE_ALREADY; CHANGE_LEFT: it is
	 * somebody's in a way that serves as well; -errno. NULL: there is something to do unless it
	 * holds. */
	int (*prepare)(struct xnlb_undo *change);
	/* Makes it. CHANGE_DONE, CHANGE_ALREADY, or -errno, after which it may be made or not. */
	int (*apply)(const struct site *site, const struct xnlb_undo *change);
	/* Takes it back. CHANGE_DONE (also if it was never made, or went with its interface),
	 * CHANGE_LEFT, or -errno. */
	int (*revert)(const struct site *site, const struct xnlb_undo *change);
	/* Is it as it is made? 1, 0, or -errno. */
	int (*holds)(const struct site *site, const struct xnlb_undo *change);
	void (*describe)(const struct xnlb_undo *change, char *text, size_t size);
};

/* By enum xnlb_undo_kind. */
extern const struct change_kind *const change_kinds[XNLB_UNDO_KINDS];

/* As `prepare` answers. */
int change_prepare(const struct site *site, struct xnlb_undo *change);

/* Do both describe the same thing on the machine, whatever was there before? */
bool change_same(const struct xnlb_undo *a, const struct xnlb_undo *b);

/* Is it a program at the interface? */
bool change_is_hook(const struct xnlb_undo *change);

/* "sysctl net/ipv4/conf/eth0/arp_ignore = 1"; returns `text`. */
#define CHANGE_TEXT_SIZE 160
const char *change_text(const struct xnlb_undo *change, char text[CHANGE_TEXT_SIZE]);

#endif
