// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading back what is attached. Changes nothing. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/hook.h"
#include "dataplane/interface.h"
#include "dataplane/map.h"
#include "dataplane/state.h"
#include "dataplane/warnings.h"

/* ---- maps ---- */

/* Numbers that are sizes and indexes: whoever wrote them, they must not lead astray. */
static bool is_sane(const struct xnlb_cluster *cluster)
{
	return cluster->layout == XNLB_LAYOUT && cluster->node >= 1 &&
	       cluster->node <= XNLB_NODES_MAX && cluster->nodes <= XNLB_NODES_MAX &&
	       cluster->ips >= 1 && cluster->ips <= XNLB_IPS_MAX &&
	       cluster->rules <= XNLB_RULES_MAX && cluster->rows >= 1 &&
	       cluster->rows <= 2 * XNLB_IPS_MAX + 1 && cluster->plans >= 1 &&
	       cluster->plans <= cluster->room && cluster->room <= XNLB_PLANS_MAX &&
	       memchr(cluster->name, 0, sizeof(cluster->name)) &&
	       memchr(cluster->interface, 0, sizeof(cluster->interface));
}

/* All values of a map. -EPROTO if it has another shape. */
static int read_map(const struct instance *instance, const char *prefix, const char *name,
		    __u32 count, size_t size, void *values)
{
	int fd = map_open(instance, prefix, name, size, count);
	int err;

	if (fd < 0)
		return fd;
	err = map_read(fd, 0, count, values);
	close(fd);
	return err;
}

static int read_cluster(const struct instance *instance, const char *prefix,
			struct xnlb_cluster *out)
{
	struct xnlb_cluster cluster;
	int err = read_map(instance, prefix, "cluster", 1, sizeof(cluster), &cluster);

	if (!err && !is_sane(&cluster))
		err = -EPROTO;
	if (!err)
		*out = cluster;
	return err;
}

int state_cluster(const struct instance *instance, struct xnlb_cluster *out)
{
	int err = read_cluster(instance, "", out);

	if (err && err != -ENOENT)
		instance_say_unreadable(instance, err);
	return err;
}

int state_peek(const struct instance *instance, struct xnlb_cluster *out)
{
	int err = read_cluster(instance, "", out);

	return err == -ENOENT ? read_cluster(instance, INSTANCE_NEW, out) : err;
}

int state_ips(const struct instance *instance, const struct xnlb_cluster *cluster,
	      struct xnlb_ip *out)
{
	return read_map(instance, "", "ips", cluster->ips, sizeof(*out), out);
}

int state_check_namespace(const struct instance *instance)
{
	struct xnlb_cluster cluster;
	uint64_t here;
	int err = network_namespace(&here);

	if (err) {
		say_error("cannot tell the network namespace: %s", strerror(-err));
		return err;
	}
	err = state_peek(instance, &cluster);
	if (err == -ENOENT)
		return 0;
	if (err) {
		instance_say_unreadable(instance, err);
		return err;
	}
	if (cluster.netns == here)
		return 0;
	say_error("instance %s is attached in another network namespace: go there, or choose "
		  "another name with --instance; if that namespace is gone: rm -r %s",
		  instance->name, instance->folder);
	return -EBUSY;
}

/* Indexes from one map into another, and the ends of texts. -EPROTO if an index leads nowhere. */
static int check_tables(struct tables *tables)
{
	const struct xnlb_cluster *cluster = &tables->cluster;

	for (unsigned int id = 0; id <= XNLB_NODES_MAX; id++)
		tables->node[id].name[XNLB_NAME_SIZE - 1] = '\0';
	for (__u32 i = 0; i < cluster->ips; i++)
		tables->ip[i].text[sizeof(tables->ip[i].text) - 1] = '\0';
	for (__u32 i = 0; i <= cluster->rules; i++) {
		struct xnlb_rule *rule = &tables->rule[i];

		rule->name[sizeof(rule->name) - 1] = '\0';
		rule->ip[sizeof(rule->ip) - 1] = '\0';
		if (rule->plan >= cluster->room)
			return -EPROTO;
	}
	for (__u32 row = 0; tables->row && row < cluster->rows; row++)
		for (__u32 port = 0; port < XNLB_PORTS; port++) {
			__u32 code = tables->row[row].code[port];

			if (xnlb_code_plan(code) >= cluster->room ||
			    xnlb_code_rule(code) > cluster->rules)
				return -EPROTO;
		}
	return 0;
}

