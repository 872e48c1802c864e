// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The order of attaching, and the way back. The programs' part is in attach_hooks.c. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/announce.h"
#include "dataplane/attachment.h"
#include "dataplane/claim.h"
#include "dataplane/map.h"
#include "dataplane/state.h"
#include "dataplane/warnings.h"

_Static_assert(IF_NAMESIZE == sizeof(((struct xnlb_cluster *)0)->interface), "a name fits");

/* ---- what must be known first ---- */

static int fill_namespace(struct tables *tables)
{
	uint64_t netns;
	int err = network_namespace(&netns);

	if (err)
		say_error("cannot tell the network namespace: %s", strerror(-err));
	else
		tables->cluster.netns = netns;
	return err;
}

static int complete_tables(struct tables *tables, const struct interface *link)
{
	struct xnlb_cluster *cluster = &tables->cluster;

	memcpy(tables->setup.own_mac.bytes, link->mac, 6);
	memcpy(cluster->own_mac, link->mac, 6);
	cluster->ifindex = link->ifindex;
	memcpy(cluster->interface, link->name, sizeof(cluster->interface));
	cluster->content = object_content(tables);
	return fill_namespace(tables);
}

/* May this instance be replaced from here? */
static int check_former(struct attachment *a)
{
	const struct instance *instance = &a->instance;
	struct xnlb_cluster former;
	struct interface other;
	int err = state_check_namespace(instance);

	if (err)
		return err;
	err = state_peek(instance, &former);
	if (err && err != -ENOENT) {
		instance_say_unreadable(instance, err);
		return err;
	}
	a->settled = !err && former.ifindex == a->link->ifindex;
	err = state_cluster(instance, &former);
	if (err)
		return err == -ENOENT ? 0 : err;
	a->former = former;
	if (former.ifindex == a->link->ifindex)
		return 0;
	err = interface_read(NULL, former.ifindex, &other);
	if (err == -ENODEV)
		return 0;
	if (err)
		say_error("cannot look at the interface of instance %s: %s", instance->name,
			  strerror(-err));
	else
		say_error("instance %s is attached to %s: detach it first", instance->name,
			  other.name);
	return err ? err : -EBUSY;
}

static int check_conflicts(const struct instance *instance, const struct tables *tables,
			   const struct conflict_sink *sink)
{
	int found = sharing_conflicts(instance, tables, sink);

	return found > 0 ? -EADDRINUSE : found;
}

static int check_others(struct attachment *a)
{
	int err = a->options->caller == ATTACH_COMMAND ? instance_unclaimed(&a->instance) : 0;

	if (!err)
		err = check_former(a);

	if (!err)
		err = check_conflicts(&a->instance, a->tables, &a->options->conflicts);
	if (!err)
		err = sharing_check_interface(&a->instance, a->link);
	return err;
}

/* ---- what a daemon left ---- */

/* Did a daemon keep the lease of what is attached, by this configuration? */
static bool is_daemons(const struct attachment *a)
{
	const struct xnlb_cluster *cluster = &a->tables->cluster;
	struct xnlb_live live;
	int fd, err;

	if (a->former.layout != XNLB_LAYOUT || a->former.digest != cluster->digest ||
	    a->former.node != cluster->node || a->former.ifindex != cluster->ifindex ||
	    a->former.room != cluster->room || a->former.rows != cluster->rows ||
	    a->former.rules != cluster->rules || instance_interrupted(&a->instance) != 0)
		return false;
	fd = map_open(&a->instance, "", "live", sizeof(live), 1);
	err = fd < 0 ? fd : map_read(fd, 0, 1, &live);
	if (fd >= 0)
		close(fd);
	return !err && live.incarnation;
}

static enum object_keep what_to_keep(const struct attachment *a)
{
	if (a->options->caller == ATTACH_RELOAD)
		return OBJECT_KEEP_LIFE;
	if (a->options->caller == ATTACH_DAEMON && is_daemons(a))
		return OBJECT_KEEP_OWNERS;
	return OBJECT_KEEP_NOTHING;
}

/* Is it just what is to be attached, and whole? Then a daemon goes on at once. */
static bool is_there(const struct attachment *a)
{
	const struct attach_options *options = a->options;
	struct state *state;
	bool there = false;

	if (a->keep != OBJECT_KEEP_OWNERS || a->former.content != a->tables->cluster.content ||
	    (options->xdp != ATTACH_AUTO && options->xdp != (int)a->former.xdp_hook) ||
	    (options->tc != ATTACH_AUTO && options->tc != (int)a->former.tc_hook))
		return false;
	state = calloc(1, sizeof(*state));
	if (!state)
		return false;
	a->tables->cluster.xdp_hook = a->former.xdp_hook;
	a->tables->cluster.tc_hook = a->former.tc_hook;
	state->tables = a->tables;
	state->leased = true; /* or not: it is the daemon's to have one */
	there = !warnings_collect(&a->instance, state) && !state->warnings;
	free(state);
	return there;
}

