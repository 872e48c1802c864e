// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The clsact qdisc. Knows no filter of ours: whoever's they are, with one in it it stays. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "dataplane/clsact.h"
#include "dataplane/netlink.h"

static struct bpf_tc_hook clsact_hook(const struct xnlb_undo *change)
{
	LIBBPF_OPTS(bpf_tc_hook, where, .ifindex = (int)change->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	return where;
}

int clsact_apply(const struct site *site, const struct xnlb_undo *change)
{
	struct bpf_tc_hook where = clsact_hook(change);
	int err = bpf_tc_hook_create(&where);
	int found;

	if (err != -EEXIST)
		return err;
	/* The qdisc `ingress` takes the same place and has no egress. */
	found = clsact_holds(site, change);
	if (found < 0)
		return found;
	return found ? CHANGE_ALREADY : -EBUSY;
}

static int count_message(const struct nlmsghdr *head, void *data)
{
	(void)head;
	(*(unsigned int *)data)++;
	return MNL_CB_OK;
}

/* Filters at both parents of the qdisc, whoever's they are; -errno if they cannot be listed. */
static int count_filters(unsigned int ifindex)
{
	const uint32_t parents[] = {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
				    TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)};
	struct netlink_request request;
	unsigned int count = 0;
	struct tcmsg *tc;
	int err;

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		tc = netlink_start(&request, RTM_GETTFILTER, 0, sizeof(*tc));
		tc->tcm_ifindex = (int)ifindex;
		tc->tcm_parent = parents[i];
		err = netlink_dump(&request, count_message, &count);
		if (err)
			return err;
	}
	return (int)count;
}

struct qdisc_search {
	int ifindex;
	int found;
};

static int find_clsact(const struct nlmsghdr *head, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(head);
	struct qdisc_search *search = data;
	const struct nlattr *attr;

	if (tc->tcm_ifindex != search->ifindex)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, head, sizeof(*tc))
		if (mnl_attr_get_type(attr) == TCA_KIND &&
		    !strcmp(mnl_attr_get_str(attr), "clsact"))
			search->found = 1;
	return MNL_CB_OK;
}

int clsact_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct qdisc_search search = {.ifindex = (int)change->ifindex};
	struct netlink_request request;
	int err;

	(void)site;
	netlink_start(&request, RTM_GETQDISC, 0, sizeof(struct tcmsg));
	err = netlink_dump(&request, find_clsact, &search);
	return err ? err : search.found;
}

int clsact_revert(const struct site *site, const struct xnlb_undo *change)
{
	struct bpf_tc_hook where = clsact_hook(change);
	int found = clsact_holds(site, change);

	if (found <= 0)
		return found;
	found = count_filters(change->ifindex);
	if (found)
		return found < 0 ? found : CHANGE_LEFT; /* somebody else uses it now */
	return bpf_tc_hook_destroy(&where);
}
