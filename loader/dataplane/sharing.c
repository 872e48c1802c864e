// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The other instances of this network namespace. Changes nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/journal.h"
#include "dataplane/sharing.h"
#include "dataplane/state.h"

/* ---- conflicts ---- */

struct search {
	const struct tables *tables;
	const struct conflict_sink *sink;
	int found;
};

static void compare_groups(struct search *search, const struct instance *other,
			   const struct xnlb_cluster *cluster)
{
	const struct xnlb_cluster *own = &search->tables->cluster;
	struct ip_addr ips[XNLB_IPS_MAX];
	char problem[200];

	if (cluster->mode != XNLB_IGMP || own->mode != XNLB_IGMP ||
	    memcmp(cluster->group, own->group, sizeof(own->group)) != 0)
		return;
	snprintf(problem, sizeof(problem),
		 "instance %s on this machine has the group %u.%u.%u.%u too: choose a first "
		 "cluster IP with other last two bytes",
		 other->name, own->group[0], own->group[1], own->group[2], own->group[3]);
	tables_ips(search->tables, ips);
	search->sink->tell(leading_ip(ips, own->ips), problem, search->sink->data);
	search->found++;
}

static void compare_ips(struct search *search, const struct instance *other,
			const struct xnlb_ip *ips, __u32 count)
{
	const struct tables *tables = search->tables;
	char problem[200];

	for (__u32 own = 0; own < tables->cluster.ips; own++) {
		const struct xnlb_ip *ip = &tables->ip[own];

		for (__u32 i = 0; i < count; i++) {
			if (ips[i].family != ip->family ||
			    memcmp(ips[i].addr, ip->addr, sizeof(ip->addr)) != 0)
				continue;
			snprintf(problem, sizeof(problem),
				 "instance %s on this machine has the cluster IP %s too",
				 other->name, ip->text);
			search->sink->tell(own, problem, search->sink->data);
			search->found++;
		}
	}
}

static int compare(const struct instance *other, void *data)
{
	struct search *search = data;
	struct xnlb_cluster cluster;
	struct xnlb_ip ips[XNLB_IPS_MAX];
	int err = state_cluster(other, &cluster);

	if (err == -ENOENT || (!err && cluster.netns != search->tables->cluster.netns))
		return 0;
	if (err)
		return err;
	err = state_ips(other, &cluster, ips);
	if (err) {
		instance_say_unreadable(other, err);
		return err;
	}
	compare_groups(search, other, &cluster);
	compare_ips(search, other, ips, cluster.ips);
	return 0;
}

int sharing_conflicts(const struct instance *self, const struct tables *tables,
		      const struct conflict_sink *sink)
{
	struct search search = {.tables = tables, .sink = sink};
	int err = instance_each(self, compare, &search);

	return err ? err : search.found;
}

struct place {
	uint64_t here;
	const struct interface *link;
};

static int compare_place(const struct instance *other, void *data)
{
	const struct place *place = data;
	struct xnlb_cluster cluster;

	if (state_peek(other, &cluster) || cluster.netns != place->here ||
	    cluster.ifindex != place->link->ifindex)
		return 0;
	say_error("instance %s is attached to %s: an interface takes one instance; give that one "
		  "more cluster IPs, or detach it first",
		  other->name, place->link->name);
	return -EBUSY;
}

static int find_namespace(uint64_t *out)
{
	int err = network_namespace(out);

	if (err)
		say_error("cannot tell the network namespace: %s", strerror(-err));
	return err;
}

int sharing_check_interface(const struct instance *self, const struct interface *link)
{
	struct place place = {.link = link};
	int err = find_namespace(&place.here);

	return err ? err : instance_each(self, compare_place, &place);
}

/* ---- common changes ---- */

struct entry_search {
	uint64_t here;
	const struct xnlb_undo *change;
	struct xnlb_undo entry;
};

static int find_entry(const struct instance *other, void *data)
{
	struct entry_search *search = data;
	const struct xnlb_undo *entry;
	struct xnlb_cluster cluster;
	struct journal *journal;
	int err;

	err = state_peek(other, &cluster);
	if (err == -ENOENT || err == -EPROTO || (!err && cluster.netns != search->here))
		return 0; /* another version's is not to be relied on */
	if (err) {
		instance_say_unreadable(other, err);
		return err;
	}
	err = journal_open_pinned(other, &journal);
	if (err)
		return err == -ENOENT ? 0 : err;
	entry = journal_find(journal, search->change);
	if (entry)
		search->entry = *entry;
	journal_close(journal);
	return entry ? 1 : 0;
}

int sharing_entry(const struct instance *self, const struct xnlb_undo *change,
		  struct xnlb_undo *out)
{
	struct entry_search search = {.change = change};
	int found = find_namespace(&search.here);

	if (found)
		return found;
	found = instance_each(self, find_entry, &search);
	if (found == 1)
		*out = search.entry;
	return found;
}
