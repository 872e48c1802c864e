// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of changes, a pure function of its arguments. */
#include <stdio.h>
#include <string.h>

#include "core/mac.h"
#include "dataplane/change.h"
#include "dataplane/interface.h"
#include "dataplane/wanted.h"

static struct xnlb_undo *add(struct wanted *wanted, enum xnlb_undo_kind kind, unsigned int ifindex)
{
	/* An address and a group for each IP, a dozen besides; old and new configuration at once.
	 */
	_Static_assert(XNLB_UNDO_MAX >= 2 * (2 * XNLB_IPS_MAX + 16), "every change has an entry");
	struct xnlb_undo *change = &wanted->change[wanted->count++];

	memset(change, 0, sizeof(*change));
	change->kind = kind;
	change->ifindex = ifindex;
	return change;
}

static void add_sysctl(struct wanted *wanted, unsigned int ifindex, const char *name,
		       const char *value)
{
	struct xnlb_undo *change = add(wanted, XNLB_UNDO_SYSCTL, ifindex);

	snprintf(change->path, sizeof(change->path), "net/ipv4/conf/%s/%s",
		 ifindex ? "*" : "default", name);
	snprintf(change->after, sizeof(change->after), "%s", value);
}

/* `default` first: an interface that goes and comes back must not answer before we are back. */
static void add_sysctls(struct wanted *wanted, unsigned int ifindex)
{
	const unsigned int scopes[] = {0, ifindex};

	for (int i = 0; i < 2; i++) {
		add_sysctl(wanted, scopes[i], "arp_ignore", "1");
		add_sysctl(wanted, scopes[i], "arp_announce", "2");
	}
}

static void add_mac(struct wanted *wanted, unsigned int ifindex, const __u8 mac[6])
{
	/* A group MAC goes into the multicast filter, any other into the unicast filter. */
	enum xnlb_undo_kind kind = mac[0] & 1 ? XNLB_UNDO_MULTICAST : XNLB_UNDO_UNICAST;

	memcpy(add(wanted, kind, ifindex)->mac, mac, 6);
}

static void add_address(struct wanted *wanted, unsigned int ifindex, __u32 family,
			const void *bytes)
{
	struct xnlb_undo *address = add(wanted, XNLB_UNDO_ADDRESS, ifindex);

	address->family = family;
	memcpy(address->addr, bytes, family == 4 ? 4 : 16);
}

/*
 * Solicitations for `ip` arrive: through the NIC's filter, and through a switch that snoops MLD.
 * The proxy entry joins the group without a process; the kernel answers for it only with proxy_ndp.
 * (An autojoin address would too, but once the interface was down nobody can make it leave the
 * group.)
 */
static void add_solicited_node(struct wanted *wanted, unsigned int ifindex,
			       const struct xnlb_ip *ip)
{
	struct ip_addr addr = {.family = 6};
	__u8 group[16], mac[6];
	struct xnlb_undo *proxy;

	memcpy(addr.bytes, ip->addr, sizeof(addr.bytes));
	solicited_node(&addr, group);
	ip6_group_mac(group, mac);
	add_mac(wanted, ifindex, mac);
	proxy = add(wanted, XNLB_UNDO_PROXY, ifindex);
	proxy->family = 6;
	memcpy(proxy->addr, ip->addr, sizeof(proxy->addr));
}

void wanted_list(const struct tables *tables, struct wanted *out)
{
	const struct xnlb_cluster *cluster = &tables->cluster;
	unsigned int ifindex = cluster->ifindex;
	struct xnlb_undo *xdp;

	out->count = 0;
	add_sysctls(out, ifindex);
	if (cluster->tc_hook == XNLB_TC_CLSACT)
		add(out, XNLB_UNDO_CLSACT, ifindex);
	add(out, XNLB_UNDO_TC_EGRESS, ifindex)->hook = cluster->tc_hook;
	add(out, XNLB_UNDO_TC_INGRESS, ifindex)->hook = cluster->tc_hook;
	add_mac(out, ifindex, cluster->cluster_mac);
	if (cluster->mode == XNLB_IGMP)
		add_address(out, ifindex, 4, cluster->group);
	for (__u32 i = 0; i < cluster->ips; i++)
		if (tables->ip[i].family == 6)
			add_solicited_node(out, ifindex, &tables->ip[i]);
	for (__u32 i = 0; i < cluster->ips; i++)
		add_address(out, LOOPBACK_IFINDEX, tables->ip[i].family, tables->ip[i].addr);
	xdp = add(out, XNLB_UNDO_XDP, ifindex);
	xdp->hook = cluster->xdp_hook;
	xdp->attach = cluster->attach;
}

bool wanted_has(const struct wanted *wanted, const struct xnlb_undo *change)
{
	for (unsigned int i = 0; i < wanted->count; i++) {
		if (change_same(&wanted->change[i], change))
			return true;
		/* promiscuous mode stands in for a unicast filter that the driver does not have */
		if (change->kind == XNLB_UNDO_PROMISCUOUS &&
		    wanted->change[i].kind == XNLB_UNDO_UNICAST &&
		    change->ifindex == wanted->change[i].ifindex)
			return true;
	}
	return false;
}
