/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The undo journal: makes changes in such a way that they can be taken back, whatever happens in
 * between. The pinned map holds it; a copy in memory follows it entry by entry.
 */
#ifndef DATAPLANE_JOURNAL_H
#define DATAPLANE_JOURNAL_H

#include <stdbool.h>
#include "dataplane/change.h"

struct journal {
	int fd; /* of the map; the journal owns it */
	struct xnlb_undo entry[XNLB_UNDO_MAX];
	bool fresh[XNLB_UNDO_MAX]; /* made since journal_open: what a failure takes back */
};

/* Takes over `fd` and reads the map. 0 or -errno (reported); `fd` is closed on failure. */
int journal_open(int fd, struct journal *out);
void journal_close(struct journal *journal);

/*
 * Makes a change, unless it was made before and still holds. Written down before it is made, and
 * struck out if it fails or if it was so already. CHANGE_DONE, CHANGE_ALREADY, or -errno, which the
 * caller reports.
 */
int journal_make(struct journal *journal, const struct site *site, struct xnlb_undo change);

/* The entry that describes the same thing, or NULL. */
struct xnlb_undo *journal_find(struct journal *journal, const struct xnlb_undo *change);

/*
 * Take back, last made first: what was made since journal_open; what `stale` picks; everything.
 * What somebody else changed since is left with a warning. Goes on after a failure (reported); the
 * first -errno, or 0.
 */
int journal_revert_fresh(struct journal *journal, const struct site *site);
int journal_revert_if(struct journal *journal, const struct site *site,
		      bool (*stale)(const struct xnlb_undo *, void *), void *data);
int journal_revert_all(struct journal *journal, const struct site *site);

#endif
