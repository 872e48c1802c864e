// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading back what is attached. Changes nothing. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/hook.h"
#include "dataplane/interface.h"
#include "dataplane/journal.h"
#include "dataplane/state.h"

/* ---- maps ---- */

static int open_map(const struct instance *instance, const char *name)
{
	char path[INSTANCE_PATH_SIZE];
	int fd = bpf_obj_get(instance_path(instance, "", name, path));

	return fd < 0 ? -errno : fd;
}

/* `count` values of `size` bytes from entry `first` on. -EPROTO if the map has another shape. */
static int read_map(const struct instance *instance, const char *name, __u32 first, __u32 count,
		    size_t size, void *values)
{
	struct bpf_map_info info = {0};
	__u32 info_size = sizeof(info);
	int fd, err;

	fd = open_map(instance, name);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &info_size);
	if (!err && (info.value_size != size || info.max_entries < first + count))
		err = -EPROTO;
	for (__u32 i = 0; !err && i < count; i++) {
		__u32 key = first + i;

		err = bpf_map_lookup_elem(fd, &key, (char *)values + i * size);
	}
	close(fd);
	return err;
}

static void say_unreadable(const struct instance *instance, int err)
{
	if (err == -EPROTO)
		say_error(
			"instance %s was attached by another version of xnlb: detach it with that "
			"version",
			instance->name);
	else
		say_error("cannot read the maps in %s: %s", instance->folder, strerror(-err));
}

int state_cluster(const struct instance *instance, struct xnlb_cluster *out)
{
	struct xnlb_cluster cluster;
	int err;

	err = read_map(instance, "cluster", 0, 1, sizeof(cluster), &cluster);
	if (!err && cluster.layout != XNLB_LAYOUT)
		err = -EPROTO;
	if (err) {
		if (err != -ENOENT)
			say_unreadable(instance, err);
		return err;
	}
	*out = cluster;
	return 0;
}

int state_check_namespace(const struct instance *instance)
{
	struct xnlb_cluster cluster;
	int err = state_cluster(instance, &cluster);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (cluster.netns == network_namespace())
		return 0;
	say_error(
		"instance %s is attached in another network namespace: go there, or choose another "
		"name with --instance",
		instance->name);
	return -EBUSY;
}

bool state_shared_ip(const struct instance *instance, const struct tables *tables,
		     char ip[IP_TEXT_SIZE])
{
	struct xnlb_cluster cluster;
	struct xnlb_ip other;

	if (state_cluster(instance, &cluster))
		return false;
	for (__u32 i = 0; i < cluster.ips; i++) {
		if (read_map(instance, "ips", i, 1, sizeof(other), &other))
			return false;
		for (__u32 k = 0; k < tables->cluster.ips; k++) {
			const struct xnlb_ip *own = &tables->ip[k];

			if (other.family == own->family &&
			    !memcmp(other.addr, own->addr, sizeof(other.addr))) {
				memcpy(ip, own->text, IP_TEXT_SIZE);
				return true;
			}
		}
	}
	return false;
}

static int read_tables(const struct instance *instance, struct state *state)
{
	struct tables *tables = state->tables;
	const struct xnlb_cluster *cluster = &tables->cluster;
	__u32 half;
	int err;

	tables->row = calloc(cluster->rows, sizeof(*tables->row));
	tables->plan = calloc(cluster->plans, sizeof(*tables->plan));
	if (!tables->row || !tables->plan)
		return -ENOMEM;
	err = read_map(instance, "live", 0, 1, sizeof(state->live), &state->live);
	if (err)
		return err;
	half = (state->live.active & 1) * cluster->plans;
	const struct {
		const char *name;
		__u32 first, count;
		size_t size;
		void *values;
	} maps[] = {
		{"nodes", 0, XNLB_NODES_MAX + 1, sizeof(tables->node[0]), tables->node},
		{"ips", 0, cluster->ips, sizeof(tables->ip[0]), tables->ip},
		{"rules", 0, cluster->rules + 1, sizeof(tables->rule[0]), tables->rule},
		{"rows", 0, cluster->rows, sizeof(*tables->row), tables->row},
		{"owners", half, cluster->plans, sizeof(*tables->plan), tables->plan},
	};
	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = read_map(instance, maps[i].name, maps[i].first, maps[i].count, maps[i].size,
			       maps[i].values);
	return err;
}

