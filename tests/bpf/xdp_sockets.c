// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets that no rule covers, and the node's sockets: what belongs to a connection of a node is
 * taken by it, whether it is the default node or not, and by no other.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/sockets.h"

TestSuite(sockets, .init = sockets_load, .fini = sockets_unload);

static void try_established(const struct side *side)
{
	struct connection c = sockets_connect(side, 0);
	const uint8_t tcp = IPPROTO_TCP;
	const uint16_t from = c.their_port, to = c.my_port;

	sockets_expect("established, ACK", sockets_arriving(side, tcp, from, to, TCP_ACK),
		       CONNECTION);
	sockets_expect("established, RST", sockets_arriving(side, tcp, from, to, TCP_RST),
		       CONNECTION);
	sockets_expect("established, FIN", sockets_arriving(side, tcp, from, to, TCP_FIN | TCP_ACK),
		       CONNECTION);
	sockets_expect("established, SYN and ACK",
		       sockets_arriving(side, tcp, from, to, TCP_SYN | TCP_ACK), CONNECTION);
	sockets_expect("established, bare SYN", sockets_arriving(side, tcp, from, to, TCP_SYN),
		       REQUEST);
	sockets_expect("established, peer's other port",
		       sockets_arriving(side, tcp, from + 1, to, TCP_ACK), NOTHING);
	sockets_expect("established, ports exchanged",
		       sockets_arriving(side, tcp, to, from, TCP_ACK), NOTHING);
	sockets_expect("established, as UDP", sockets_arriving(side, IPPROTO_UDP, from, to, 0),
		       NOTHING);
	close(c.mine);
	close(c.theirs);
}

static bool in_time_wait(void *data)
{
	const struct connection *connection = data;
	const char *files[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	bool found = false;

	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(files[i], "re");
		char line[512], port[16];

		cr_assert_not_null(file);
		snprintf(port, sizeof(port), ":%04X ", connection->my_port);
		while (fgets(line, sizeof(line), file)) {
			const char *local = strstr(line, port);

			/* local address, remote address, state: 06 is TIME_WAIT */
			if (local && strstr(local, " 06 ") && strchr(local + 6, ':'))
				found = true;
		}
		fclose(file);
	}
	return found;
}

static void try_time_wait(const struct side *side)
{
	struct connection c = sockets_connect(side, 0);

	close(c.mine); /* who closes first waits */
	close(c.theirs);
	network_await("TIME_WAIT", in_time_wait, &c);
	sockets_expect(
		"TIME_WAIT, ACK",
		sockets_arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_FIN | TCP_ACK),
		CONNECTION);
	sockets_expect("TIME_WAIT, bare SYN",
		       sockets_arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_SYN),
		       REQUEST);
}

/* The peer does not answer: its port's queue is full of another connection. */
static void try_connecting(const struct side *side)
{
	int listener = network_bound(SOCK_STREAM, side->peer, 0), mine[8], last = -1;
	uint16_t port = network_port(listener), my_port = 0;
	struct tcp_info info = {0};
	struct sockaddr_storage peer;
	socklen_t size = network_sockaddr(side->peer, port, &peer);

	cr_assert_eq(listen(listener, 0), 0);
	for (size_t i = 0; i < COUNT(mine) && info.tcpi_state != TCP_SYN_SENT; i++) {
		socklen_t room = sizeof(info);

		last = mine[i] = network_bound(SOCK_STREAM | SOCK_NONBLOCK, side->cluster, 0);
		(void)connect(last, (struct sockaddr *)&peer, size);
		cr_assert_eq(getsockopt(last, IPPROTO_TCP, TCP_INFO, &info, &room), 0);
		my_port = network_port(last);
	}
	cr_assert_eq(info.tcpi_state, TCP_SYN_SENT);
	sockets_expect("connecting, SYN and ACK",
		       sockets_arriving(side, IPPROTO_TCP, port, my_port, TCP_SYN | TCP_ACK),
		       CONNECTION);
	sockets_expect("connecting, RST",
		       sockets_arriving(side, IPPROTO_TCP, port, my_port, TCP_RST), CONNECTION);
	close(listener);
}

