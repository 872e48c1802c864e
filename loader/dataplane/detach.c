// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The way back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "dataplane/change_kinds.h"
#include "dataplane/claim.h"
#include "dataplane/clsact.h"
#include "dataplane/detach.h"
#include "dataplane/journal.h"
#include "dataplane/state.h"
#include "dataplane/wanted.h"

/* Sysctls have no known value to go back to, and an empty qdisc may have been somebody's. */
static bool stays(const struct xnlb_undo *change)
{
	return change->kind == XNLB_UNDO_SYSCTL || change->kind == XNLB_UNDO_CLSACT;
}

static int revert_wanted(const struct instance *instance, const struct wanted *wanted)
{
	struct site site = SITE_PINNED(instance);
	char text[CHANGE_TEXT_SIZE];
	int err = 0;

	for (unsigned int i = wanted->count; err >= 0 && i-- > 0;) {
		const struct xnlb_undo *change = &wanted->change[i];

		if (stays(change))
			continue;
		err = change_kinds[change->kind]->revert(&site, change);
		if (err < 0)
			say_error("cannot take back %s: %s", change_text(change, text),
				  strerror(-err));
	}
	return err < 0 ? err : 0;
}

/*
 * Promiscuous mode stands in for a unicast filter that the driver does not have. Without a journal
 * nobody knows whether it was on before, and somebody may need it: it stays.
 */
static void check_promiscuous(const struct instance *instance, const struct wanted *wanted)
{
	struct site site = SITE_PINNED(instance);
	char name[IF_NAMESIZE];

	for (unsigned int i = 0; i < wanted->count; i++) {
		const struct xnlb_undo *filter = &wanted->change[i];
		const struct xnlb_undo mode = {.kind = XNLB_UNDO_PROMISCUOUS,
					       .ifindex = filter->ifindex};

		if (filter->kind != XNLB_UNDO_UNICAST || change_unicast.holds(&site, filter) != 0 ||
		    change_promiscuous.holds(&site, &mode) != 1)
			continue;
		change_device_text(filter, name);
		say_warning("%s is left in promiscuous mode, which attach may have set: look who "
			    "needs it with `ip -d link show %s'; if nobody does: `ip link set %s "
			    "promisc off'",
			    name, name, name);
	}
}

static void warn_journal_gone(const struct instance *instance, const struct xnlb_cluster *cluster)
{
	struct site site = SITE_PINNED(instance);
	const struct xnlb_undo qdisc = {.kind = XNLB_UNDO_CLSACT, .ifindex = cluster->ifindex};
	bool left = cluster->tc_hook == XNLB_TC_CLSACT && clsact_holds(&site, &qdisc) == 1;

	say_warning("the undo journal of instance %s is gone, so nobody knows what was there "
		    "before: the cluster IPs on lo, and the programs, NIC filters, groups and "
		    "proxy neighbours of %s are removed; the sysctls arp_ignore and arp_announce "
		    "of %s and default%s are left as they are",
		    instance->name, cluster->interface, cluster->interface,
		    left ? ", and the clsact qdisc," : "");
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
	warn_journal_gone(instance, &tables->cluster);
	wanted_list(tables, wanted);
	check_promiscuous(instance, wanted);
	err = revert_wanted(instance, wanted);
out:
	free(wanted);
	tables_free(tables);
	return err;
}

static int revert_all(const struct instance *instance)
{
	struct site site = SITE_PINNED(instance);
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

int detach(const char *name, char done[XNLB_NAME_SIZE])
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
		err = instance_unclaimed(&instance);
	if (!err)
		err = revert_all(&instance);
	if (!err) /* else the journal knows what is left to do */
		err = instance_remove(&instance);
	memcpy(done, instance.name, XNLB_NAME_SIZE);
	instance_close(&instance);
	return err;
}
