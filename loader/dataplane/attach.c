// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The order of attaching, and the way back. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/announce.h"
#include "dataplane/attach.h"
#include "dataplane/hook.h"
#include "dataplane/instance.h"
#include "dataplane/journal.h"
#include "dataplane/object.h"
#include "dataplane/state.h"
#include "dataplane/wanted.h"

/* One attach on its way. */
struct attachment {
	struct tables *tables;
	const struct interface *link;
	const struct attach_options *options;
	struct instance instance;
	struct object object;
	struct journal journal;
	struct wanted wanted;
	struct site site; /* with the new programs */
	struct site old;  /* with those that were attached before, -1 where none was */
};

static const enum xnlb_undo_kind hook_kinds[] = {XNLB_UNDO_TC_EGRESS, XNLB_UNDO_TC_INGRESS,
						 XNLB_UNDO_XDP};

_Static_assert(IF_NAMESIZE == sizeof(((struct xnlb_cluster *)0)->interface), "a name fits");

#define HOOKS (sizeof(hook_kinds) / sizeof(hook_kinds[0]))

static bool is_hook(const struct xnlb_undo *change)
{
	for (size_t i = 0; i < HOOKS; i++)
		if (change->kind == hook_kinds[i])
			return true;
	return false;
}

/* ---- what must be known first ---- */

static void complete_tables(struct tables *tables, const struct interface *link)
{
	struct xnlb_cluster *cluster = &tables->cluster;

	memcpy(tables->setup.own_mac.bytes, link->mac, 6);
	memcpy(cluster->own_mac, link->mac, 6);
	cluster->ifindex = link->ifindex;
	cluster->netns = network_namespace();
	memcpy(cluster->interface, link->name, sizeof(cluster->interface));
}

/* May this instance be replaced from here? */
static int check_former(const struct instance *instance, const struct interface *link)
{
	struct xnlb_cluster former;
	struct interface other;
	int err = state_cluster(instance, &former);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = state_check_namespace(instance);
	if (err)
		return err;
	if (former.ifindex != link->ifindex && !interface_read(NULL, former.ifindex, &other)) {
		say_error("instance %s is attached to %s: detach it first", instance->name,
			  other.name);
		return -EBUSY;
	}
	return 0;
}

/* Another instance of this network namespace must not share a group or a cluster IP with us. */
static int check_neighbour(const struct instance *other, void *data)
{
	const struct tables *tables = data;
	struct xnlb_cluster cluster;
	char ip[IP_TEXT_SIZE];
	int err = state_cluster(other, &cluster);

	if (err == -ENOENT || (!err && cluster.netns != tables->cluster.netns))
		return 0;
	if (err)
		return err;
	if (cluster.mode == XNLB_IGMP && tables->cluster.mode == XNLB_IGMP &&
	    !memcmp(cluster.group, tables->cluster.group, sizeof(cluster.group))) {
		say_error(
			"instance %s on this machine has the group %u.%u.%u.%u too: choose a first "
			"cluster IP with other last two bytes",
			other->name, cluster.group[0], cluster.group[1], cluster.group[2],
			cluster.group[3]);
		return -EADDRINUSE;
	}
	if (state_shared_ip(other, tables, ip)) {
		say_error("instance %s on this machine has the cluster IP %s too", other->name, ip);
		return -EADDRINUSE;
	}
	return 0;
}

/* ---- hooks ---- */

static int say_foreign_xdp(const struct interface *link)
{
	char name[BPF_OBJ_NAME_LEN];
	unsigned int id;

	if (hook_foreign_xdp(link->ifindex, name, &id) != 1)
		return 0;
	say_error(
		"%s: another XDP program is attached, \"%s\" (id %u); it is left alone. Detach it "
		"with `ip link set dev %s xdp off`, or with the program that attached it",
		link->name, name, id, link->name);
	return 1;
}

static int make_xdp(struct attachment *a, struct xnlb_undo change)
{
	int err = journal_make(&a->journal, &a->site, change);

	if (err >= 0)
		return 0;
	if (err == -EBUSY || err == -EEXIST) {
		if (!say_foreign_xdp(a->link))
			say_error("%s: cannot attach XDP: %s", a->link->name, strerror(-err));
		return err;
	}
	if (a->options->xdp == ATTACH_AUTO && change.hook == XNLB_XDP_NATIVE &&
	    (err == -EOPNOTSUPP || err == -EINVAL || err == -ERANGE)) {
		say_note(
			"%s: the driver has no native XDP for this set-up (%s); generic XDP it is, "
			"which is slower",
			a->link->name, strerror(-err));
		change.hook = XNLB_XDP_GENERIC;
		return make_xdp(a, change);
	}
	say_error("%s: cannot attach XDP in %s mode: %s", a->link->name,
		  change.hook == XNLB_XDP_NATIVE ? "native" : "generic", strerror(-err));
	return err;
}

