/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The undo journal: makes changes in such a way that they can be taken back, whatever happens in
 * between. The pinned map holds it; a copy in memory follows it entry by entry.
 */
#ifndef DATAPLANE_JOURNAL_H
#define DATAPLANE_JOURNAL_H

#include "dataplane/change.h"

/* What became of an entry since the journal was opened. */
enum journal_fate {
	JOURNAL_KEPT,
	JOURNAL_MADE,	  /* the change was made, and so the entry */
	JOURNAL_REPAIRED, /* the entry was there, but the change no longer held */
};

struct journal {
	int fd; /* of the map; the journal owns it */
	struct xnlb_undo entry[XNLB_UNDO_MAX];
	enum journal_fate fate[XNLB_UNDO_MAX];
	struct xnlb_undo known[XNLB_UNDO_MAX]; /* JOURNAL_REPAIRED: the entry as it was... */
	struct xnlb_undo found[XNLB_UNDO_MAX]; /* ... and how to get back to what was found */
};

/* Where a message goes: say_error or say_warning. */
typedef void (*journal_say)(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Takes over `fd` and reads the map. 0 or -errno (reported); `fd` is closed on failure. End it with
 * journal_close, which takes NULL.
 */
int journal_open(int fd, struct journal **out);
void journal_close(struct journal *journal);

/* Opens the journal that is pinned in the instance's folder. -ENOENT if there is none (not
 * reported), another -errno (reported). */
int journal_open_pinned(const struct instance *instance, struct journal **out);

/*
 * Makes a change, unless it was made before and still holds. Written down before it is made, and
 * struck out if it fails or if it was so already. CHANGE_DONE, CHANGE_ALREADY, CHANGE_LEFT, or
 * -errno, which the caller reports.
 */
int journal_make(struct journal *journal, const struct site *site, struct xnlb_undo change);

/* Writes down a change that needs no making, but taking back. 0 or -errno (not reported). */
int journal_note(struct journal *journal, const struct xnlb_undo *change);

/* The entry that describes the same thing, or NULL; and what became of it. */
struct xnlb_undo *journal_find(struct journal *journal, const struct xnlb_undo *change);
enum journal_fate journal_fate(const struct journal *journal, const struct xnlb_undo *entry);

/*
 * Takes back, last made first, what `stale` picks; NULL: everything. What somebody else changed
 * since is left with a warning, what another instance needs without one. Ends at a failure, which
 * is told to `say`: what was made before relies on what was made later, so it must wait. 0 or
 * -errno.
 */
int journal_revert(struct journal *journal, const struct site *site,
		   bool (*stale)(const struct xnlb_undo *, void *), void *data, journal_say say);

/* Likewise what was made since the journal was opened, repairs too. */
int journal_revert_made(struct journal *journal, const struct site *site);

#endif
