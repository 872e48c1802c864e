// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One program in a chain of several, and whose turn it is. Knows no tc. */
#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/dispatcher.h"
#include "dataplane/hook.h"
#include "dataplane/hook_dispatched.h"
#include "dataplane/map.h"
#include "dataplane/program.h"
#include <xnlb/tables.h>

/* Its name in the chain, and that of its pin. */
#define PROGRAM "xnlb_xdp"

/* Map `turn`, as memory. The descriptor is that of the site, else that of the pin. */
static int map_turn(const struct site *site, struct xnlb_turn **out)
{
	int fd = site->turns;
	void *memory;
	int err = 0;

	if (fd < 0)
		fd = map_open(site->instance, "", "turn", sizeof(struct xnlb_turn), 1);
	if (fd < 0)
		return fd;
	memory = mmap(NULL, sizeof(struct xnlb_turn), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err = -errno;
	if (site->turns < 0)
		close(fd);
	if (!err)
		*out = memory;
	return err;
}

static int read_turn(const struct site *site, struct xnlb_turn *out)
{
	struct xnlb_turn *turn;
	int err = map_turn(site, &turn);

	if (err)
		return err;
	__atomic_load(turn, out, __ATOMIC_ACQUIRE);
	munmap(turn, sizeof(*turn));
	return 0;
}

/* From now on it is the site's XDP program that judges. */
static int take_turn(const struct site *site, unsigned int id)
{
	struct xnlb_turn next = {site->turn, id}, *turn;
	int err = map_turn(site, &turn);

	if (err)
		return err;
	__atomic_store(turn, &next, __ATOMIC_RELEASE);
	munmap(turn, sizeof(*turn));
	return 0;
}

static int site_program_id(const struct site *site, unsigned int *id)
{
	char name[PROGRAM_NAME_SIZE];

	return program_name(site->xdp, name, id);
}

/* What a killed attach left in the chain goes first: it may have a map `turn` of its own. */
int dispatched_apply(const struct site *site, const struct xnlb_undo *change)
{
	unsigned int id;
	int err = site_program_id(site, &id);

	if (!err)
		err = dispatcher_leave(change->ifindex, PROGRAM, id);
	if (!err)
		err = take_turn(site, id);
	if (!err)
		err = dispatcher_join(change->ifindex, change->hook, site->xdp);
	return err;
}

/* It joins and waits; the former leaves when it has nothing more to do. */
int dispatched_update(const struct site *site, const struct xnlb_undo *change)
{
	unsigned int id;
	int err = site_program_id(site, &id);

	if (!err)
		err = dispatcher_join(change->ifindex, change->hook, site->xdp);
	if (!err)
		err = take_turn(site, id);
	if (!err)
		err = dispatcher_leave(change->ifindex, PROGRAM, id);
	return err;
}

int dispatched_revert(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return dispatcher_leave(change->ifindex, PROGRAM, 0);
}

/* The program that judges is in the chain. */
int dispatched_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct dispatcher chain;
	struct xnlb_turn turn;
	int found = 0, err = read_turn(site, &turn);

	if (!err)
		err = dispatcher_look(change->ifindex, &chain);
	if (err)
		return err == -ENOENT || err == -ENODEV ? 0 : err;
	for (unsigned int i = 0; i < chain.count; i++)
		found = found || chain.program[i].id == turn.program;
	return found;
}

int dispatched_program(const struct site *site)
{
	struct xnlb_turn turn;
	int err = read_turn(site, &turn);
	int fd;

	if (err)
		return err;
	fd = program_pinned(site->instance, PROGRAM, turn.program);
	return fd == -ENOENT ? bpf_prog_get_fd_by_id(turn.program) : fd;
}

int hook_turn(const struct site *site, __u32 *out)
{
	struct xnlb_turn turn;
	int err = read_turn(site, &turn);

	if (!err)
		*out = turn.current;
	return err;
}