/* A driver without a unicast filter gets promiscuous mode instead. */
static int make_other(struct attachment *a, struct xnlb_undo change)
{
	char text[CHANGE_TEXT_SIZE];
	int err = journal_make(&a->journal, &a->site, change);

	if (err == -EOPNOTSUPP && change.kind == XNLB_UNDO_UNICAST) {
		change.kind = XNLB_UNDO_PROMISCUOUS;
		memset(change.mac, 0, sizeof(change.mac));
		err = journal_make(&a->journal, &a->site, change);
	}
	if (err >= 0)
		return 0;
	say_error("cannot make %s: %s", change_text(&change, text), strerror(-err));
	return err;
}

/* The entry of a hook that is attached and works; its program will be replaced, not attached. */
static const struct xnlb_undo *attached(struct attachment *a, const struct xnlb_undo *change)
{
	const struct xnlb_undo *known = journal_find(&a->journal, change);

	return known && hook_holds(&a->site, known) == 1 ? known : NULL;
}

static int make_changes(struct attachment *a)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < a->wanted.count; i++) {
		const struct xnlb_undo *change = &a->wanted.change[i];

		if (is_hook(change) && attached(a, change))
			continue;
		err = change->kind == XNLB_UNDO_XDP ? make_xdp(a, *change) : make_other(a, *change);
	}
	return err;
}

static int *site_slot(struct site *site, enum xnlb_undo_kind kind)
{
	if (kind == XNLB_UNDO_XDP)
		return &site->xdp;
	return kind == XNLB_UNDO_TC_INGRESS ? &site->tc_ingress : &site->tc_egress;
}

/* Replaces the programs of hooks that were attached before, and keeps the old for the way back. */
static int update_hooks(struct attachment *a)
{
	int err = 0;

	for (size_t i = 0; !err && i < HOOKS; i++) {
		struct xnlb_undo change = {.kind = hook_kinds[i], .ifindex = a->link->ifindex};
		const struct xnlb_undo *known = attached(a, &change);
		int *old = site_slot(&a->old, hook_kinds[i]);
		char text[CHANGE_TEXT_SIZE];

		if (!known || a->journal.fresh[known - a->journal.entry])
			continue;
		*old = hook_program(&a->site, known);
		err = *old < 0 ? *old : hook_update(&a->site, known);
		if (err)
			say_error("cannot replace the %s: %s", change_text(known, text),
				  strerror(-err));
	}
	return err;
}

static void restore_hooks(struct attachment *a)
{
	for (size_t i = HOOKS; i-- > 0;) {
		struct xnlb_undo change = {.kind = hook_kinds[i], .ifindex = a->link->ifindex};
		const struct xnlb_undo *known = journal_find(&a->journal, &change);
		char text[CHANGE_TEXT_SIZE];
		int err;

		if (!known || *site_slot(&a->old, hook_kinds[i]) < 0)
			continue;
		err = hook_update(&a->old, known);
		if (err)
			say_error("cannot restore the %s: %s", change_text(known, text),
				  strerror(-err));
	}
}

/* ---- the whole ---- */

/* Changes to an interface that is gone: its index comes back with another device at most. */
static bool on_lost_interface(const struct xnlb_undo *entry, void *data)
{
	const struct interface *link = data;

	return entry->ifindex != 0 && entry->ifindex != LOOPBACK_IFINDEX &&
	       entry->ifindex != link->ifindex;
}

static bool not_wanted(const struct xnlb_undo *entry, void *data)
{
	return !wanted_has(data, entry);
}

static void choose_hooks(struct attachment *a, enum xnlb_tc_hook *tc, enum xnlb_xdp_hook *xdp)
{
	struct xnlb_undo change = {.kind = XNLB_UNDO_TC_INGRESS, .ifindex = a->link->ifindex};
	const struct xnlb_undo *known = attached(a, &change);

	if (known)
		*tc = known->hook;
	else if (a->options->tc != ATTACH_AUTO)
		*tc = a->options->tc;
	else
		*tc = hook_has_tcx(a->site.tc_ingress) ? XNLB_TC_TCX : XNLB_TC_CLSACT;

	change.kind = XNLB_UNDO_XDP;
	known = attached(a, &change);
	if (known)
		*xdp = known->hook;
	else
		*xdp = a->options->xdp == ATTACH_AUTO ? XNLB_XDP_NATIVE : a->options->xdp;
}

