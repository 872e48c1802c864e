/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pinned maps, and whole runs of an array's entries at once. Prints nothing. */
#ifndef DATAPLANE_MAP_H
#define DATAPLANE_MAP_H

#include <stddef.h>
#include <linux/types.h>
#include "dataplane/instance.h"

/*
 * Descriptor of the map pinned as "FOLDER/PREFIXname". -ENOENT if there is none; -EPROTO if it
 * does not have `entries` values of `size` bytes; another -errno.
 */
int map_open(const struct instance *instance, const char *prefix, const char *name, size_t size,
	     __u32 entries);

/* Entries `first` to `first + count - 1` of an array, as they stand in the map. 0 or -errno. */
int map_read(int fd, __u32 first, __u32 count, void *values);
int map_write(int fd, __u32 first, __u32 count, const void *values);

#endif
