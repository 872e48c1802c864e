// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses of an interface, and groups that it joins, which are addresses too. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/change_kinds.h"
#include "dataplane/interface.h"
#include "dataplane/netlink.h"

static struct ip_addr change_ip(const struct xnlb_undo *change)
{
	struct ip_addr ip = {.family = (uint8_t)change->family};

	memcpy(ip.bytes, change->addr, sizeof(ip.bytes));
	return ip;
}

static int is_group(const struct xnlb_undo *change)
{
	return change->family == 4 && change->addr[0] >> 4 == 14;
}

static int holds(const struct site *site, const struct xnlb_undo *change)
{
	struct ip_addr ip = change_ip(change);

	(void)site;
	return interface_holds(change->ifindex, &ip);
}

static int request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request message;
	struct ifaddrmsg *info = netlink_start(&message, type, flags, sizeof(*info));
	uint16_t size = change->family == 4 ? 4 : 16;
	uint32_t kind = IFA_F_NODAD; /* every node has it: that is the point */

	/* A group address on an interface joins the group for as long as it is there. */
	if (is_group(change))
		kind |= IFA_F_MCAUTOJOIN;
	info->ifa_family = change->family == 4 ? AF_INET : AF_INET6;
	info->ifa_prefixlen = (uint8_t)(size * 8);
	info->ifa_index = change->ifindex;
	info->ifa_scope = RT_SCOPE_UNIVERSE;
	mnl_attr_put(&message.head, IFA_LOCAL, size, change->addr);
	mnl_attr_put(&message.head, IFA_ADDRESS, size, change->addr);
	mnl_attr_put_u32(&message.head, IFA_FLAGS, kind);
	return netlink_do(&message);
}

static int apply(const struct site *site, const struct xnlb_undo *change)
{
	int err = request(change, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
}

static int revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = request(change, RTM_DELADDR, 0);

	/* ENXIO: IPv6 is off there, as it is with an MTU below 1280 */
	if (err != -EADDRNOTAVAIL)
		return err == -ENODEV || err == -ENXIO ? CHANGE_DONE : err;
	/* Not with our prefix, but perhaps with somebody else's. */
	err = holds(site, change);
	return err > 0 ? CHANGE_LEFT : err;
}

static void describe(const struct xnlb_undo *change, char *text, size_t size)
{
	struct ip_addr ip = change_ip(change);
	char address[IP_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "%s %s on %s", is_group(change) ? "group" : "address",
		 ip_text(&ip, address), change_device_text(change, name));
}

const struct change_kind change_address = {NULL, apply, revert, holds, describe};
