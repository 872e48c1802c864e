// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The undo journal over the kinds of changes. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/journal.h"

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

	journal->fresh[index] = false;
	return store(journal, index, &none);
}

int journal_open(int fd, struct journal *out)
{
	struct journal journal = {.fd = fd};
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);
	int err;

	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (!err &&
	    (info.value_size != sizeof(struct xnlb_undo) || info.max_entries != XNLB_UNDO_MAX)) {
		say_error("what is attached was attached by another version of xnlb: detach it "
			  "with that version");
		close(fd);
		return -EPROTO;
	}
	for (unsigned int i = 0; !err && i < XNLB_UNDO_MAX; i++) {
		err = bpf_map_lookup_elem(fd, &i, &journal.entry[i]);
		if (!err && (unsigned int)journal.entry[i].kind >= XNLB_UNDO_KINDS)
			err = -EPROTO;
	}
	if (err) {
		say_error("cannot read the undo journal: %s", strerror(-err));
		close(fd);
		return err;
	}
	*out = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	journal->fd = -1;
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
			journal->fresh[to] = journal->fresh[from];
			if (!err)
				err = strike_out(journal, from);
		}
		to++;
	}
	return err;
}

/* Makes again what was made before and no longer holds; `before` stays what it was. */
static int make_again(const struct site *site, const struct xnlb_undo *entry)
{
	const struct change_kind *kind = &change_kinds[entry->kind];
	int holds = kind->holds(site, entry);

	if (holds < 0)
		return holds;
	if (holds)
		return CHANGE_ALREADY;
	return kind->apply(site, entry);
}

int journal_make(struct journal *journal, const struct site *site, struct xnlb_undo change)
{
	const struct change_kind *kind = &change_kinds[change.kind];
	int index = find_index(journal, &change), err;

	if (index >= 0) {
		err = make_again(site, &journal->entry[index]);
		return err < 0 ? err : CHANGE_DONE;
	}
	err = kind->prepare(&change);
	if (err)
		return err;
	index = free_index(journal);
	if (index == -ENOSPC && !compact(journal))
		index = free_index(journal);
	if (index < 0)
		return index;
	err = store(journal, (unsigned int)index, &change);
	if (err)
		return err;
	journal->fresh[index] = true;
	err = kind->apply(site, &change);
	if (err)
		strike_out(journal, (unsigned int)index);
	return err;
}

static int revert(struct journal *journal, const struct site *site, unsigned int index)
{
	const struct xnlb_undo *entry = &journal->entry[index];
	char text[CHANGE_TEXT_SIZE];
	int err;

	err = change_kinds[entry->kind].revert(site, entry);
	if (err == CHANGE_LEFT)
		say_warning("%s: somebody changed it since, so it is left as it is",
			    change_text(entry, text));
	if (err < 0) {
		say_error("cannot take back %s: %s", change_text(entry, text), strerror(-err));
		return err;
	}
	return strike_out(journal, index);
}

int journal_revert_if(struct journal *journal, const struct site *site,
		      bool (*stale)(const struct xnlb_undo *, void *), void *data)
{
	int first = 0, err;

	for (unsigned int i = XNLB_UNDO_MAX; i-- > 0;) {
		if (journal->entry[i].kind == XNLB_UNDO_NONE)
			continue;
		if (stale && !stale(&journal->entry[i], data))
			continue;
		err = revert(journal, site, i);
		if (err && !first)
			first = err;
	}
	return first;
}

static bool is_fresh(const struct xnlb_undo *entry, void *data)
{
	const struct journal *journal = data;

	return journal->fresh[entry - journal->entry];
}

int journal_revert_fresh(struct journal *journal, const struct site *site)
{
	return journal_revert_if(journal, site, is_fresh, journal);
}

int journal_revert_all(struct journal *journal, const struct site *site)
{
	return journal_revert_if(journal, site, NULL, NULL);
}
