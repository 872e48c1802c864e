/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends heartbeats: UDP datagrams from the node's dedicated address to a cluster IP, in a frame to
 * the cluster MAC, so that they take the way of clients' packets. A packet socket, for to the
 * kernel the cluster IP is its own. Where there are both families they alternate.
 */
#ifndef DAEMON_SENDER_H
#define DAEMON_SENDER_H

#include "core/tables.h"
#include "dataplane/frame.h"

struct sender {
	int fd;
	struct interface link;
	uint8_t cluster_mac[6];
	uint16_t port;
	uint8_t key[16]; /* of the tag */
	unsigned int paths, next;
	struct {
		struct ip_addr from, to;
	} path[2];
};

/* `port`: host byte order. 0 or -errno (reported). */
int sender_open(struct sender *sender, const struct tables *tables, const struct interface *link,
		uint16_t port);
void sender_close(struct sender *sender);

/* Writes the tag into a heartbeat of `length` bytes and sends it. 0 or -errno. */
int sender_send(struct sender *sender, uint8_t *heartbeat, size_t length);

/* The same in a broadcast frame (include/xnlb/wire.h, a greeting); what cannot be sent is lost. */
void sender_greet(struct sender *sender, uint8_t *heartbeat, size_t length);

#endif
