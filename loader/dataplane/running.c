// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps of an attached instance, and the barrier of a swap. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/instance.h"
#include "dataplane/map.h"
#include "dataplane/running.h"

/* Jiffies by which a lease ends early: a tick that is not there yet, and one that is late. */
#define EARLY_TICKS 6

struct running {
	char instance[XNLB_NAME_SIZE];
	volatile struct xnlb_live *live; /* the map itself */
	struct xnlb_saved *saved;	 /* likewise */
	int live_fd, owners, nodes, rules, rows, peers, strangers, saved_fd, heartbeats, clock;
	__u32 room;
	/* A map of maps: an update of it returns when all programs that ran before are through. */
	int outer, inner;
	/* A moment by both clocks, and the ticks of a second. */
	struct xnlb_clock base;
	uint64_t hz;
};

static int open_pin(const struct instance *instance, const char *name)
{
	char path[INSTANCE_PATH_SIZE];
	int fd = bpf_obj_get(instance_path(instance, "", name, path));

	return fd < 0 ? -errno : fd;
}

struct place {
	int *fd;
	const char *name;
	size_t size;
	__u32 entries;
};

/* In place of those that were open. */
static int open_places(const struct instance *instance, const struct place *place, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = map_open(instance, "", place[i].name, place[i].size, place[i].entries);

		if (fd < 0)
			return fd;
		if (*place[i].fd >= 0)
			close(*place[i].fd);
		*place[i].fd = fd;
	}
	return 0;
}

/* Those that are other ones with another configuration. */
static int open_tables(struct running *running, const struct instance *instance,
		       const struct xnlb_cluster *cluster)
{
	const struct place places[] = {
		{&running->owners, "owners", sizeof(struct xnlb_plan), 2 * cluster->room},
		{&running->nodes, "nodes", sizeof(struct xnlb_node), XNLB_NODES_MAX + 1},
		{&running->rules, "rules", sizeof(struct xnlb_rule), cluster->rules + 1},
		{&running->rows, "rows", sizeof(struct xnlb_row), cluster->rows},
	};
	int err = open_places(instance, places, sizeof(places) / sizeof(places[0]));

	if (!err)
		running->room = cluster->room;
	return err;
}

static int open_maps(struct running *running, const struct instance *instance,
		     const struct xnlb_cluster *cluster)
{
	const struct place places[] = {
		{&running->live_fd, "live", sizeof(struct xnlb_live), 1},
		{&running->peers, "peers", sizeof(struct xnlb_peer), XNLB_NODES_MAX + 1},
		{&running->strangers, "strangers", sizeof(struct xnlb_stranger),
		 XNLB_NODES_MAX + 1},
		{&running->saved_fd, "saved", sizeof(struct xnlb_saved), 1},
	};
	int err = open_places(instance, places, sizeof(places) / sizeof(places[0]));

	if (!err)
		err = open_tables(running, instance, cluster);
	if (err)
		return err;
	running->heartbeats = open_pin(instance, "heartbeats");
	running->clock = open_pin(instance, "xnlb_clock");
	return running->heartbeats < 0 ? running->heartbeats
	       : running->clock < 0    ? running->clock
				       : 0;
}

static void *map_memory(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_live(struct running *running)
{
	running->live = map_memory(running->live_fd, sizeof(struct xnlb_live));
	if (running->live)
		running->saved = map_memory(running->saved_fd, sizeof(struct xnlb_saved));
	return running->saved ? 0 : -errno;
}

static int make_barrier(struct running *running)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);

	running->inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xnlb_barrier", 4, 4, 1, NULL);
	if (running->inner < 0)
		return -errno;
	options.inner_map_fd = (__u32)running->inner;
	running->outer =
		bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "xnlb_barrier", 4, 4, 1, &options);
	return running->outer < 0 ? -errno : 0;
}

static int read_clock(const struct running *running, struct xnlb_clock *clock)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = clock, .ctx_size_in = sizeof(*clock));

	memset(clock, 0, sizeof(*clock));
	return bpf_prog_test_run_opts(running->clock, &options) ? -errno : 0;
}

/* Nobody says how many ticks a second has; it is one of few numbers, so measuring tells. */
static int measure_ticks(struct running *running)
{
	static const uint64_t known[] = {100, 250, 300, 1000};
	const struct timespec tenth = {.tv_nsec = 100000000};
	struct xnlb_clock begin, end;
	uint64_t rate, best = UINT64_MAX;
	int err = read_clock(running, &begin);

	if (err)
		return err;
	running->base = begin;
	running->hz = running->live->hz; /* a former daemon has measured it */
	if (running->hz)
		return 0;
	nanosleep(&tenth, NULL);
	err = read_clock(running, &end);
	if (err)
		return err;
	rate = (end.jiffies - begin.jiffies) * 1000000000 / (end.boottime_ns - begin.boottime_ns);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint64_t off = rate > known[i] ? rate - known[i] : known[i] - rate;

		if (off < best) {
			best = off;
			running->hz = known[i];
		}
	}
	running->base = end;
	running->live->hz = (__u32)running->hz;
	return 0;
}

