// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Attaching: the programs. Knows no other change to the machine. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "core/words.h"
#include "dataplane/attachment.h"
#include "dataplane/complaint.h"
#include "dataplane/dispatcher.h"
#include "dataplane/hook.h"

static const enum xnlb_undo_kind hook_kinds[HOOKS] = {XNLB_UNDO_TC_EGRESS, XNLB_UNDO_TC_INGRESS,
						      XNLB_UNDO_XDP};

enum { TC_EGRESS, TC_INGRESS, XDP }; /* indexes of hook_kinds and running */

/* ---- what is attached ---- */

/* Its program is opened now: its pin may be one of those that make room for the new ones. */
static int open_running(struct attachment *a, struct running *running,
			const struct xnlb_undo *entry)
{
	char text[CHANGE_TEXT_SIZE];
	int fd = hook_program(&a->site, entry);

	if (fd < 0) {
		say_error("cannot open the %s, which is to be replaced: %s%s",
			  change_text(entry, text), strerror(-fd),
			  fd == -EPERM ? "; its pin is gone, so run it as root" : "");
		return fd;
	}
	if (entry->attach == XNLB_ATTACH_DISPATCHER) {
		int err = hook_turn(&a->site, &running->turn);

		if (err) {
			say_error("cannot read the map turn: %s", strerror(-err));
			close(fd);
			return err;
		}
	}
	running->attached = true;
	running->change = *entry;
	running->program = fd;
	return 0;
}

int hooks_find_running(struct attachment *a)
{
	for (int i = 0; i < HOOKS; i++) {
		struct xnlb_undo change = {.kind = hook_kinds[i], .ifindex = a->link->ifindex};
		const struct xnlb_undo *entry = journal_find(a->journal, &change);
		char text[CHANGE_TEXT_SIZE];
		int holds;

		if (!entry)
			continue;
		holds = hook_holds(&a->site, entry);
		if (holds < 0) {
			say_error("cannot look at %s: %s", change_text(entry, text),
				  strerror(-holds));
			return holds;
		}
		if (holds)
			holds = open_running(a, &a->running[i], entry);
		if (holds < 0)
			return holds;
	}
	return 0;
}

bool hooks_running(const struct attachment *a)
{
	bool running = false;

	for (int i = 0; i < HOOKS; i++)
		running = running || a->running[i].attached;
	return running;
}

void hooks_forget_running(struct attachment *a)
{
	for (int i = 0; i < HOOKS; i++)
		if (a->running[i].attached)
			close(a->running[i].program);
}

/* What is attached stays at its hook, and the options must agree. */
static int keep_hook(const struct attachment *a, const struct running *running, const char *what,
		     const struct word *words, int option)
{
	if (option == ATTACH_AUTO || option == (int)running->change.hook)
		return 0;
	say_error("%s: %s is attached as %s, which a replacement does not change: detach first, "
		  "then attach with %s",
		  a->link->name, what, word_of(words, (int)running->change.hook),
		  word_of(words, option));
	return -EBUSY;
}

static int choose_tc(struct attachment *a, enum xnlb_tc_hook *out)
{
	const struct running *running = &a->running[TC_INGRESS];
	int found;

	if (!running->attached)
		running = &a->running[TC_EGRESS];
	if (running->attached) {
		*out = running->change.hook;
		return keep_hook(a, running, "tc", tc_words, a->options->tc);
	}
	if (a->options->tc == XNLB_TC_CLSACT) {
		*out = XNLB_TC_CLSACT;
		return 0;
	}
	found = hook_has_tcx(a->site.tc_ingress);
	if (found < 0) {
		say_error("cannot tell whether the kernel has tcx: %s", strerror(-found));
		return found;
	}
	if (!found && a->options->tc == XNLB_TC_TCX) {
		say_error("this kernel has no tcx, which came with Linux 6.6: attach without --tc "
			  "tcx");
		return -EOPNOTSUPP;
	}
	*out = found ? XNLB_TC_TCX : XNLB_TC_CLSACT;
	return 0;
}

