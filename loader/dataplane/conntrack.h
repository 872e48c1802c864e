/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Can the programs ask the kernel for tracked connections (bpf/conntrack.h)? */
#ifndef DATAPLANE_CONNTRACK_H
#define DATAPLANE_CONNTRACK_H

#include <stdbool.h>

/*
 * False where the kernel does not have the functions, also where they are in a module that is not
 * loaded: then nothing is tracked either. On kernels with that module the answer needs
 * CAP_SYS_ADMIN, and without it is false: libbpf would not find them.
 */
bool conntrack_can_be_asked(void);

#endif
