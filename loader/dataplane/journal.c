// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The undo journal over the kinds of changes. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/journal.h"
#include "dataplane/map.h"
#include "dataplane/sharing.h"

/* ---- the map and its copy ---- */

static int store(struct journal *journal, unsigned int index, const struct xnlb_undo *change)
{
	int err = bpf_map_update_elem(journal->fd, &index, change, BPF_ANY);

	if (!err)
		journal->entry[index] = *change;
	return err;
}

static int strike_out(struct journal *journal, unsigned int index)
{
	static const struct xnlb_undo none = {.kind = XNLB_UNDO_NONE};
	int err = store(journal, index, &none);

	if (!err)
		journal->fate[index] = JOURNAL_KEPT;
	return err;
}

static int read_entries(struct journal *journal)
{
	int err = map_read(journal->fd, 0, XNLB_UNDO_MAX, journal->entry);

	for (unsigned int i = 0; !err && i < XNLB_UNDO_MAX; i++)
		if ((unsigned int)journal->entry[i].kind >= XNLB_UNDO_KINDS)
			err = -EPROTO;
	return err;
}

int journal_open(int fd, struct journal **out)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int err;

	if (!journal) {
		close(fd);
		err = -ENOMEM;
	} else {
		journal->fd = fd;
		err = read_entries(journal);
	}
	if (err) {
		say_error("cannot read the undo journal: %s", strerror(-err));
		journal_close(journal);
		return err;
	}
	*out = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (journal)
		close(journal->fd);
	free(journal);
}

int journal_open_pinned(const struct instance *instance, struct journal **out)
{
	int fd = map_open(instance, "", "journal", sizeof(struct xnlb_undo), XNLB_UNDO_MAX);

	if (fd >= 0)
		return journal_open(fd, out);
	if (fd != -ENOENT)
		instance_say_unreadable(instance, fd);
	return fd;
}

static int find_index(const struct journal *journal, const struct xnlb_undo *change)
{
	for (int i = 0; i < XNLB_UNDO_MAX; i++)
		if (change_same(&journal->entry[i], change))
			return i;
	return -ENOENT;
}

struct xnlb_undo *journal_find(struct journal *journal, const struct xnlb_undo *change)
{
	int index = find_index(journal, change);

	return index < 0 ? NULL : &journal->entry[index];
}

enum journal_fate journal_fate(const struct journal *journal, const struct xnlb_undo *entry)
{
	return journal->fate[entry - journal->entry];
}

/* ---- making ---- */

/* Entries keep the order of the changes: a new one goes behind the last. */
static int free_index(const struct journal *journal)
{
	unsigned int index = XNLB_UNDO_MAX;

	while (index > 0 && journal->entry[index - 1].kind == XNLB_UNDO_NONE)
		index--;
	return index < XNLB_UNDO_MAX ? (int)index : -ENOSPC;
}

/* Closes the gaps, so that room for new entries is at the end. */
static int compact(struct journal *journal)
{
	unsigned int to = 0;
	int err = 0;

	for (unsigned int from = 0; !err && from < XNLB_UNDO_MAX; from++) {
		if (journal->entry[from].kind == XNLB_UNDO_NONE)
			continue;
		if (from != to) {
			/* First the copy, then the original: twice is harmless, lost is not. */
			err = store(journal, to, &journal->entry[from]);
			journal->fate[to] = journal->fate[from];
			journal->known[to] = journal->known[from];
			journal->found[to] = journal->found[from];
			if (!err)
				err = strike_out(journal, from);
		}
		to++;
	}
	return err;
}

/* A new entry; its index or -errno. */
static int append(struct journal *journal, const struct xnlb_undo *change)
{
	int index = free_index(journal);
	int err;

	if (index == -ENOSPC && !compact(journal))
		index = free_index(journal);
	if (index < 0)
		return index;
	err = store(journal, (unsigned int)index, change);
	if (err)
		return err;
	journal->fate[index] = JOURNAL_MADE;
	return index;
}

int journal_note(struct journal *journal, const struct xnlb_undo *change)
{
	int index = append(journal, change);

	return index < 0 ? index : 0;
}

