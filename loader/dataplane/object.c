// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loading the programs with their tables. The only file that knows the skeleton. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/complaint.h"
#include "dataplane/dispatcher.h"
#include "dataplane/map.h"
#include "dataplane/object.h"
#include <xnlb/journal.h>
#include "xnlb.skel.h"

#define VARIABLE ".data."

static int set_sizes(const struct xnlb_bpf *skeleton, const struct xnlb_cluster *cluster)
{
	const struct {
		struct bpf_map *map;
		__u32 entries;
	} sizes[] = {
		{skeleton->maps.rows, cluster->rows},
		{skeleton->maps.owners, 2 * cluster->room},
		{skeleton->maps.counters, cluster->rules + 1},
		{skeleton->maps.ips, cluster->ips},
		{skeleton->maps.rules, cluster->rules + 1},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		err = bpf_map__set_max_entries(sizes[i].map, sizes[i].entries);
	return err;
}

/*
 * The name of a map's pin, NULL if it has none. Variables that programs and loader share are maps
 * named ".data.NAME"; the other sections of data (setup holds the hash key) are not pinned.
 */
static const char *pin_name(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	if (!strncmp(name, VARIABLE, strlen(VARIABLE)))
		return name + strlen(VARIABLE);
	return bpf_map__is_internal(map) ? NULL : name;
}

/* Goes on with the pinned map in place of a new one. -ENOENT, -EPROTO: there is none such. */
static int keep(const struct instance *instance, struct bpf_map *map)
{
	int fd = map_open(instance, "", pin_name(map), bpf_map__value_size(map),
			  bpf_map__max_entries(map));
	int err = fd < 0 ? fd : bpf_map__reuse_fd(map, fd); /* takes a copy */

	if (fd >= 0)
		close(fd);
	return err;
}

/* The same, if it is there and of the same shape; *kept says so. */
static int keep_if_there(const struct instance *instance, struct bpf_map *map, bool *kept)
{
	int err = keep(instance, map);

	*kept = !err;
	return err == -ENOENT || err == -EPROTO ? 0 : err;
}

static bool same_rule(const struct xnlb_rule *a, const struct xnlb_rule *b)
{
	return !strncmp(a->name, b->name, sizeof(a->name)) &&
	       !strncmp(a->ip, b->ip, sizeof(a->ip)) && a->protocol == b->protocol &&
	       a->port_first == b->port_first && a->port_last == b->port_last;
}

/* Would the counters mean the same? They go by rule number. 1, 0, or -errno. */
static int same_rules(const struct instance *instance, const struct tables *tables)
{
	__u32 count = tables->cluster.rules + 1;
	struct xnlb_rule *rules;
	int fd, err;

	/* After an attach that ended in the middle, rules and counters may not belong together. */
	err = instance_interrupted(instance);
	if (err)
		return err < 0 ? err : 0;
	rules = calloc(count, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	fd = map_open(instance, "", "rules", sizeof(*rules), count);
	err = fd < 0 ? fd : map_read(fd, 0, count, rules);
	if (fd >= 0)
		close(fd);
	for (__u32 i = 0; !err && i < count; i++)
		if (!same_rule(&rules[i], &tables->rule[i]))
			err = -ENOENT;
	free(rules);
	if (err == -ENOENT || err == -EPROTO)
		return 0;
	return err ? err : 1;
}

static int fill(const struct bpf_map *map, __u32 count, const void *values)
{
	return map_write(bpf_map__fd(map), 0, count, values);
}

/* Both halves, for one of them counts already if the map `live` is kept. */
static int fill_owners(const struct xnlb_bpf *skeleton, const struct tables *tables)
{
	int fd = bpf_map__fd(skeleton->maps.owners);
	int err = map_write(fd, 0, tables->cluster.plans, tables->plan);

	return err ? err : map_write(fd, tables->cluster.room, tables->cluster.plans, tables->plan);
}

static int fill_tables(const struct xnlb_bpf *skeleton, const struct tables *tables,
		       enum object_keep keep)
{
	const struct xnlb_cluster *cluster = &tables->cluster;
	int err;

	if (keep == OBJECT_KEEP_OWNERS)
		return fill(skeleton->maps.ips, cluster->ips, tables->ip);
	err = fill(skeleton->maps.rows, cluster->rows, tables->row);
	if (!err)
		err = fill_owners(skeleton, tables);
	if (!err)
		err = fill(skeleton->maps.nodes, XNLB_NODES_MAX + 1, tables->node);
	if (!err)
		err = fill(skeleton->maps.ips, cluster->ips, tables->ip);
	if (!err)
		err = fill(skeleton->maps.rules, cluster->rules + 1, tables->rule);
	if (!err && keep == OBJECT_KEEP_NOTHING)
		err = fill(skeleton->maps.data_live, 1, &tables->live);
	return err;
}

static int keep_life(const struct xnlb_bpf *skeleton, const struct instance *instance,
		     enum object_keep how)
{
	const struct {
		struct bpf_map *map;
		enum object_keep from;
	} maps[] = {
		{skeleton->maps.data_live, OBJECT_KEEP_LIFE},
		{skeleton->maps.peers, OBJECT_KEEP_LIFE},
		{skeleton->maps.strangers, OBJECT_KEEP_LIFE},
		{skeleton->maps.saved, OBJECT_KEEP_LIFE},
		{skeleton->maps.heartbeats, OBJECT_KEEP_LIFE},
		{skeleton->maps.owners, OBJECT_KEEP_OWNERS},
		{skeleton->maps.rows, OBJECT_KEEP_OWNERS},
		{skeleton->maps.rules, OBJECT_KEEP_OWNERS},
		{skeleton->maps.nodes, OBJECT_KEEP_OWNERS},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		if (how >= maps[i].from)
			err = keep(instance, maps[i].map);
	return err;
}

static int keep_maps(struct object *object, const struct tables *tables,
		     const struct instance *instance, enum object_keep how)
{
	int err = keep_if_there(instance, object->skeleton->maps.journal, &object->journal_kept);
	bool counters = false, turn = false;

	if (!err)
		err = keep_if_there(instance, object->skeleton->maps.data_turn, &turn);
	if (!err)
		err = same_rules(instance, tables);
	if (err > 0)
		err = keep_if_there(instance, object->skeleton->maps.counters, &counters);
	if (!err)
		err = keep_life(object->skeleton, instance, how);
	return err;
}

/*
 * Under libxdp's dispatcher the XDP program stands for a function of it: loaded for one of the same
 * shape, it can be attached to any.
 */
struct target {
	int program; /* descriptor */
	const char *function;
};

static int prepare_dispatched(const struct object *object, const struct target *target)
{
	struct bpf_program *program = object->skeleton->progs.xnlb_xdp;

	bpf_program__set_type(program, BPF_PROG_TYPE_EXT);
	bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)0);
	return bpf_program__set_attach_target(program, target->program, target->function);
}

/* `target` NULL: the XDP program is loaded as what it is. */
static int open_and_load(const struct tables *tables, const struct instance *instance,
			 enum object_keep keep, const struct target *target, struct object *object)
{
	struct xnlb_setup *setup;
	int err;

	object->skeleton = xnlb_bpf__open();
	if (!object->skeleton)
		return -errno;
	err = set_sizes(object->skeleton, &tables->cluster);
	if (!err)
		err = keep_maps(object, tables, instance, keep);
	if (err)
		return err;
	setup = (struct xnlb_setup *)&object->skeleton->rodata->setup;
	memcpy(setup, &tables->setup, sizeof(*setup));
	setup->conntrack = object->conntrack;
	if (target)
		err = prepare_dispatched(object, target);
	return err ? err : xnlb_bpf__load(object->skeleton);
}

/*
 * The kernel says whether it can be asked for tracked connections, by what the verifier takes. It
 * cannot where that is a module that is not loaded, and then nothing is tracked; on kernels with
 * that module libbpf needs CAP_SYS_ADMIN to find it.
 */
static bool refused_by_verifier(int err)
{
	return err == -EACCES || err == -EINVAL;
}

static int load(const struct tables *tables, const struct instance *instance, enum object_keep keep,
		const struct target *target, struct object *out)
{
	struct object object = {.conntrack = true};
	int err;

	complaint_listen();
	err = open_and_load(tables, instance, keep, target, &object);
	if (refused_by_verifier(err)) {
		object_close(&object);
		object = (struct object){.conntrack = false};
		err = open_and_load(tables, instance, keep, target, &object);
	}
	if (!err)
		err = fill_tables(object.skeleton, tables, keep);
	if (!err) {
		*out = object;
		return 0;
	}
	say_error("cannot load the BPF programs: %s%s%s", strerror(-err), *complaint() ? "; " : "",
		  complaint());
	object_close(&object);
	return err;
}

int object_load(const struct tables *tables, const struct instance *instance, enum object_keep keep,
		struct object *out)
{
	struct target target;
	int err;

	if (tables->cluster.attach != XNLB_ATTACH_DISPATCHER)
		return load(tables, instance, keep, NULL, out);
	target.program = dispatcher_target(&target.function);
	if (target.program < 0)
		return target.program;
	err = load(tables, instance, keep, &target, out);
	close(target.program);
	return err;
}

uint64_t object_content(const struct tables *tables)
{
	crypto_generichash_state state;
	uint64_t content;
	size_t size;
	const void *programs = xnlb_bpf__elf_bytes(&size);

	crypto_generichash_init(&state, NULL, 0, sizeof(content));
	crypto_generichash_update(&state, programs, size);
	crypto_generichash_update(&state, (const uint8_t *)&tables->setup, sizeof(tables->setup));
	crypto_generichash_update(&state, (const uint8_t *)tables->rule, sizeof(tables->rule));
	crypto_generichash_update(&state, (const uint8_t *)tables->ip, sizeof(tables->ip));
	crypto_generichash_update(&state, (const uint8_t *)&tables->cluster.digest,
				  sizeof(tables->cluster.digest));
	crypto_generichash_update(&state, (const uint8_t *)&tables->cluster.attach,
				  sizeof(tables->cluster.attach));
	crypto_generichash_final(&state, (uint8_t *)&content, sizeof(content));
	sodium_memzero(&state, sizeof(state));
	return content;
}

void object_close(struct object *object)
{
	xnlb_bpf__destroy(object->skeleton);
	object->skeleton = NULL;
}

int object_program(const struct object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object->skeleton->obj, name));
}