/* ---- other XDP programs ---- */

/* Programs that libxdp's dispatcher calls: they can stay, and ours be one of them. */
static bool say_dispatcher(const struct interface *link, const struct hook_xdp *found)
{
	struct dispatcher chain;
	char names[256] = "";
	size_t used = 0;

	if (strcmp(found->name, DISPATCHER_NAME) != 0 || dispatcher_look(link->ifindex, &chain) ||
	    !chain.there)
		return false;
	for (unsigned int i = 0; i < chain.count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s\"%s\"",
					 i ? ", " : " with ", chain.program[i].name);
	say_error("%s: another XDP program is attached, \"%s\" (id %u), and left alone: libxdp's "
		  "dispatcher%s. To attach xnlb beside these, say attach: dispatcher in the "
		  "configuration; to remove all of them: `xdp-loader unload %s --all`",
		  link->name, found->name, found->id, names, link->name);
	return true;
}

static bool say_foreign_xdp(const struct interface *link)
{
	struct hook_xdp found;

	if (hook_xdp_at(link->ifindex, &found) != 1)
		return false;
	if (say_dispatcher(link, &found))
		return true;
	if (!*found.name)
		say_error("%s: another XDP program is attached (id %u), and left alone: `bpftool "
			  "net show dev %s' as root tells more",
			  link->name, found.id, link->name);
	else if (found.link)
		say_error("%s: another XDP program is attached, \"%s\" (id %u), and left alone. A "
			  "BPF link holds it: end the program that made it, or `bpftool link "
			  "detach id %u`",
			  link->name, found.name, found.id, found.link);
	else
		say_error("%s: another XDP program is attached, \"%s\" (id %u), and left alone. To "
			  "remove it: `ip link set dev %s %s off`",
			  link->name, found.name, found.id, link->name, found.off);
	return true;
}

static void say_dispatcher_error(const struct attachment *a, int err)
{
	const char *said = complaint();

	say_error("%s: cannot attach XDP under libxdp's dispatcher: %s%s%s%s", a->link->name,
		  strerror(-err), *said ? "; " : "", said,
		  err == -E2BIG ? "; it calls ten programs at most" : "");
}

/* ---- choosing ---- */

/* Under libxdp's dispatcher, where others may have chosen already. */
static int choose_dispatched(struct attachment *a, enum xnlb_xdp_hook *out)
{
	struct dispatcher chain;
	int err;

	complaint_listen();
	err = dispatcher_look(a->link->ifindex, &chain);
	if (err) {
		say_dispatcher_error(a, err);
		return err;
	}
	if (chain.foreign && say_foreign_xdp(a->link))
		return -EBUSY;
	if (!chain.there)
		return 0;
	if (a->options->xdp != ATTACH_AUTO && a->options->xdp != (int)chain.hook) {
		say_error("%s: libxdp's dispatcher is attached there in %s mode, and all of its "
			  "programs are: attach without --xdp",
			  a->link->name, word_of(xdp_words, (int)chain.hook));
		return -EBUSY;
	}
	*out = chain.hook;
	return 0;
}

static int choose_xdp(struct attachment *a)
{
	const struct running *running = &a->running[XDP];
	struct xnlb_cluster *cluster = &a->tables->cluster;

	if (running->attached && running->change.attach != cluster->attach) {
		say_error("%s: XDP is attached as attach: %s says, which a replacement does not "
			  "change: detach first, then attach as attach: %s says",
			  a->link->name, word_of(attach_words, running->change.attach),
			  word_of(attach_words, (int)cluster->attach));
		return -EBUSY;
	}
	if (running->attached) {
		cluster->xdp_hook = running->change.hook;
		return keep_hook(a, running, "XDP", xdp_words, a->options->xdp);
	}
	cluster->xdp_hook = a->options->xdp == ATTACH_AUTO ? XNLB_XDP_NATIVE : a->options->xdp;
	return cluster->attach == XNLB_ATTACH_DISPATCHER ? choose_dispatched(a, &cluster->xdp_hook)
							 : 0;
}

