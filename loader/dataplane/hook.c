// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Attaching programs to an interface. Knows no map. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/hook.h"
#include "dataplane/netlink.h"
#include <xnlb/tables.h>

/* linux/bpf.h has them since 6.6. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)

/* How our filters are found again among others'. */
#define FILTER_HANDLE	1
#define FILTER_PRIORITY 8860
#define PROGRAM_PREFIX	"xnlb_"

static const struct hook {
	const char *pin;
	enum bpf_attach_type type;
	enum bpf_tc_attach_point point;
	size_t program; /* offset in struct site */
} hooks[XNLB_UNDO_KINDS] = {
	[XNLB_UNDO_XDP] = {"xdp", BPF_XDP, 0, offsetof(struct site, xdp)},
	[XNLB_UNDO_TC_INGRESS] = {"tc_ingress", TCX_INGRESS, BPF_TC_INGRESS,
				  offsetof(struct site, tc_ingress)},
	[XNLB_UNDO_TC_EGRESS] = {"tc_egress", TCX_EGRESS, BPF_TC_EGRESS,
				 offsetof(struct site, tc_egress)},
};

static int site_program(const struct site *site, const struct hook *hook)
{
	return *(const int *)((const char *)site + hook->program);
}

static int is_filter(const struct xnlb_undo *change)
{
	return change->kind != XNLB_UNDO_XDP && change->hook == XNLB_TC_CLSACT;
}

/* The pinned link of a hook, or -errno. */
static int open_link(const struct site *site, const struct hook *hook)
{
	char path[INSTANCE_PATH_SIZE];
	int fd = bpf_obj_get(instance_path(site->instance, "", hook->pin, path));

	return fd < 0 ? -errno : fd;
}

static int remove_pin(const struct site *site, const struct hook *hook)
{
	char path[INSTANCE_PATH_SIZE];

	instance_path(site->instance, "", hook->pin, path);
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int attach_link(const struct site *site, const struct xnlb_undo *change,
		       const struct hook *hook)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	char path[INSTANCE_PATH_SIZE];
	int fd, err;

	if (change->kind == XNLB_UNDO_XDP)
		opts.flags =
			change->hook == XNLB_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	/* A pin without an interface behind it is what somebody's detach left. */
	err = remove_pin(site, hook);
	if (err)
		return err;
	fd = bpf_link_create(site_program(site, hook), (int)change->ifindex, hook->type, &opts);
	if (fd < 0)
		return fd;
	err = bpf_obj_pin(fd, instance_path(site->instance, "", hook->pin, path));
	/* Without a pin the link ends with its descriptor. */
	close(fd);
	return err;
}

static struct bpf_tc_opts filter_options(void)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);

	return opts;
}

static struct bpf_tc_hook filter_hook(const struct xnlb_undo *change, const struct hook *hook)
{
	LIBBPF_OPTS(bpf_tc_hook, where, .ifindex = (int)change->ifindex,
		    .attach_point = hook->point);

	return where;
}

static int program_name(int fd, char name[BPF_OBJ_NAME_LEN], unsigned int *id)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err)
		return err;
	memcpy(name, info.name, BPF_OBJ_NAME_LEN);
	*id = info.id;
	return 0;
}

/* Descriptor of our filter's program; -ENOENT if the filter is gone or is somebody else's. */
static int filter_program(const struct xnlb_undo *change, const struct hook *hook)
{
	struct bpf_tc_hook where = filter_hook(change, hook);
	struct bpf_tc_opts opts = filter_options();
	char name[BPF_OBJ_NAME_LEN];
	unsigned int id;
	int fd, err;

	err = bpf_tc_query(&where, &opts);
	if (err)
		return err == -EINVAL ? -ENOENT : err; /* EINVAL: no clsact qdisc */
	fd = bpf_prog_get_fd_by_id(opts.prog_id);
	if (fd < 0)
		return -errno;
	err = program_name(fd, name, &id);
	if (!err && strncmp(name, PROGRAM_PREFIX, strlen(PROGRAM_PREFIX)) != 0)
		err = -ENOENT;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int attach_filter(const struct site *site, const struct xnlb_undo *change,
			 const struct hook *hook, unsigned int flags)
{
	struct bpf_tc_hook where = filter_hook(change, hook);
	struct bpf_tc_opts opts = filter_options();

	opts.prog_fd = site_program(site, hook);
	opts.flags = flags;
	return bpf_tc_attach(&where, &opts);
}

static int detach_filter(const struct xnlb_undo *change, const struct hook *hook)
{
	struct bpf_tc_hook where = filter_hook(change, hook);
	struct bpf_tc_opts opts = filter_options();
	int fd = filter_program(change, hook);

	if (fd < 0)
		return fd == -ENOENT || fd == -ENODEV ? CHANGE_DONE : fd;
	close(fd);
	return bpf_tc_detach(&where, &opts);
}

int hook_apply(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];

	return is_filter(change) ? attach_filter(site, change, hook, 0)
				 : attach_link(site, change, hook);
}

int hook_revert(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];

	return is_filter(change) ? detach_filter(change, hook) : remove_pin(site, hook);
}

int hook_holds(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	int fd, err;

	fd = is_filter(change) ? filter_program(change, hook) : open_link(site, hook);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (is_filter(change)) {
		close(fd);
		return 1;
	}
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	/* A link that lost its interface says 0. Links of tcx tell it in the same place. */
	return err ? err : info.xdp.ifindex == change->ifindex;
}

int hook_update(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];
	int fd, err;

	if (is_filter(change))
		return attach_filter(site, change, hook, BPF_TC_F_REPLACE);
	fd = open_link(site, hook);
	if (fd < 0)
		return fd;
	err = bpf_link_update(fd, site_program(site, hook), NULL);
	close(fd);
	return err;
}

int hook_program(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	int fd, err;

	if (is_filter(change))
		return filter_program(change, hook);
	fd = open_link(site, hook);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (err)
		return err;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	return fd < 0 ? -errno : fd;
}

bool hook_has_tcx(int program)
{
	/* No interface has index 0; a kernel without tcx does not even look. */
	return bpf_link_create(program, 0, TCX_INGRESS, NULL) == -ENODEV;
}

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

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
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

int hook_foreign_xdp(unsigned int ifindex, char name[BPF_OBJ_NAME_LEN], unsigned int *id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	unsigned int found;
	int fd, err;

	err = bpf_xdp_query((int)ifindex, 0, &opts);
	if (err)
		return err;
	found = opts.drv_prog_id ? opts.drv_prog_id : opts.skb_prog_id;
	if (!found)
		found = opts.hw_prog_id ? opts.hw_prog_id : opts.prog_id;
	if (!found)
		return 0;
	fd = bpf_prog_get_fd_by_id(found);
	if (fd < 0)
		return -errno;
	err = program_name(fd, name, id);
	close(fd);
	return err ? err : 1;
}
