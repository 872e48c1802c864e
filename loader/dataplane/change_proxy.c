// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Proxy neighbours: `ip -6 neigh add proxy IP dev DEV`. They join the solicited-node group of an
 * address that is not the interface's.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/cluster.h"
#include "dataplane/change_kinds.h"
#include "dataplane/netlink.h"

struct proxy_search {
	const struct xnlb_undo *change;
	int found;
};

static int request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request message;
	struct ndmsg *neighbour = netlink_start(&message, type, flags, sizeof(*neighbour));

	neighbour->ndm_family = AF_INET6;
	neighbour->ndm_ifindex = (int)change->ifindex;
	neighbour->ndm_flags = NTF_PROXY;
	mnl_attr_put(&message.head, NDA_DST, sizeof(change->addr), change->addr);
	return netlink_do(&message);
}

static int find_proxy(const struct nlmsghdr *head, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(head);
	struct proxy_search *search = data;
	const struct nlattr *attr;

	if (neighbour->ndm_ifindex != (int)search->change->ifindex ||
	    !(neighbour->ndm_flags & NTF_PROXY))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, head, sizeof(*neighbour))
		if (mnl_attr_get_type(attr) == NDA_DST && mnl_attr_get_payload_len(attr) == 16 &&
		    !memcmp(mnl_attr_get_payload(attr), search->change->addr, 16))
			search->found = 1;
	return MNL_CB_OK;
}

static int holds(const struct site *site, const struct xnlb_undo *change)
{
	struct proxy_search search = {.change = change};
	struct netlink_request message;
	struct ndmsg *neighbour;
	int err;

	(void)site;
	neighbour = netlink_start(&message, RTM_GETNEIGH, 0, sizeof(*neighbour));
	neighbour->ndm_family = AF_INET6;
	neighbour->ndm_flags = NTF_PROXY;
	err = netlink_dump(&message, find_proxy, &search);
	return err ? err : search.found;
}

static int apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return request(change, RTM_NEWNEIGH, NLM_F_CREATE);
}

static int revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = request(change, RTM_DELNEIGH, 0);

	(void)site;
	return err == -ENOENT || err == -ENODEV ? CHANGE_DONE : err;
}

static void describe(const struct xnlb_undo *change, char *text, size_t size)
{
	struct ip_addr ip = {.family = 6};
	char address[IP_TEXT_SIZE], name[IF_NAMESIZE];

	memcpy(ip.bytes, change->addr, sizeof(ip.bytes));
	snprintf(text, size, "proxy neighbour %s on %s, which joins its group",
		 ip_text(&ip, address), change_device_text(change, name));
}

const struct change_kind change_proxy = {NULL, apply, revert, holds, describe};