/* ---- changes ---- */

static void say_cannot_make(const struct xnlb_undo *change, int err)
{
	char text[CHANGE_TEXT_SIZE];

	if (change->kind == XNLB_UNDO_CLSACT && err == -EBUSY)
		say_error("cannot make %s: another qdisc has its place: `tc qdisc del dev DEV "
			  "ingress`, or attach with --tc tcx",
			  change_text(change, text));
	else if (change->kind == XNLB_UNDO_ADDRESS && change->family == 6 &&
		 (err == -EACCES || err == -EPERM || err == -ENXIO))
		say_error("cannot make %s: %s; is IPv6 switched off there (sysctl "
			  "net.ipv6.conf.*.disable_ipv6)?",
			  change_text(change, text), strerror(-err));
	else
		say_error("cannot make %s: %s", change_text(change, text), strerror(-err));
}

static int note_before(struct attachment *a, struct xnlb_undo *change,
		       const struct xnlb_undo *origin)
{
	int err;

	memcpy(change->before, origin->before, sizeof(change->before));
	err = journal_note(a->journal, change);
	if (err)
		say_cannot_make(change, err);
	return err;
}

/*
 * A sysctl that is already as it shall be: because of xnlb? `default` may be another instance's
 * work, and an interface that is new to us may have been made since then, and begun with it. Then
 * what was there before that is to be restored. 0 or -errno (reported).
 */
static int adopt_sysctl(struct attachment *a, struct xnlb_undo change)
{
	struct xnlb_undo origin = change, other;
	const struct xnlb_undo *known;
	int found;

	if (change.ifindex) {
		if (a->settled)
			return 0;
		origin.ifindex = 0;
		snprintf(origin.path, sizeof(origin.path), "net/ipv4/conf/default%s",
			 strrchr(change.path, '/'));
		known = journal_find(a->journal, &origin);
		if (known && journal_fate(a->journal, known) != JOURNAL_MADE)
			return note_before(a, &change, known);
	}
	found = sharing_entry(&a->instance, &origin, &other);
	return found > 0 ? note_before(a, &change, &other) : found;
}

static int make_change(struct attachment *a, const struct xnlb_undo *wanted)
{
	struct xnlb_undo change = *wanted;
	int err;

	if (change_is_hook(&change))
		return hooks_make(a, &change);
	err = journal_make(a->journal, &a->site, change);
	if (err == -EOPNOTSUPP && change.kind == XNLB_UNDO_UNICAST) {
		/* A driver without a unicast filter gets promiscuous mode instead. */
		change.kind = XNLB_UNDO_PROMISCUOUS;
		memset(change.mac, 0, sizeof(change.mac));
		err = journal_make(a->journal, &a->site, change);
	}
	if (err == CHANGE_ALREADY && change.kind == XNLB_UNDO_SYSCTL)
		return adopt_sysctl(a, change);
	if (err < 0)
		say_cannot_make(&change, err);
	return err < 0 ? err : 0;
}

/*
 * Where programs run already, no address may be on `lo` that they do not know: the stack takes UDP
 * for it out of multicast frames, on every node. New ones come when the programs are replaced.
 */
static bool is_late(const struct attachment *a, const struct xnlb_undo *change)
{
	return change->kind == XNLB_UNDO_ADDRESS && hooks_running(a);
}

static int make_changes(struct attachment *a, bool late)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < a->wanted.count; i++)
		if (is_late(a, &a->wanted.change[i]) == late)
			err = make_change(a, &a->wanted.change[i]);
	return err;
}

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

/* And old ones go before that. */
static bool is_withdrawn(const struct xnlb_undo *entry, void *data)
{
	return entry->kind == XNLB_UNDO_ADDRESS && not_wanted(entry, data);
}

static int withdraw_addresses(struct attachment *a)
{
	for (unsigned int i = 0; i < XNLB_UNDO_MAX && a->withdrawals < XNLB_IPS_MAX; i++)
		if (is_withdrawn(&a->journal->entry[i], &a->wanted))
			a->withdrawn[a->withdrawals++] = a->journal->entry[i];
	return journal_revert(a->journal, &a->site, is_withdrawn, &a->wanted, say_error);
}

static void give_back_addresses(struct attachment *a)
{
	char text[CHANGE_TEXT_SIZE];

	for (unsigned int i = 0; i < a->withdrawals; i++) {
		int err = journal_make(a->journal, &a->site, a->withdrawn[i]);

		if (err < 0)
			say_error("cannot restore %s: %s; attach again",
				  change_text(&a->withdrawn[i], text), strerror(-err));
	}
}

/* ---- the whole ---- */