int running_open(const char *instance_name, const struct tables *tables, struct running **out)
{
	struct running *running = calloc(1, sizeof(*running));
	struct instance instance;
	int err;

	if (!running) {
		say_error("out of memory");
		return -ENOMEM;
	}
	running->live_fd = running->owners = running->nodes = running->rules = -1;
	running->rows = running->peers = running->saved_fd = running->strangers = -1;
	running->heartbeats = running->clock = running->outer = running->inner = -1;
	snprintf(running->instance, sizeof(running->instance), "%s", instance_name);
	err = instance_open(instance_name, INSTANCE_READ, &instance);
	if (err) {
		running_close(running);
		return err;
	}
	err = open_maps(running, &instance, &tables->cluster);
	if (!err)
		err = map_live(running);
	if (!err)
		err = make_barrier(running);
	if (!err)
		err = measure_ticks(running);
	instance_close(&instance);
	if (err) {
		say_error("cannot use the maps of instance %s: %s", instance_name, strerror(-err));
		running_close(running);
		return err;
	}
	*out = running;
	return 0;
}

void running_close(struct running *running)
{
	const int fds[] = {running->live_fd,  running->owners,	   running->nodes,
			   running->rules,    running->rows,	   running->peers,
			   running->saved_fd, running->heartbeats, running->clock,
			   running->outer,    running->inner,	   running->strangers};

	if (running->live)
		munmap((void *)(uintptr_t)running->live, sizeof(struct xnlb_live));
	if (running->saved)
		munmap(running->saved, sizeof(struct xnlb_saved));
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(running);
}

int running_heartbeats(const struct running *running)
{
	return running->heartbeats;
}

int running_know(const struct running *running, uint8_t id, uint32_t incarnation, uint64_t sequence)
{
	const struct xnlb_peer peer = {.incarnation = incarnation, .sequence = sequence};

	return map_write(running->peers, id, 1, &peer);
}

int running_strangers(const struct running *running, struct xnlb_stranger out[XNLB_NODES_MAX + 1])
{
	return map_read(running->strangers, 0, XNLB_NODES_MAX + 1, out);
}

void running_view(struct running *running, const struct view_id *view, uint32_t incarnation)
{
	running->live->view_epoch = view->epoch;
	running->live->view_rank = view->rank;
	running->live->incarnation = incarnation;
}

void running_lease(struct running *running, struct instant end)
{
	uint64_t end_ns, ticks;

	if (end.us <= 0) {
		running->live->lease_ns = 0;
		running->live->lease_jiffies = 0;
		return;
	}
	end_ns = (uint64_t)end.us * 1000;
	ticks = end_ns <= running->base.boottime_ns
			? 0
			: (end_ns - running->base.boottime_ns) * running->hz / 1000000000;
	running->live->lease_jiffies =
		ticks > EARLY_TICKS ? running->base.jiffies + ticks - EARLY_TICKS : 0;
	running->live->lease_ns = end_ns;
}

bool running_fenced(struct running *running)
{
	if (!running->live->fenced)
		return false;
	running_lease(running, INSTANT_NEVER); /* whatever was written since */
	running->live->fenced = 0;
	return true;
}

static int barrier(const struct running *running)
{
	__u32 zero = 0;

	return bpf_map_update_elem(running->outer, &zero, &running->inner, BPF_ANY) ? -errno : 0;
}

int running_publish(struct running *running, const struct tables *tables,
		    const struct xnlb_plan *entry)
{
	__u32 other = !(running->live->active & 1);
	int err = map_write(running->owners, other * running->room, tables->cluster.plans, entry);

	if (err)
		return err;
	__sync_synchronize();
	running->live->active = other;
	running->live->epoch++;
	err = map_write(running->nodes, 0, XNLB_NODES_MAX + 1, tables->node);
	return err ? err : barrier(running);
}

int running_entries(const struct running *running, struct tables *tables, struct xnlb_plan *out)
{
	__u32 count = tables->cluster.rules + 1;
	struct xnlb_rule *rule = calloc(count, sizeof(*rule));
	int err = rule ? map_read(running->rules, 0, count, rule) : -ENOMEM;

	if (!err)
		err = tables_adopt(tables, rule);
	free(rule);
	return err ? err
		   : map_read(running->owners, (running->live->active & 1) * running->room,
			      running->room, out);
}

/*
 * In the memory of the map, number by number: programs read them all the time. Either plan gives
 * them the same owners.
 */
static int write_codes(const struct running *running, const struct tables *tables, uint32_t rule)
{
	size_t size = tables->cluster.rows * sizeof(struct xnlb_row);
	struct xnlb_row *row = map_memory(running->rows, size);

	if (!row)
		return -errno;
	for (__u32 i = 0; i < tables->cluster.rows; i++)
		for (__u32 port = 0; port < XNLB_PORTS; port++)
			if (xnlb_code_rule(tables->row[i].code[port]) == rule)
				__atomic_store_n(&row[i].code[port], tables->row[i].code[port],
						 __ATOMIC_RELEASE);
	munmap(row, size);
	return 0;
}

int running_split(const struct running *running, const struct tables *tables, uint32_t rule,
		  const struct xnlb_plan *entry)
{
	__u32 plan = tables->rule[rule].plan;
	int err = 0;

	for (__u32 half = 0; !err && half < 2; half++)
		err = map_write(running->owners, half * running->room + plan, 1, &entry[plan]);
	if (!err)
		err = map_write(running->rules, rule, 1, &tables->rule[rule]);
	return err ? err : write_codes(running, tables, rule);
}

int running_reopen(struct running *running, const struct tables *tables)
{
	struct instance instance;
	int err = instance_open(running->instance, INSTANCE_READ, &instance);

	if (err)
		return err;
	err = open_tables(running, &instance, &tables->cluster);
	instance_close(&instance);
	return err;
}

struct xnlb_saved *running_saved(struct running *running)
{
	return running->saved;
}
