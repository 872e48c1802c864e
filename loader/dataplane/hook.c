// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Attaching programs to an interface. Knows no map and no dispatcher. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/hook.h"
#include "dataplane/hook_dispatched.h"
#include "dataplane/program.h"
#include <xnlb/tables.h>

/* linux/bpf.h has them since 6.6. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)
/* BPF_F_BEFORE, of nobody: first. A program before ours could keep packets from it. */
#define TCX_BEFORE (1U << 3)

/* How our filters are found again among others'. (libbpf names no program where it believes that
 * the kernel cannot.) */
#define FILTER_HANDLE  1
#define PROGRAM_PREFIX "xnlb_"

static const struct hook {
	const char *pin;     /* of the link */
	const char *program; /* its name, and so that of its pin */
	enum bpf_attach_type type;
	enum bpf_tc_attach_point point;
	size_t descriptor; /* offset in struct site */
} hooks[XNLB_UNDO_KINDS] = {
	[XNLB_UNDO_XDP] = {"xdp", "xnlb_xdp", BPF_XDP, 0, offsetof(struct site, xdp)},
	[XNLB_UNDO_TC_INGRESS] = {"tc_ingress", "xnlb_ingress", TCX_INGRESS, BPF_TC_INGRESS,
				  offsetof(struct site, tc_ingress)},
	[XNLB_UNDO_TC_EGRESS] = {"tc_egress", "xnlb_egress", TCX_EGRESS, BPF_TC_EGRESS,
				 offsetof(struct site, tc_egress)},
};

static int site_program(const struct site *site, const struct hook *hook)
{
	return *(const int *)((const char *)site + hook->descriptor);
}

static bool is_dispatched(const struct xnlb_undo *change)
{
	return change->kind == XNLB_UNDO_XDP && change->attach == XNLB_ATTACH_DISPATCHER;
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

/*
 * Off the interface first, then the pin: the kernel ends a link without a pin in its own time, and
 * whoever comes next would still find the program there.
 */
static int detach_link(const struct site *site, const struct hook *hook)
{
	int fd = open_link(site, hook);
	int err;

	if (fd < 0)
		return fd == -ENOENT ? CHANGE_DONE : fd;
	err = bpf_link_detach(fd);
	close(fd);
	return err ? err : remove_pin(site, hook);
}

static int attach_link(const struct site *site, const struct xnlb_undo *change,
		       const struct hook *hook)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	char path[INSTANCE_PATH_SIZE];
	int fd, err;

	if (change->kind != XNLB_UNDO_XDP)
		opts.flags = TCX_BEFORE;
	else if (change->hook == XNLB_XDP_NATIVE)
		opts.flags = XDP_FLAGS_DRV_MODE;
	else
		opts.flags = XDP_FLAGS_SKB_MODE;
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
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = HOOK_FILTER_PRIORITY);

	return opts;
}

static struct bpf_tc_hook filter_hook(const struct xnlb_undo *change, const struct hook *hook)
{
	LIBBPF_OPTS(bpf_tc_hook, where, .ifindex = (int)change->ifindex,
		    .attach_point = hook->point);

	return where;
}

/*
 * The program with this id, if its name is like ours: somebody removed the pin. Not ours either, as
 * far as we know, if we may not look: that takes CAP_SYS_ADMIN. Descriptor, -EEXIST or another
 * -errno.
 */
static int named_program(unsigned int id)
{
	char name[BPF_OBJ_NAME_LEN];
	int fd = bpf_prog_get_fd_by_id(id);
	int err = fd < 0 ? fd : program_name(fd, name, &id);

	if (!err && *name && strncmp(name, PROGRAM_PREFIX, strlen(PROGRAM_PREFIX)) != 0)
		err = -EEXIST;
	if (err && fd >= 0)
		close(fd);
	if (err)
		return err == -EPERM ? -EEXIST : err;
	return fd;
}

