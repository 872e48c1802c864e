// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps as arrays. Knows no particular one. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/map.h"

int map_open(const struct instance *instance, const char *prefix, const char *name, size_t size,
	     __u32 entries)
{
	char path[INSTANCE_PATH_SIZE];
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	int fd, err;

	fd = bpf_obj_get(instance_path(instance, prefix, name, path));
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!err && (info.value_size != size || info.max_entries != entries))
		err = -EPROTO;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int map_read(int fd, __u32 first, __u32 count, void *values)
{
	__u32 *keys, before = first - 1, last, done = count;
	int err;

	if (!count)
		return 0;
	keys = calloc(count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	/* A batch starts behind a key; at the beginning without one. */
	err = bpf_map_lookup_batch(fd, first ? &before : NULL, &last, keys, values, &done, NULL);
	if (!err && done != count)
		err = -EPROTO;
	free(keys);
	return err;
}

int map_write(int fd, __u32 first, __u32 count, const void *values)
{
	__u32 *keys, done = count;
	int err;

	if (!count)
		return 0;
	keys = calloc(count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (__u32 i = 0; i < count; i++)
		keys[i] = first + i;
	err = bpf_map_update_batch(fd, keys, values, &done, NULL);
	if (!err && done != count)
		err = -EPROTO;
	free(keys);
	return err;
}