int object_map(const struct object *object, const char *name)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object->skeleton->obj)
		if (pin_name(map) && !strcmp(pin_name(map), name))
			return bpf_map__fd(map);
	return -ENOENT;
}

/* What is pinned under its own name and replaced as a set. */
struct pin {
	const char *name;
	int fd;
};

#define PINS 32

/* All maps that have a pin, but for the journal, and all programs. How many there are. */
static unsigned int list_pins(const struct object *object, struct pin pins[PINS])
{
	const struct bpf_object *obj = object->skeleton->obj;
	struct bpf_program *program;
	unsigned int count = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (pin_name(map) && strcmp(pin_name(map), "journal") != 0 && count < PINS)
			pins[count++] = (struct pin){pin_name(map), bpf_map__fd(map)};
	bpf_object__for_each_program(program, obj)
		if (count < PINS)
			pins[count++] =
				(struct pin){bpf_program__name(program), bpf_program__fd(program)};
	return count;
}

int object_describe(const struct object *object, const struct xnlb_cluster *cluster)
{
	int err = fill(object->skeleton->maps.cluster, 1, cluster);

	if (err)
		say_error("cannot write the map cluster: %s", strerror(-err));
	return err;
}

int object_pin_journal(const struct object *object, const struct instance *instance)
{
	char path[INSTANCE_PATH_SIZE];
	int err;

	if (object->journal_kept)
		return 0;
	err = bpf_obj_pin(bpf_map__fd(object->skeleton->maps.journal),
			  instance_path(instance, "", "journal", path));
	if (err == -EEXIST)
		instance_say_unreadable(instance, -EPROTO);
	else if (err)
		say_error("cannot pin %s: %s", path, strerror(-err));
	return err;
}

