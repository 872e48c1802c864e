/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet socket on an interface, and a monotonic clock. */
#ifndef NETNS_LINK_H
#define NETNS_LINK_H

#include <stdint.h>

/* Opens a packet socket that receives what arrives at `interface` and not what leaves it; writes
 * the interface's MAC. Ends the program with a message on failure. */
int link_open(const char *interface, uint8_t mac[6]);

uint64_t now_us(void);

#endif
