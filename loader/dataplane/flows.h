/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The TCP connections of this machine, from the kernel's socket table (sock_diag). */
#ifndef DATAPLANE_FLOWS_H
#define DATAPLANE_FLOWS_H

#include "core/tables.h"

/*
 * Calls `each` for each connection of the caller's network namespace, half-open ones too, but not
 * listeners and those that are only waiting for stray packets; as the flow of the packets that come
 * in. One that changes meanwhile may be missed or come twice. 0 or -errno; prints nothing.
 */
int flows_each(void (*each)(const struct flow *flow, void *data), void *data);

#endif