/* Descriptor of our filter's program; -ENOENT if the filter is gone, -EEXIST if it is not ours. */
static int filter_program(const struct site *site, const struct xnlb_undo *change,
			  const struct hook *hook)
{
	struct bpf_tc_hook where = filter_hook(change, hook);
	struct bpf_tc_opts opts = filter_options();
	int fd, err;

	err = bpf_tc_query(&where, &opts);
	if (err)
		return err == -EINVAL ? -ENOENT : err; /* EINVAL: no clsact qdisc */
	fd = program_pinned(site->instance, hook->program, opts.prog_id);
	return fd == -ENOENT ? named_program(opts.prog_id) : fd;
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

static int detach_filter(const struct site *site, const struct xnlb_undo *change,
			 const struct hook *hook)
{
	struct bpf_tc_hook where = filter_hook(change, hook);
	struct bpf_tc_opts opts = filter_options();
	int fd = filter_program(site, change, hook);

	if (fd == -EEXIST)
		return CHANGE_LEFT;
	if (fd < 0)
		return fd == -ENOENT || fd == -ENODEV ? CHANGE_DONE : fd;
	close(fd);
	return bpf_tc_detach(&where, &opts);
}

int hook_apply(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];

	if (is_dispatched(change))
		return dispatched_apply(site, change);
	return is_filter(change) ? attach_filter(site, change, hook, 0)
				 : attach_link(site, change, hook);
}

int hook_revert(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];

	if (is_dispatched(change))
		return dispatched_revert(site, change);
	return is_filter(change) ? detach_filter(site, change, hook) : detach_link(site, hook);
}

int hook_holds(const struct site *site, const struct xnlb_undo *change)
{
	const struct hook *hook = &hooks[change->kind];
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	int fd, err;

	if (is_dispatched(change))
		return dispatched_holds(site, change);
	fd = is_filter(change) ? filter_program(site, change, hook) : open_link(site, hook);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENODEV || fd == -EEXIST ? 0 : fd;
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

	if (is_dispatched(change))
		return dispatched_update(site, change);
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

	if (is_dispatched(change))
		return dispatched_program(site);
	if (is_filter(change))
		return filter_program(site, change, hook);
	fd = open_link(site, hook);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (err)
		return err;
	fd = program_pinned(site->instance, hook->program, info.prog_id);
	return fd == -ENOENT ? bpf_prog_get_fd_by_id(info.prog_id) : fd;
}

int hook_has_tcx(int program)
{
	/* No interface has index 0; a kernel without tcx does not even look. */
	int err = bpf_link_create(program, 0, TCX_INGRESS, NULL);

	if (err == -ENODEV)
		return 1;
	return err == -EINVAL ? 0 : err;
}

/*
 * Id of the link that holds program `program` at the interface; 0: none does. (Links of other
 * network namespaces are listed too, and they may have an interface of the same index.)
 */
static int find_link(unsigned int ifindex, unsigned int program, unsigned int *out)
{
	int fd, err = 0;
	__u32 id = 0;

	*out = 0;
	while (!*out && !(err = bpf_link_get_next_id(id, &id))) {
		struct bpf_link_info info = {0};
		__u32 size = sizeof(info);

		fd = bpf_link_get_fd_by_id(id);
		if (fd == -ENOENT)
			continue; /* it has just ended */
		if (fd < 0)
			return fd;
		err = bpf_obj_get_info_by_fd(fd, &info, &size);
		close(fd);
		if (err)
			return err;
		if (info.type == BPF_LINK_TYPE_XDP && info.prog_id == program &&
		    info.xdp.ifindex == ifindex)
			*out = id;
	}
	return *out || err == -ENOENT ? 0 : err;
}

int hook_xdp_at(unsigned int ifindex, struct hook_xdp *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	struct hook_xdp found = {.off = "xdp"};
	unsigned int id;
	int fd, err;

	err = bpf_xdp_query((int)ifindex, 0, &opts);
	if (err)
		return err;
	const struct {
		unsigned int id;
		const char *off;
	} modes[] = {
		{opts.drv_prog_id, "xdpdrv"},
		{opts.skb_prog_id, "xdpgeneric"},
		{opts.hw_prog_id, "xdpoffload"},
		{opts.prog_id, "xdp"},
	};
	for (size_t i = 0; !found.id && i < sizeof(modes) / sizeof(modes[0]); i++) {
		found.id = modes[i].id;
		found.off = modes[i].off;
	}
	if (!found.id)
		return 0;
	fd = bpf_prog_get_fd_by_id(found.id);
	if (fd >= 0) {
		err = program_name(fd, found.name, &id);
		close(fd);
		if (!err)
			err = find_link(ifindex, found.id, &found.link);
	} else if (fd != -EPERM) {
		err = fd;
	}
	if (err)
		return err;
	*out = found;
	return 1;
}
