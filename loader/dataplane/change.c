// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of the kinds of changes. Knows no journal and no order. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/change_kinds.h"
#include "dataplane/clsact.h"
#include "dataplane/hook.h"
#include <xnlb/tables.h>

int change_device(const struct xnlb_undo *change, char name[IF_NAMESIZE])
{
	if (if_indextoname(change->ifindex, name))
		return 0;
	return errno == ENXIO ? -ENODEV : -errno;
}

const char *change_device_text(const struct xnlb_undo *change, char name[IF_NAMESIZE])
{
	if (change_device(change, name))
		snprintf(name, IF_NAMESIZE, "#%u", change->ifindex);
	return name;
}

static void clsact_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char name[IF_NAMESIZE];

	snprintf(text, size, "clsact qdisc on %s", change_device_text(change, name));
}

static void hook_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	static const char *const programs[XNLB_UNDO_KINDS] = {
		[XNLB_UNDO_XDP] = "XDP program",
		[XNLB_UNDO_TC_INGRESS] = "tc ingress program",
		[XNLB_UNDO_TC_EGRESS] = "tc egress program",
	};
	char name[IF_NAMESIZE];

	snprintf(text, size, "%s on %s%s", programs[change->kind], change_device_text(change, name),
		 change->attach == XNLB_ATTACH_DISPATCHER ? " under libxdp's dispatcher" : "");
}

/* A pin or a filter that no journal knows is not ours to go on with. */
static int hook_prepare(struct xnlb_undo *change)
{
	(void)change;
	return CHANGE_DONE;
}

static const struct change_kind change_clsact = {NULL, clsact_apply, clsact_revert, clsact_holds,
						 clsact_describe};
static const struct change_kind change_hook = {hook_prepare, hook_apply, hook_revert, hook_holds,
					       hook_describe};

const struct change_kind *const change_kinds[XNLB_UNDO_KINDS] = {
	[XNLB_UNDO_SYSCTL] = &change_sysctl,
	[XNLB_UNDO_CLSACT] = &change_clsact,
	[XNLB_UNDO_TC_EGRESS] = &change_hook,
	[XNLB_UNDO_TC_INGRESS] = &change_hook,
	[XNLB_UNDO_MULTICAST] = &change_multicast,
	[XNLB_UNDO_UNICAST] = &change_unicast,
	[XNLB_UNDO_PROMISCUOUS] = &change_promiscuous,
	[XNLB_UNDO_ADDRESS] = &change_address,
	[XNLB_UNDO_PROXY] = &change_proxy,
	[XNLB_UNDO_XDP] = &change_hook,
};

int change_prepare(const struct site *site, struct xnlb_undo *change)
{
	const struct change_kind *kind = change_kinds[change->kind];
	int found;

	if (kind->prepare)
		return kind->prepare(change);
	found = kind->holds(site, change);
	if (found < 0)
		return found;
	return found ? CHANGE_ALREADY : CHANGE_DONE;
}

bool change_same(const struct xnlb_undo *a, const struct xnlb_undo *b)
{
	return a->kind == b->kind && a->ifindex == b->ifindex && a->family == b->family &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr)) &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac)) && !strcmp(a->path, b->path);
}

bool change_is_hook(const struct xnlb_undo *change)
{
	return change_kinds[change->kind] == &change_hook;
}

const char *change_text(const struct xnlb_undo *change, char text[CHANGE_TEXT_SIZE])
{
	change_kinds[change->kind]->describe(change, text, CHANGE_TEXT_SIZE);
	return text;
}
