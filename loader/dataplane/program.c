// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a program is called, and where it is pinned. Knows no hook. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/program.h"

_Static_assert(PROGRAM_NAME_SIZE == BPF_OBJ_NAME_LEN, "a name fits");

int program_name(int fd, char name[PROGRAM_NAME_SIZE], unsigned int *id)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err)
		return err;
	memcpy(name, info.name, PROGRAM_NAME_SIZE);
	*id = info.id;
	return 0;
}

int program_pinned(const struct instance *instance, const char *pin, unsigned int id)
{
	static const char *const prefixes[] = {"", INSTANCE_NEW};
	char path[INSTANCE_PATH_SIZE], name[PROGRAM_NAME_SIZE];
	unsigned int found;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		int fd = bpf_obj_get(instance_path(instance, prefixes[i], pin, path));

		if (fd < 0)
			continue;
		if (!program_name(fd, name, &found) && found == id)
			return fd;
		close(fd);
	}
	return -ENOENT;
}
