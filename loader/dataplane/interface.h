/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the machine says of its interfaces and addresses, in the caller's network namespace. */
#ifndef DATAPLANE_INTERFACE_H
#define DATAPLANE_INTERFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include "core/cluster.h"

#define LOOPBACK_IFINDEX 1

struct interface {
	char name[IF_NAMESIZE];
	unsigned int ifindex;
	uint8_t mac[6]; /* wire order */
	bool ethernet, up;
	bool carrier;		  /* only of one that is up */
	uint32_t carrier_changes; /* so often it went or came */
};

/* -ENODEV if there is none of this name or index; `name` NULL: by index. Prints nothing. */
int interface_read(const char *name, unsigned int ifindex, struct interface *out);

/* Is `ip` configured on interface `ifindex`, or, with ifindex 0, anywhere? 1, 0, or -errno. */
int interface_holds(unsigned int ifindex, const struct ip_addr *ip);

/* Is it configured on another interface than `except`? 1 and *where, 0, or -errno. */
int interface_elsewhere(unsigned int except, const struct ip_addr *ip, struct interface *where);

/*
 * A dedicated address on the interface: one of `family` that is none of `shared`, no multicast and
 * no link-local address. 0, -EADDRNOTAVAIL if there is none, or -errno.
 */
int interface_dedicated(unsigned int ifindex, uint8_t family, const struct ip_addr *shared,
			unsigned int count, struct ip_addr *out);

/* The link-local IPv6 address of the interface, as interface_dedicated. */
int interface_link_local(unsigned int ifindex, struct ip_addr *out);

/* Inode number of the caller's network namespace. 0 or -errno. */
int network_namespace(uint64_t *out);

#endif