static void try_listener(const struct side *side)
{
	const char *wildcard = strchr(side->peer, ':') ? "::" : "0.0.0.0";
	const char *addresses[] = {wildcard, side->cluster};

	for (int i = 0; i < 2; i++) {
		int listener = network_bound(SOCK_STREAM, addresses[i], 0);
		uint16_t port = network_port(listener);

		cr_assert_eq(listen(listener, 8), 0);
		sockets_expect("listener, ACK",
			       sockets_arriving(side, IPPROTO_TCP, 40000, port, TCP_ACK), LISTENER);
		sockets_expect("listener, SYN and ACK",
			       sockets_arriving(side, IPPROTO_TCP, 40000, port, TCP_SYN | TCP_ACK),
			       NOTHING);
		sockets_expect("listener, SYN",
			       sockets_arriving(side, IPPROTO_TCP, 40000, port, TCP_SYN), REQUEST);
		close(listener);
	}
}

static void try_udp(const struct side *side)
{
	const char *wildcard = strchr(side->peer, ':') ? "::" : "0.0.0.0";
	int connected = network_bound(SOCK_DGRAM, side->cluster, 0);
	int bound = network_bound(SOCK_DGRAM, side->cluster, 0);
	int any = network_bound(SOCK_DGRAM, wildcard, 0);
	struct sockaddr_storage peer;
	socklen_t size = network_sockaddr(side->peer, 53, &peer);
	uint16_t port = network_port(connected);

	cr_assert_eq(connect(connected, (struct sockaddr *)&peer, size), 0);
	sockets_expect("UDP, connected", sockets_arriving(side, IPPROTO_UDP, 53, port, 0),
		       CONNECTION);
	sockets_expect("UDP, from another port", sockets_arriving(side, IPPROTO_UDP, 54, port, 0),
		       NOTHING);
	sockets_expect("UDP, as TCP", sockets_arriving(side, IPPROTO_TCP, 53, port, TCP_ACK),
		       NOTHING);
	sockets_expect("UDP, bound",
		       sockets_arriving(side, IPPROTO_UDP, 53, network_port(bound), 0), LISTENER);
	sockets_expect("UDP, any address",
		       sockets_arriving(side, IPPROTO_UDP, 53, network_port(any), 0), LISTENER);
	close(connected);
	close(bound);
	close(any);
}

/* A packet that a rule covers goes by bucket, whatever sockets there are. */
static void try_rule(const struct side *side)
{
	struct connection c = sockets_connect(side, 80);
	struct row row = {"established, a rule's port",
			  sockets_arriving(side, IPPROTO_TCP, c.their_port, 80, TCP_ACK), DROPPED,
			  XNLB_REASON_OTHER_BUCKET, "mine-none"};

	xdp_row(&sockets_node2, &row);
	close(c.mine);
	close(c.theirs);
}

/* Sockets of another namespace are not this node's. */
static void try_namespace(const struct side *side)
{
	struct connection c = sockets_connect(side, 0);

	sockets_expect("in the namespace",
		       sockets_arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_ACK),
		       CONNECTION);
	sockets_new_namespace();
	sockets_expect("in another namespace",
		       sockets_arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_ACK),
		       NOTHING);
}

Test(sockets, established)
{
	sockets_each_side(try_established);
}

Test(sockets, time_wait)
{
	sockets_each_side(try_time_wait);
}

Test(sockets, connecting)
{
	sockets_each_side(try_connecting);
}

Test(sockets, listener)
{
	sockets_each_side(try_listener);
}

Test(sockets, udp)
{
	sockets_each_side(try_udp);
}

Test(sockets, rule)
{
	sockets_each_side(try_rule);
}

Test(sockets, namespace)
{
	sockets_each_side(try_namespace);
}