static int read_counters(const struct instance *instance, struct state *state)
{
	__u32 rules = state->tables->cluster.rules + 1;
	int cpus = libbpf_num_possible_cpus();
	struct xnlb_counters *each;
	int fd, err = 0;

	if (cpus < 0)
		return cpus;
	state->counters = calloc(rules, sizeof(*state->counters));
	each = calloc((size_t)cpus, sizeof(*each));
	fd = open_map(instance, "counters");
	if (!state->counters || !each)
		err = -ENOMEM;
	else if (fd < 0)
		err = fd;
	for (__u32 rule = 0; !err && rule < rules; rule++) {
		unsigned long long *sum = (unsigned long long *)&state->counters[rule];

		err = bpf_map_lookup_elem(fd, &rule, each);
		for (int cpu = 0; !err && cpu < cpus; cpu++)
			for (int reason = 0; reason < XNLB_REASONS; reason++)
				sum[reason] += ((unsigned long long *)&each[cpu])[reason];
	}
	if (fd >= 0)
		close(fd);
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

/* ---- warnings ---- */

__attribute__((format(printf, 2, 3))) static void warn(struct state *state, const char *format, ...)
{
	va_list args;

	if (state->warnings == STATE_WARNINGS)
		return;
	va_start(args, format);
	vsnprintf(state->warning[state->warnings++], STATE_WARNING_SIZE, format, args);
	va_end(args);
}

/* False if the interface is gone, and with it everything that could be checked there. */
static bool check_interface(struct state *state)
{
	const struct xnlb_cluster *cluster = &state->tables->cluster;
	char then[MAC_TEXT_SIZE], now[MAC_TEXT_SIZE];
	struct interface link;

	if (interface_read(NULL, cluster->ifindex, &link)) {
		warn(state,
		     interface_read(cluster->interface, 0, &link)
			     ? "interface %s is gone: when it is back, attach again"
			     : "interface %s went and came back: attach again",
		     cluster->interface);
		return false;
	}
	if (!link.up)
		warn(state, "interface %s is down", link.name);
	if (memcmp(link.mac, cluster->own_mac, sizeof(link.mac)) != 0)
		warn(state, "the MAC of %s was %s and is %s: attach again", link.name,
		     mac_text(cluster->own_mac, then), mac_text(link.mac, now));
	return true;
}

static void check_dedicated(struct state *state)
{
	const struct tables *tables = state->tables;
	struct ip_addr shared[XNLB_IPS_MAX] = {0}, found;
	bool family[7] = {false};

	for (__u32 i = 0; i < tables->cluster.ips; i++) {
		shared[i].family = (uint8_t)tables->ip[i].family;
		memcpy(shared[i].bytes, tables->ip[i].addr, sizeof(shared[i].bytes));
		family[shared[i].family] = true;
	}
	for (uint8_t f = 4; f <= 6; f += 2)
		if (family[f] && interface_dedicated(tables->cluster.ifindex, f, shared,
						     tables->cluster.ips, &found) == -EADDRNOTAVAIL)
			warn(state,
			     "%s has no dedicated IPv%u address: the kernel speaks as the "
			     "cluster IP",
			     tables->cluster.interface, f);
}

/* Everything that the journal says was made: does it still hold? */
static void check_changes(const struct instance *instance, struct state *state)
{
	struct site site = {instance, -1, -1, -1};
	char text[CHANGE_TEXT_SIZE];
	struct journal *journal = calloc(1, sizeof(*journal));
	int fd = open_map(instance, "journal");

	if (!journal || fd < 0) {
		warn(state, "the undo journal is gone: %s", strerror(fd < 0 ? -fd : ENOMEM));
		if (fd >= 0)
			close(fd);
	} else if (!journal_open(fd, journal)) {
		for (unsigned int i = 0; i < XNLB_UNDO_MAX; i++) {
			const struct xnlb_undo *entry = &journal->entry[i];

			if (entry->kind == XNLB_UNDO_NONE ||
			    change_kinds[entry->kind].holds(&site, entry) == 1)
				continue;
			warn(state, "missing: %s; attach again", change_text(entry, text));
		}
		journal_close(journal);
	}
	free(journal);
}

/* ---- the whole ---- */

static void read_program(const struct instance *instance, struct state *state)
{
	struct site site = {instance, -1, -1, -1};
	struct xnlb_undo change = {.kind = XNLB_UNDO_XDP};
	int fd = hook_program(&site, &change);

	if (fd < 0)
		return;
	state->explainable = !read_setup(fd, &state->tables->setup);
	close(fd);
}

int state_read(const struct instance *instance, struct state **out)
{
	struct state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	state->tables = calloc(1, sizeof(*state->tables));
	if (!state->tables) {
		free(state);
		return -ENOMEM;
	}
	err = state_cluster(instance, &state->tables->cluster);
	if (err == -ENOENT)
		say_error("instance %s was left half attached: detach it", instance->name);
	if (err)
		goto failed;
	err = read_tables(instance, state);
	if (!err)
		err = read_counters(instance, state);
	if (err) {
		say_unreadable(instance, err);
		goto failed;
	}
	read_program(instance, state);
	if (state->tables->cluster.netns != network_namespace()) {
		warn(state, "attached in another network namespace: its interface cannot be seen "
			    "from here");
	} else if (check_interface(state)) {
		check_dedicated(state);
		check_changes(instance, state);
	}
	*out = state;
	return 0;
failed:
	state_free(state);
	return err;
}

void state_free(struct state *state)
{
	if (!state)
		return;
	tables_free(state->tables);
	free(state->counters);
	free(state);
}
