/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BPF programs, by descriptor and by pin. Prints nothing. */
#ifndef DATAPLANE_PROGRAM_H
#define DATAPLANE_PROGRAM_H

#include "dataplane/instance.h"

#define PROGRAM_NAME_SIZE 16

/* Its name and its id. 0 or -errno. */
int program_name(int fd, char name[PROGRAM_NAME_SIZE], unsigned int *id);

/*
 * The program with this id, if the instance has it pinned by that name: in the set that counts, or
 * in the one that an attach was building. Descriptor or -ENOENT.
 */
int program_pinned(const struct instance *instance, const char *pin, unsigned int id);

#endif