static int open_journal(struct attachment *a)
{
	struct xnlb_cluster former;
	int err, fd;

	/* Without it, nobody would know any more what is to be taken back. */
	if (!a->object.journal_kept) {
		err = state_cluster(&a->instance, &former);
		if (!err)
			say_error("the undo journal of instance %s is gone: detach first",
				  a->instance.name);
		if (err != -ENOENT)
			return err ? err : -EBUSY;
	}
	fd = fcntl(object_map(&a->object, "journal"), F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		err = -errno;
		say_error("cannot open the undo journal: %s", strerror(-err));
		return err;
	}
	return journal_open(fd, &a->journal);
}

/* From the first change on; the caller takes back what this made if it fails. */
static int change_machine(struct attachment *a)
{
	int err;

	err = journal_revert(a->journal, &a->site, on_lost_interface, (void *)a->link, say_error);
	if (!err)
		err = object_pin_new(&a->object, &a->instance);
	wanted_list(a->tables, &a->wanted);
	if (!err)
		err = make_changes(a, false);
	if (!err) /* the hooks may have become others */
		err = object_describe(&a->object, &a->tables->cluster);
	if (!err)
		err = withdraw_addresses(a);
	if (!err)
		err = hooks_update(a);
	if (!err)
		err = make_changes(a, true);
	if (!err)
		err = object_rename_pins(&a->object, &a->instance);
	return err;
}

static void take_back(struct attachment *a)
{
	int err;

	/* New addresses first, for the same reason; the former programs do not know them. */
	err = journal_revert_made(a->journal, &a->site);
	hooks_restore(a);
	give_back_addresses(a);
	if (err || a->object.pins_mixed)
		return; /* then detach needs the journal, and the namespace */
	object_unpin_new(&a->object, &a->instance);
	object_unpin_journal(&a->object, &a->instance);
}

/* What is attached is whole: what fails from here on is a warning, and status says it too. */
static void tidy(struct attachment *a)
{
	object_unpin_new(&a->object, &a->instance);
	journal_revert(a->journal, &a->site, not_wanted, &a->wanted, say_warning);
}

static int change_all(struct attachment *a)
{
	int err;

	err = open_journal(a);
	if (err) {
		object_unpin_journal(&a->object, &a->instance);
		return err;
	}
	err = hooks_find_running(a);
	if (!err)
		err = hooks_choose(a);
	if (!err) /* a killed attach shall be known by its namespace */
		err = object_describe(&a->object, &a->tables->cluster);
	if (!err)
		err = change_machine(a);
	if (err)
		take_back(a);
	else
		tidy(a);
	hooks_forget_running(a);
	journal_close(a->journal);
	return err;
}

static int load_and_change(struct attachment *a)
{
	int err;

	a->tables->setup.turn = 0;
	while (a->tables->cluster.attach == XNLB_ATTACH_DISPATCHER && !a->tables->setup.turn)
		randombytes_buf((void *)&a->tables->setup.turn, sizeof(a->tables->setup.turn));
	err = object_load(a->tables, &a->instance, a->keep, &a->object);
	if (err)
		return err;
	a->site.turn = a->tables->setup.turn;
	a->site.turns = object_map(&a->object, "turn");
	a->site.instance = &a->instance;
	a->site.xdp = object_program(&a->object, "xnlb_xdp");
	a->site.tc_ingress = object_program(&a->object, "xnlb_ingress");
	a->site.tc_egress = object_program(&a->object, "xnlb_egress");
	err = object_pin_journal(&a->object, &a->instance);
	if (!err)
		err = change_all(a);
	object_close(&a->object);
	return err;
}

int attach(struct tables *tables, const struct interface *link, const char *instance,
	   const struct attach_options *options, struct attach_result *result)
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
	err = complete_tables(tables, link);
	if (!err)
		err = instance_open(instance, INSTANCE_CREATE, &a->instance);
	if (err)
		goto out;
	err = check_others(a);
	if (err)
		goto tidy;
	a->keep = what_to_keep(a);
	*result = (struct attach_result){.carried = a->keep == OBJECT_KEEP_OWNERS,
					 .same = is_there(a)};
	if (!result->same)
		err = load_and_change(a);
	result->replaced = result->same || hooks_running(a);
	if (!err && !result->carried)
		announce(tables, link);
tidy:
	if (err)
		instance_tidy(&a->instance);
	instance_close(&a->instance);
out:
	free(a);
	return err;
}

int attach_conflicts(struct tables *tables, const char *instance, const struct conflict_sink *sink)
{
	struct instance self;
	int err = fill_namespace(tables);

	if (!err)
		err = instance_open(instance, INSTANCE_LOOK, &self);
	if (err)
		return err == -ENOENT ? 0 : err; /* no instance at all */
	err = check_conflicts(&self, tables, sink);
	instance_close(&self);
	return err;
}
