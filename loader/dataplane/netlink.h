/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink in two calls; rtnetlink, unless `bus` is set to another protocol after netlink_start.
 * Every call opens and closes its own socket, in the network namespace of the caller: a command
 * makes few of them. Nothing is printed here.
 */
#ifndef DATAPLANE_NETLINK_H
#define DATAPLANE_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdint.h>

/* Room for every request that xnlb makes. */
#define NETLINK_SIZE 1024

struct netlink_request {
	union {
		struct nlmsghdr head;
		char buffer[NETLINK_SIZE];
	};
	int bus; /* netlink_start: NETLINK_ROUTE */
};

/* Starts a request; returns the family header of `size` bytes, zeroed, to be filled in. */
void *netlink_start(struct netlink_request *request, uint16_t type, uint16_t flags, size_t size);

/* Sends it and waits for the acknowledgement. 0 or the kernel's -errno. */
int netlink_do(struct netlink_request *request);

/* Sends it and calls `each` for the one message of the answer. 0 or -errno. */
int netlink_get(struct netlink_request *request, mnl_cb_t each, void *data);

/*
 * Sends it as a dump and calls `each` for every message of the answer; `each` returns MNL_CB_OK. A
 * dump that somebody's change interrupts may lack entries, so it is asked for again: `each` may see
 * an entry more than once. 0, -EINTR if there are changes all the time, or another -errno.
 */
int netlink_dump(struct netlink_request *request, mnl_cb_t each, void *data);

#endif
