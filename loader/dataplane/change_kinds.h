/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of the table in change.c, a file for each. */
#ifndef DATAPLANE_CHANGE_KINDS_H
#define DATAPLANE_CHANGE_KINDS_H

#include <net/if.h>
#include "dataplane/change.h"

extern const struct change_kind change_sysctl;
extern const struct change_kind change_multicast, change_unicast, change_promiscuous;
extern const struct change_kind change_address, change_proxy;

/* The name of the change's interface. -ENODEV if it is gone, or another -errno. */
int change_device(const struct xnlb_undo *change, char name[IF_NAMESIZE]);

/* The same for a message, whatever happened to it; returns `name`. */
const char *change_device_text(const struct xnlb_undo *change, char name[IF_NAMESIZE]);

#endif
