/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is no longer as `attach` left it, in words. The caller holds the instance's lock. */
#ifndef DATAPLANE_WARNINGS_H
#define DATAPLANE_WARNINGS_H

#include "dataplane/state.h"

/* Fills state->warning; the rest of the state has been read. 0 or -errno (reported). */
int warnings_collect(const struct instance *instance, struct state *state);

#endif