int hooks_choose(struct attachment *a)
{
	int err = 0;

	if (a->tables->cluster.attach == XNLB_ATTACH_DISPATCHER)
		err = dispatcher_check();
	if (!err)
		err = choose_xdp(a);
	return err ? err : choose_tc(a, &a->tables->cluster.tc_hook);
}

/* ---- attaching ---- */

/* Errors by which drivers say that they have no native XDP, or not with these settings. */
static bool is_unsupported(int err)
{
	static const int errors[] = {EOPNOTSUPP, 524 /* ENOTSUPP */, EINVAL, ERANGE, ENOSPC,
				     ENOMEM};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (err == -errors[i])
			return true;
	return false;
}

static int make_xdp(struct attachment *a, struct xnlb_undo change)
{
	int err = journal_make(a->journal, &a->site, change);

	if (err >= 0) {
		a->tables->cluster.xdp_hook = change.hook;
		return 0;
	}
	if (change.attach == XNLB_ATTACH_EXCLUSIVE && (err == -EBUSY || err == -EEXIST) &&
	    say_foreign_xdp(a->link))
		return err;
	if (a->options->xdp == ATTACH_AUTO && change.hook == XNLB_XDP_NATIVE &&
	    is_unsupported(err)) {
		say_note("%s: the driver has no native XDP for this set-up (%s); generic XDP it "
			 "is, which is slower",
			 a->link->name, strerror(-err));
		change.hook = XNLB_XDP_GENERIC;
		return make_xdp(a, change);
	}
	if (change.attach == XNLB_ATTACH_DISPATCHER)
		say_dispatcher_error(a, err);
	else
		say_error("%s: cannot attach XDP in %s mode: %s", a->link->name,
			  word_of(xdp_words, (int)change.hook), strerror(-err));
	return err;
}

static int make_tc(struct attachment *a, const struct xnlb_undo *change)
{
	int err = journal_make(a->journal, &a->site, *change);
	bool ingress = change->kind == XNLB_UNDO_TC_INGRESS;
	char text[CHANGE_TEXT_SIZE];

	if (err >= 0)
		return 0;
	if (err == -EEXIST)
		say_error("%s: somebody's tc filter has the place of xnlb's: `tc filter del dev %s "
			  "%s pref %d`, or attach with --tc tcx",
			  a->link->name, a->link->name, ingress ? "ingress" : "egress",
			  HOOK_FILTER_PRIORITY);
	else
		say_error("cannot make %s: %s", change_text(change, text), strerror(-err));
	return err;
}

int hooks_make(struct attachment *a, const struct xnlb_undo *change)
{
	for (int i = 0; i < HOOKS; i++)
		if (hook_kinds[i] == change->kind && a->running[i].attached)
			return 0;
	return change->kind == XNLB_UNDO_XDP ? make_xdp(a, *change) : make_tc(a, change);
}

/* ---- replacing ---- */

int hooks_update(struct attachment *a)
{
	int err = 0;

	for (int i = 0; !err && i < HOOKS; i++) {
		struct running *running = &a->running[i];
		char text[CHANGE_TEXT_SIZE];

		if (!running->attached)
			continue;
		running->replaced = true; /* even what fails may have happened */
		err = hook_update(&a->site, &running->change);
		if (err)
			say_error("cannot replace the %s: %s%s",
				  change_text(&running->change, text), strerror(-err),
				  err == -E2BIG
					  ? "; it takes a place more beside the former one, and "
					    "there are ten"
					  : "");
	}
	return err;
}

void hooks_restore(struct attachment *a)
{
	for (int i = HOOKS; i-- > 0;) {
		const struct running *running = &a->running[i];
		const struct site former = {&a->instance,     running->program, running->program,
					    running->program, running->turn,	a->site.turns};
		char text[CHANGE_TEXT_SIZE];
		int err;

		if (!running->replaced)
			continue;
		err = hook_update(&former, &running->change);
		if (err)
			say_error("cannot restore the %s: %s", change_text(&running->change, text),
				  strerror(-err));
	}
}
