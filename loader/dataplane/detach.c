// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The way back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "dataplane/detach.h"
#include "dataplane/journal.h"
#include "dataplane/state.h"
#include "dataplane/wanted.h"

static int revert_wanted(const struct instance *instance, const struct wanted *wanted)
{
	struct site site = {instance, -1, -1, -1};
	char text[CHANGE_TEXT_SIZE];
	int err = 0;

	for (unsigned int i = wanted->count; err >= 0 && i-- > 0;) {
		const struct xnlb_undo *change = &wanted->change[i];

		if (change->kind == XNLB_UNDO_SYSCTL)
			continue;
		err = change_kinds[change->kind]->revert(&site, change);
		if (err < 0)
			say_error("cannot take back %s: %s", change_text(change, text),
				  strerror(-err));
	}
	return err < 0 ? err : 0;
}

/* Somebody removed the journal: what attach makes is known, what was there before is not. */
static int revert_without_journal(const struct instance *instance)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	int err = -ENOMEM;

	if (!tables || !wanted) {
		say_error("out of memory");
		goto out;
	}
	err = state_cluster(instance, &tables->cluster);
	if (err) {
		err = err == -ENOENT ? 0 : err; /* it never came to a change */
		goto out;
	}
	err = state_ips(instance, &tables->cluster, tables->ip);
	if (err) {
		instance_say_unreadable(instance, err);
		goto out;
	}
	say_warning("the undo journal of instance %s is gone: the sysctls arp_ignore and "
		    "arp_announce of %s and default are left as they are",
		    instance->name, tables->cluster.interface);
	wanted_list(tables, wanted);
	err = revert_wanted(instance, wanted);
out:
	free(wanted);
	tables_free(tables);
	return err;
}

static int revert_all(const struct instance *instance)
{
	struct site site = {instance, -1, -1, -1};
	struct journal *journal;
	int err;

	err = journal_open_pinned(instance, &journal);
	if (err == -ENOENT)
		return revert_without_journal(instance);
	if (err)
		return err;
	err = journal_revert(journal, &site, NULL, NULL, say_error);
	journal_close(journal);
	return err;
}

int detach(const char *name)
{
	struct instance instance;
	int err;

	err = instance_check_machine();
	if (!err)
		err = instance_open(name, INSTANCE_WRITE, &instance);
	if (err)
		return err;
	err = state_check_namespace(&instance);
	if (!err)
		err = revert_all(&instance);
	if (!err) /* else the journal knows what is left to do */
		err = instance_remove(&instance);
	instance_close(&instance);
	return err;
}
