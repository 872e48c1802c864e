// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is attached against what the machine is like now. Changes nothing. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/interface.h"
#include "dataplane/journal.h"
#include "dataplane/wanted.h"
#include "dataplane/warnings.h"

__attribute__((format(printf, 2, 3))) static void warn(struct state *state, const char *format, ...)
{
	va_list args;

	if (state->warnings >= STATE_WARNINGS - 1) {
		snprintf(state->warning[STATE_WARNINGS - 1], STATE_WARNING_SIZE,
			 "there are more warnings");
		state->warnings = STATE_WARNINGS;
		return;
	}
	va_start(args, format);
	vsnprintf(state->warning[state->warnings++], STATE_WARNING_SIZE, format, args);
	va_end(args);
}

/* False if it is gone, or something else has its name: that explains whatever else is missing. */
static bool check_interface(struct state *state)
{
	const struct xnlb_cluster *cluster = &state->tables->cluster;
	char then[MAC_TEXT_SIZE], now[MAC_TEXT_SIZE];
	struct interface link;
	bool returned;
	int err;

	err = interface_read(NULL, cluster->ifindex, &link);
	returned = err == -ENODEV && !interface_read(cluster->interface, 0, &link);
	state->another = returned && link.up && link.carrier;
	if (returned)
		warn(state, "interface %s went and came back: attach again", cluster->interface);
	else if (err == -ENODEV)
		warn(state, "interface %s is gone: when it is back, attach again",
		     cluster->interface);
	else if (err)
		warn(state, "interface %s cannot be looked at: %s", cluster->interface,
		     strerror(-err));
	/* Without a carrier nobody is heard: alone it would serve on beside the others, and still
	 * when the link returns, until it hears them. */
	state->down = err || !link.up || !link.carrier;
	state->broken |= state->down;
	if (err)
		return false;
	state->carrier_changes = link.carrier_changes;
	if (!link.up)
		warn(state, "interface %s is down", link.name);
	else if (!link.carrier)
		warn(state, "interface %s has no carrier: look at its cable, or its port",
		     link.name);
	if (strcmp(link.name, cluster->interface) != 0)
		warn(state, "interface %s is called %s now: change its name in the configuration",
		     cluster->interface, link.name);
	if (memcmp(link.mac, cluster->own_mac, sizeof(link.mac)) != 0)
		warn(state, "the MAC of %s was %s and is %s: attach again", link.name,
		     mac_text(cluster->own_mac, then), mac_text(link.mac, now));
	return true;
}

static void check_loopback(struct state *state)
{
	struct interface link;

	if (interface_read(NULL, LOOPBACK_IFINDEX, &link) || link.up)
		return;
	warn(state, "lo is down, and the cluster IPs are there: ip link set lo up");
	state->broken = true;
}

static void check_dedicated(struct state *state)
{
	const struct tables *tables = state->tables;
	struct ip_addr shared[XNLB_IPS_MAX], found;
	bool family[7] = {false};

	tables_ips(tables, shared);
	for (__u32 i = 0; i < tables->cluster.ips; i++)
		family[shared[i].family] = true;
	for (uint8_t f = 4; f <= 6; f += 2)
		if (family[f] && interface_dedicated(tables->cluster.ifindex, f, shared,
						     tables->cluster.ips, &found) == -EADDRNOTAVAIL)
			warn(state,
			     "%s has no dedicated IPv%u address: the kernel speaks as the "
			     "cluster IP",
			     tables->cluster.interface, f);
}

/* The kernel takes the larger one of an interface's value and `all`; see change_sysctl.c. */
static void check_overruled(struct state *state, const struct wanted *wanted)
{
	struct site site = SITE_PINNED(NULL);

	for (unsigned int i = 0; i < wanted->count; i++) {
		struct xnlb_undo all = wanted->change[i];

		if (all.kind != XNLB_UNDO_SYSCTL || !all.ifindex)
			continue;
		all.ifindex = 0;
		snprintf(all.path, sizeof(all.path), "net/ipv4/conf/all%s",
			 strrchr(wanted->change[i].path, '/'));
		if (change_prepare(&site, &all) == CHANGE_DONE &&
		    atoi(all.before) > atoi(all.after))
			warn(state,
			     "sysctl %s = %s overrules that of %s, so the kernel may speak for the "
			     "cluster IPs: set it to %s",
			     all.path, all.before, state->tables->cluster.interface, all.after);
	}
}

/* Does a node serve without it? Without its egress guard, or with other sysctls, it does. */
static bool is_needed(enum xnlb_undo_kind kind)
{
	return kind != XNLB_UNDO_SYSCTL && kind != XNLB_UNDO_TC_EGRESS;
}

/* What follows from it, where that is not obvious. */
static const char *lack(enum xnlb_undo_kind kind)
{
	if (kind == XNLB_UNDO_MULTICAST || kind == XNLB_UNDO_UNICAST)
		return ": the NIC drops what is sent to it";
	return "";
}

static void check_entry(const struct instance *instance, struct state *state,
			const struct wanted *wanted, const struct xnlb_undo *entry)
{
	struct site site = SITE_PINNED(instance);
	char text[CHANGE_TEXT_SIZE];
	int holds;

	if (!wanted_has(wanted, entry)) {
		warn(state, "left over: %s; attach again", change_text(entry, text));
		return;
	}
	holds = change_kinds[entry->kind]->holds(&site, entry);
	state->broken |= holds == 0 && is_needed(entry->kind);
	if (holds == 0)
		warn(state, "missing: %s%s; attach again", change_text(entry, text),
		     lack(entry->kind));
	else if (holds < 0)
		warn(state, "cannot look at %s: %s", change_text(entry, text), strerror(-holds));
}

/* Everything that the journal says was made: does it still hold? 0 or -errno (reported). */
static int check_changes(const struct instance *instance, struct state *state, bool interface)
{
	unsigned int ifindex = state->tables->cluster.ifindex;
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	struct journal *journal;
	int err;

	if (!wanted) {
		say_error("out of memory");
		return -ENOMEM;
	}
	err = journal_open_pinned(instance, &journal);
	if (err) {
		free(wanted);
		if (err == -ENOENT)
			warn(state, "the undo journal is gone: detach and attach again");
		return err == -ENOENT ? 0 : err;
	}
	wanted_list(state->tables, wanted);
	check_overruled(state, wanted);
	for (unsigned int i = 0; i < XNLB_UNDO_MAX; i++) {
		const struct xnlb_undo *entry = &journal->entry[i];

		if (entry->kind != XNLB_UNDO_NONE && (interface || entry->ifindex != ifindex))
			check_entry(instance, state, wanted, entry);
	}
	journal_close(journal);
	free(wanted);
	return 0;
}

int warnings_collect(const struct instance *instance, struct state *state)
{
	bool interface;
	uint64_t here;

	if (instance_interrupted(instance) != 0)
		warn(state, "an attach ended in the middle: attach again");
	if (network_namespace(&here) || here != state->tables->cluster.netns) {
		warn(state, "attached in another network namespace: its interface cannot be seen "
			    "from here");
		return 0;
	}
	interface = check_interface(state);
	if (interface)
		check_dedicated(state);
	check_loopback(state);
	return check_changes(instance, state, interface);
}
