/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A network namespace of the test's own, gone with its process. Failures end the test. */
#ifndef BPF_TEST_NETWORK_H
#define BPF_TEST_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Enters a new namespace and brings `lo` up. */
void network_new(void);

/* Adds an address to `lo`. */
void network_address(const char *address);

/* Adds the veth pair `left` and `right`, up, with this MTU. */
void network_veth(const char *left, const char *right, unsigned int mtu);

/* Gives an interface this MAC. */
void network_mac(const char *interface, const uint8_t mac[6]);

/* Adds netfilter rules, in the language of `nft`. */
void network_rules(const char *rules);

void network_sysctl(const char *path, const char *value);

/* The socket address of text and port. */
socklen_t network_sockaddr(const char *address, uint16_t port, struct sockaddr_storage *out);

/* A socket bound to an address and port (0: any). */
int network_bound(int type, const char *address, uint16_t port);

/* Its port, in host byte order. */
uint16_t network_port(int fd);

/* A packet socket that sends and receives whole frames at an interface. */
int network_raw(const char *interface);

/*
 * Calls `condition` until it returns true, at most for five seconds; a failure names `what`.
 */
void network_await(const char *what, bool (*condition)(void *), void *data);

#endif
