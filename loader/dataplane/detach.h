/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Detaching: the machine is as it was before `attach`, from the undo journal. */
#ifndef DATAPLANE_DETACH_H
#define DATAPLANE_DETACH_H

#include <xnlb/limits.h>

/*
 * Takes everything back. `name` NULL: the only one. Where a step fails it ends, and detaching again
 * goes on from there. 0, -ENOENT, or another -errno; reported. `done`: which one it was.
 */
int detach(const char *name, char done[XNLB_NAME_SIZE]);

#endif