static int open_journal(struct attachment *a)
{
	int fd = fcntl(object_map(&a->object, "journal"), F_DUPFD_CLOEXEC, 0);
	int err;

	if (fd < 0) {
		err = -errno;
		say_error("cannot open the undo journal: %s", strerror(-err));
		return err;
	}
	return journal_open(fd, &a->journal);
}

static int describe(struct attachment *a)
{
	struct xnlb_undo change = {.kind = XNLB_UNDO_XDP, .ifindex = a->link->ifindex};
	struct xnlb_cluster *cluster = &a->tables->cluster;

	cluster->xdp_hook = journal_find(&a->journal, &change)->hook;
	change.kind = XNLB_UNDO_TC_INGRESS;
	cluster->tc_hook = journal_find(&a->journal, &change)->hook;
	return object_describe(&a->object, cluster);
}

/* From the first change on; the caller takes back what this made if it fails. */
static int change_machine(struct attachment *a)
{
	enum xnlb_xdp_hook xdp;
	enum xnlb_tc_hook tc;
	int err;

	err = journal_revert_if(&a->journal, &a->site, on_lost_interface, (void *)a->link);
	if (err)
		return err;
	choose_hooks(a, &tc, &xdp);
	wanted_list(a->tables, a->link, tc, xdp, &a->wanted);
	err = object_pin_new(&a->object, &a->instance);
	if (!err)
		err = make_changes(a);
	if (!err)
		err = describe(a);
	if (!err)
		err = update_hooks(a);
	if (!err)
		err = object_rename_pins(&a->object, &a->instance);
	return err;
}

static void take_back(struct attachment *a)
{
	restore_hooks(a);
	journal_revert_fresh(&a->journal, &a->site);
	object_unpin_new(&a->object, &a->instance);
	if (!a->object.journal_kept)
		instance_empty(&a->instance);
}

static int load_and_change(struct attachment *a)
{
	int err;

	err = object_load(a->tables, &a->instance, &a->object);
	if (err)
		return err;
	a->site.xdp = object_program(&a->object, "xnlb_xdp");
	a->site.tc_ingress = object_program(&a->object, "xnlb_ingress");
	a->site.tc_egress = object_program(&a->object, "xnlb_egress");
	err = object_pin_journal(&a->object, &a->instance);
	if (!err)
		err = open_journal(a);
	if (err)
		goto close_object;
	err = change_machine(a);
	if (err)
		take_back(a);
	else
		/* What the former configuration wanted and this one does not. */
		err = journal_revert_if(&a->journal, &a->site, not_wanted, &a->wanted);
	journal_close(&a->journal);
close_object:
	object_close(&a->object);
	return err;
}

int attach(struct tables *tables, const struct interface *link, const char *instance,
	   const struct attach_options *options)
{
	struct attachment *a = calloc(1, sizeof(*a));
	int err;

	if (!a) {
		say_error("out of memory");
		return -ENOMEM;
	}
	a->tables = tables;
	a->link = link;
	a->options = options;
	a->old = (struct site){&a->instance, -1, -1, -1};
	a->site = a->old;
	err = instance_check_machine();
	if (!err)
		err = instance_open(instance, INSTANCE_CREATE, &a->instance);
	if (err)
		goto out;
	complete_tables(tables, link);
	err = check_former(&a->instance, link);
	if (!err)
		err = instance_each(&a->instance, check_neighbour, tables);
	if (!err)
		err = load_and_change(a);
	if (!err)
		announce(tables, link);
	instance_remove(&a->instance); /* if nothing is pinned there */
	instance_close(&a->instance);
out:
	for (size_t i = 0; i < HOOKS; i++)
		if (*site_slot(&a->old, hook_kinds[i]) >= 0)
			close(*site_slot(&a->old, hook_kinds[i]));
	free(a);
	return err;
}

static int detach_opened(const struct instance *instance)
{
	struct site site = {instance, -1, -1, -1};
	char path[INSTANCE_PATH_SIZE];
	struct journal journal;
	int fd, err;

	fd = bpf_obj_get(instance_path(instance, "", "journal", path));
	if (fd < 0 && errno != ENOENT) {
		err = -errno;
		say_error("cannot open %s: %s", path, strerror(-err));
		return err;
	}
	if (fd >= 0) {
		err = journal_open(fd, &journal);
		if (err)
			return err;
		err = journal_revert_all(&journal, &site);
		journal_close(&journal);
		if (err)
			return err; /* the journal knows what is left to do */
	}
	instance_empty(instance);
	instance_remove(instance);
	return 0;
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
		err = detach_opened(&instance);
	instance_close(&instance);
	return err;
}
