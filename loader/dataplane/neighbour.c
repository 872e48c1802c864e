// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The unicast filter of a NIC, and proxy neighbours, by rtnetlink. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/neighbour.h"
#include "dataplane/netlink.h"

/* ---- unicast filter ---- */

static int unicast_request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request request;
	struct ndmsg *neighbour = netlink_start(&request, type, flags, sizeof(*neighbour));

	neighbour->ndm_family = AF_BRIDGE;
	neighbour->ndm_ifindex = (int)change->ifindex;
	neighbour->ndm_flags = NTF_SELF;
	neighbour->ndm_state = NUD_PERMANENT;
	mnl_attr_put(&request.head, NDA_LLADDR, sizeof(change->mac), change->mac);
	return netlink_do(&request);
}

int unicast_apply(const struct site *site, const struct xnlb_undo *change)
{
	int err = unicast_request(change, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL);

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
}

int unicast_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = unicast_request(change, RTM_DELNEIGH, 0);

	(void)site;
	return err == -ENOENT || err == -ENODEV ? CHANGE_DONE : err;
}

struct search {
	const struct xnlb_undo *change;
	int found;
};

static int find_fdb(const struct nlmsghdr *head, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(head);
	struct search *search = data;
	const struct nlattr *attr;

	if (neighbour->ndm_ifindex != (int)search->change->ifindex ||
	    !(neighbour->ndm_flags & NTF_SELF))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, head, sizeof(*neighbour))
		if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == 6 &&
		    !memcmp(mnl_attr_get_payload(attr), search->change->mac, 6))
			search->found = 1;
	return MNL_CB_OK;
}

int unicast_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct search search = {.change = change};
	struct netlink_request request;
	struct ifinfomsg *info;
	int err;

	(void)site;
	info = netlink_start(&request, RTM_GETNEIGH, 0, sizeof(*info));
	info->ifi_family = AF_BRIDGE;
	err = netlink_dump(&request, find_fdb, &search);
	return err ? err : search.found;
}

/* ---- proxy neighbours ---- */

static int proxy_request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request request;
	struct ndmsg *neighbour = netlink_start(&request, type, flags, sizeof(*neighbour));

	neighbour->ndm_family = AF_INET6;
	neighbour->ndm_ifindex = (int)change->ifindex;
	neighbour->ndm_flags = NTF_PROXY;
	mnl_attr_put(&request.head, NDA_DST, sizeof(change->addr), change->addr);
	return netlink_do(&request);
}

static int find_proxy(const struct nlmsghdr *head, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(head);
	struct search *search = data;
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

int proxy_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct search search = {.change = change};
	struct netlink_request request;
	struct ndmsg *neighbour;
	int err;

	(void)site;
	neighbour = netlink_start(&request, RTM_GETNEIGH, 0, sizeof(*neighbour));
	neighbour->ndm_family = AF_INET6;
	neighbour->ndm_flags = NTF_PROXY;
	err = netlink_dump(&request, find_proxy, &search);
	return err ? err : search.found;
}

int proxy_prepare(struct xnlb_undo *change)
{
	int found = proxy_holds(NULL, change);

	if (found < 0)
		return found;
	return found ? CHANGE_ALREADY : CHANGE_DONE;
}

int proxy_apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return proxy_request(change, RTM_NEWNEIGH, NLM_F_CREATE);
}

int proxy_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = proxy_request(change, RTM_DELNEIGH, 0);

	(void)site;
	return err == -ENOENT || err == -ENODEV ? CHANGE_DONE : err;
}