/* The half of map `owners` that counts. */
static int read_owners(const struct instance *instance, __u32 plans, __u32 half,
		       struct xnlb_plan *out)
{
	int fd = map_open(instance, "", "owners", sizeof(*out), 2 * plans);
	int err;

	if (fd < 0)
		return fd;
	err = map_read(fd, half * plans, plans, out);
	close(fd);
	return err;
}

/* By the exact time, as the XDP program judges a SYN. */
static bool lease_runs(const struct xnlb_live *live)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec < live->lease_ns;
}

static int read_rows(const struct instance *instance, struct tables *tables)
{
	const struct xnlb_cluster *cluster = &tables->cluster;

	tables->row = calloc(cluster->rows, sizeof(*tables->row));
	return tables->row ? read_map(instance, "", "rows", cluster->rows, sizeof(*tables->row),
				      tables->row)
			   : -ENOMEM;
}

static int read_tables(const struct instance *instance, enum state_extent extent,
		       struct state *state)
{
	struct tables *tables = state->tables;
	const struct xnlb_cluster *cluster = &tables->cluster;
	int err;

	tables->plan = calloc(cluster->room, sizeof(*tables->plan));
	if (!tables->plan)
		return -ENOMEM;
	err = read_map(instance, "", "live", 1, sizeof(state->live), &state->live);
	if (err)
		return err;
	const struct {
		const char *name;
		__u32 count;
		size_t size;
		void *values;
	} maps[] = {
		{"nodes", XNLB_NODES_MAX + 1, sizeof(tables->node[0]), tables->node},
		{"ips", cluster->ips, sizeof(tables->ip[0]), tables->ip},
		{"rules", cluster->rules + 1, sizeof(tables->rule[0]), tables->rule},
	};
	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = read_map(instance, "", maps[i].name, maps[i].count, maps[i].size,
			       maps[i].values);
	if (!err && extent == STATE_ALL)
		err = read_rows(instance, tables);
	if (!err)
		state->leased = lease_runs(&state->live);
	tables->idle = !state->leased;
	if (!err)
		err = read_owners(instance, cluster->room, state->live.active & 1, tables->plan);
	return err ? err : check_tables(tables);
}

static int read_counters(const struct instance *instance, struct state *state)
{
	__u32 rules = state->tables->cluster.rules + 1;
	int cpus = libbpf_num_possible_cpus();
	struct xnlb_counters *each;
	int err;

	if (cpus < 0)
		return cpus;
	state->counters = calloc(rules, sizeof(*state->counters));
	each = calloc((size_t)cpus * rules, sizeof(*each));
	if (state->counters && each)
		err = read_map(instance, "", "counters", rules, sizeof(*each), each);
	else
		err = -ENOMEM;
	for (__u32 rule = 0; !err && rule < rules; rule++) {
		unsigned long long *sum = (unsigned long long *)&state->counters[rule];

		for (int cpu = 0; cpu < cpus; cpu++) {
			const unsigned long long *one =
				(unsigned long long
					 *)&each[(size_t)rule * (size_t)cpus + (size_t)cpu];

			for (int reason = 0; reason < XNLB_REASONS; reason++)
				sum[reason] += one[reason];
		}
	}
	free(each);
	return err;
}

/* ---- the frozen data of the program ---- */