void object_unpin_journal(const struct object *object, const struct instance *instance)
{
	char path[INSTANCE_PATH_SIZE];

	if (object->journal_kept)
		return;
	instance_path(instance, "", "journal", path);
	if (unlink(path) && errno != ENOENT)
		say_warning("cannot remove %s: %s; detach does", path, strerror(errno));
}

int object_pin_new(const struct object *object, const struct instance *instance)
{
	char path[INSTANCE_PATH_SIZE];
	struct pin pins[PINS];
	unsigned int count = list_pins(object, pins);
	int err = 0;

	object_unpin_new(object, instance);
	for (unsigned int i = 0; !err && i < count; i++) {
		instance_path(instance, INSTANCE_NEW, pins[i].name, path);
		err = bpf_obj_pin(pins[i].fd, path);
		if (err)
			say_error("cannot pin %s: %s", path, strerror(-err));
	}
	return err;
}

/*
 * The new pin takes the name, a former pin the new one's. Done again, it is as before: also where
 * one of the two pins is missing, for then the other moves.
 */
static int swap_pins(const struct instance *instance, const char *name)
{
	char from[INSTANCE_PATH_SIZE], to[INSTANCE_PATH_SIZE];

	instance_path(instance, INSTANCE_NEW, name, from);
	instance_path(instance, "", name, to);
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE))
		return 0;
	if (errno == ENOENT && !rename(from, to))
		return 0;
	if (errno == ENOENT && !rename(to, from))
		return 0;
	return -errno;
}

/* The first `count` get their former pins back. */
static void swap_back(struct object *object, const struct instance *instance,
		      const struct pin *pins, unsigned int count)
{
	while (count-- > 0) {
		int err = swap_pins(instance, pins[count].name);

		if (!err)
			continue;
		say_error("cannot restore the pin %s: %s; attach again, or detach",
			  pins[count].name, strerror(-err));
		object->pins_mixed = true;
	}
}

int object_rename_pins(struct object *object, const struct instance *instance)
{
	struct pin pins[PINS];
	unsigned int count = list_pins(object, pins);

	for (unsigned int done = 0; done < count; done++) {
		int err = swap_pins(instance, pins[done].name);

		if (!err)
			continue;
		say_error("cannot rename the pin %s: %s", pins[done].name, strerror(-err));
		swap_back(object, instance, pins, done);
		return err;
	}
	return 0;
}

void object_unpin_new(const struct object *object, const struct instance *instance)
{
	char path[INSTANCE_PATH_SIZE];
	struct pin pins[PINS];
	unsigned int count = list_pins(object, pins);

	for (unsigned int i = 0; i < count; i++) {
		instance_path(instance, INSTANCE_NEW, pins[i].name, path);
		if (unlink(path) && errno != ENOENT)
			say_warning("cannot remove %s: %s; the next attach does", path,
				    strerror(errno));
	}
}