/* Back to what was found; the entry is again what it was. */
static int undo_repair(struct journal *journal, const struct site *site, unsigned int index)
{
	const struct xnlb_undo *found = &journal->found[index];
	int err = change_kinds[found->kind]->revert(site, found);

	if (err >= 0)
		err = store(journal, index, &journal->known[index]);
	if (!err)
		journal->fate[index] = JOURNAL_KEPT;
	return err;
}

/*
 * Makes again what was made before and no longer holds: perhaps at another hook this time. What was
 * there before the first time stays what it was.
 */
static int repair(struct journal *journal, const struct site *site, unsigned int index,
		  const struct xnlb_undo *change)
{
	struct xnlb_undo again = journal->entry[index], found = *change;
	const struct change_kind *kind = change_kinds[change->kind];
	int err = kind->holds(site, &again);

	if (err)
		return err < 0 ? err : CHANGE_DONE;
	err = change_prepare(site, &found);
	if (err)
		return err < 0 ? err : CHANGE_DONE;
	journal->known[index] = again;
	journal->found[index] = found;
	again.hook = change->hook;
	again.attach = change->attach;
	err = store(journal, index, &again);
	if (err)
		return err;
	journal->fate[index] = JOURNAL_REPAIRED;
	err = kind->apply(site, &again);
	if (err < 0)
		undo_repair(journal, site, index);
	return err < 0 ? err : CHANGE_DONE;
}

int journal_make(struct journal *journal, const struct site *site, struct xnlb_undo change)
{
	const struct change_kind *kind = change_kinds[change.kind];
	int index = find_index(journal, &change), err;

	if (index >= 0)
		return repair(journal, site, (unsigned int)index, &change);
	err = change_prepare(site, &change);
	if (err)
		return err;
	index = append(journal, &change);
	if (index < 0)
		return index;
	err = kind->apply(site, &change);
	/* What failed may be made all the same: an acknowledgement was lost. */
	if (err == CHANGE_ALREADY || (err < 0 && kind->revert(site, &change) >= 0))
		strike_out(journal, (unsigned int)index);
	return err;
}

/* ---- taking back ---- */

/* Is it a change that other instances rely on as well? 1, 0, or -errno (reported). */
static int is_shared(const struct site *site, const struct xnlb_undo *entry)
{
	struct xnlb_undo other;

	if (entry->kind != XNLB_UNDO_SYSCTL || entry->ifindex)
		return 0;
	return sharing_entry(site->instance, entry, &other);
}

static int revert(struct journal *journal, const struct site *site, unsigned int index,
		  journal_say say)
{
	const struct xnlb_undo *entry = &journal->entry[index];
	char text[CHANGE_TEXT_SIZE];
	int err = is_shared(site, entry);

	if (err < 0)
		return err;
	if (err == 0)
		err = change_kinds[entry->kind]->revert(site, entry);
	else
		err = CHANGE_DONE;
	if (err == CHANGE_LEFT)
		say_warning("%s: somebody changed it since, so it is left as it is",
			    change_text(entry, text));
	if (err >= 0)
		err = strike_out(journal, index);
	if (err)
		say("cannot take back %s: %s", change_text(entry, text), strerror(-err));
	return err;
}

int journal_revert(struct journal *journal, const struct site *site,
		   bool (*stale)(const struct xnlb_undo *, void *), void *data, journal_say say)
{
	int err = 0;

	for (unsigned int i = XNLB_UNDO_MAX; !err && i-- > 0;) {
		if (journal->entry[i].kind == XNLB_UNDO_NONE)
			continue;
		if (!stale || stale(&journal->entry[i], data))
			err = revert(journal, site, i, say);
	}
	return err;
}

int journal_revert_made(struct journal *journal, const struct site *site)
{
	char text[CHANGE_TEXT_SIZE];
	int err = 0;

	for (unsigned int i = XNLB_UNDO_MAX; !err && i-- > 0;) {
		if (journal->fate[i] == JOURNAL_MADE)
			err = revert(journal, site, i, say_error);
		if (journal->fate[i] != JOURNAL_REPAIRED)
			continue;
		err = undo_repair(journal, site, i);
		if (err)
			say_error("cannot take back %s: %s", change_text(&journal->entry[i], text),
				  strerror(-err));
	}
	return err;
}