/* The map of a program that holds `setup`: its read-only data. */
static int find_setup(const struct bpf_prog_info *info, const __u32 *ids)
{
	for (__u32 i = 0; i < info->nr_map_ids; i++) {
		struct bpf_map_info map = {0};
		__u32 size = sizeof(map);
		int fd = bpf_map_get_fd_by_id(ids[i]);
		size_t length;

		if (fd < 0)
			return -errno;
		if (!bpf_obj_get_info_by_fd(fd, &map, &size)) {
			length = strlen(map.name);
			if (length >= 7 && !strcmp(map.name + length - 7, ".rodata") &&
			    map.value_size >= sizeof(struct xnlb_setup))
				return fd;
		}
		close(fd);
	}
	return -ENOENT;
}

static int read_setup(int program, struct xnlb_setup *out)
{
	__u32 ids[64] = {0}, size = sizeof(struct bpf_prog_info), zero = 0;
	struct bpf_prog_info info = {.nr_map_ids = 64, .map_ids = (__u64)(unsigned long)ids};
	struct bpf_map_info map = {0};
	void *value;
	int fd, err;

	err = bpf_obj_get_info_by_fd(program, &info, &size);
	if (err)
		return err;
	fd = find_setup(&info, ids);
	if (fd < 0)
		return fd;
	size = sizeof(map);
	err = bpf_obj_get_info_by_fd(fd, &map, &size);
	value = err ? NULL : calloc(1, map.value_size);
	if (!err)
		err = value ? bpf_map_lookup_elem(fd, &zero, value) : -ENOMEM;
	if (!err)
		memcpy(out, value, sizeof(*out));
	if (value)
		explicit_bzero(value, map.value_size);
	free(value);
	close(fd);
	return err;
}

/* ---- the whole ---- */

/* The program's data, if it fits the maps: after a killed attach it may be another set's. */
static int read_program(const struct instance *instance, struct tables *tables)
{
	struct site site = SITE_PINNED(instance);
	struct xnlb_undo change = {.kind = XNLB_UNDO_XDP, .attach = tables->cluster.attach};
	const struct xnlb_setup *setup = &tables->setup;
	int fd = hook_program(&site, &change);
	__u32 rows = tables->cluster.rows;
	int err;

	if (fd < 0)
		return fd;
	err = read_setup(fd, &tables->setup);
	close(fd);
	if (!err && setup->plans != tables->cluster.room)
		err = -EPROTO;
	for (int i = 0; !err && i < XNLB_IP_SLOTS; i++)
		if (setup->ip4[i].row_tcp >= rows || setup->ip4[i].row_udp >= rows ||
		    setup->ip6[i].row_tcp >= rows || setup->ip6[i].row_udp >= rows)
			err = -EPROTO;
	return err;
}

/* A set of maps that does not fit together is what a killed attach leaves. */
static void say_unreadable(const struct instance *instance, int err)
{
	if (err == -ENOENT || instance_interrupted(instance) == 1)
		say_error("instance %s is not whole: an attach or detach ended in the middle; "
			  "attach again or detach",
			  instance->name);
	else
		instance_say_unreadable(instance, err);
}

static int read_all(const struct instance *instance, enum state_extent extent, struct state *state)
{
	int err = read_cluster(instance, "", &state->tables->cluster);

	if (!err)
		err = read_tables(instance, extent, state);
	if (!err)
		err = read_counters(instance, state);
	if (err)
		say_unreadable(instance, err);
	return err;
}

int state_read(const struct instance *instance, enum state_extent extent, struct state **out)
{
	struct state *state = calloc(1, sizeof(*state));
	int err;

	if (state)
		state->tables = calloc(1, sizeof(*state->tables));
	if (!state || !state->tables) {
		say_error("out of memory");
		state_free(state);
		return -ENOMEM;
	}
	err = read_all(instance, extent, state);
	if (err) {
		state_free(state);
		return err;
	}
	if (extent == STATE_ALL)
		state->setup_error = read_program(instance, state->tables);
	err = warnings_collect(instance, state);
	if (err) {
		state_free(state);
		return err;
	}
	*out = state;
	return 0;
}

void state_free(struct state *state)
{
	if (!state)
		return;
	tables_free(state->tables);
	free(state->counters);
	free(state);
}
