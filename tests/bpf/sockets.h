/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that no rule covers, on two nodes whose sockets are those of the test's namespace: node
 * 2, and node 1, the default node.
 */
#ifndef BPF_TEST_SOCKETS_H
#define BPF_TEST_SOCKETS_H

#include "bpf/network.h"
#include "bpf/xdp.h"

/* One family's addresses: the cluster IP and a peer; both are on `lo`. */
struct side {
	const char *cluster, *peer;
};

/* What the node has for a packet. */
enum holder {
	NOTHING,
	LISTENER,   /* a socket that takes packets of anybody */
	CONNECTION, /* the one that it belongs to */
	REQUEST,    /* it opens a connection: the sockets do not matter */
};

struct connection {
	int mine, theirs; /* sockets */
	uint16_t my_port, their_port;
};

/* Fixtures: a new namespace with the addresses, and the programs of both nodes. */
void sockets_load(void);
void sockets_unload(void);

/* node 2's */
extern struct programs sockets_node2;

/* Enters another namespace with the same addresses. */
void sockets_new_namespace(void);

/* Calls the test for each family. */
void sockets_each_side(void (*test)(const struct side *side));

/* What arrives at the cluster IP from the peer. */
struct packet sockets_arriving(const struct side *side, uint8_t proto, uint16_t from, uint16_t to,
			       uint8_t flags);

/* Runs it on both nodes, with each depth of tags and to each MAC of the node. */
void sockets_expect(const char *name, struct packet packet, enum holder holder);

/* A TCP connection from the cluster IP and `port` (0: any) to the peer. */
struct connection sockets_connect(const struct side *side, uint16_t port);

#endif
