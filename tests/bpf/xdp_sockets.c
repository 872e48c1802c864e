// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets that no rule covers, on a node that is not the default node, and this node's sockets:
 * what belongs to a connection that the node opened from the cluster IP is taken, nothing else.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/network.h"
#include "bpf/xdp.h"

#define PEER4 "10.9.0.1"
#define PEER6 "fd09::1"

static struct programs programs;
static struct tables *tables;

/* Both ends of each connection are on its `lo`. */
static void new_namespace(void)
{
	network_new();
	network_address(IP4);
	network_address(IP6);
	network_address(PEER4);
	network_address(PEER6);
}

static void load(void)
{
	new_namespace();
	tables = programs_tables(&test_cluster, 2, &test_key);
	programs_load(tables, &programs);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

TestSuite(sockets, .init = load, .fini = unload);

/* One family's addresses: the cluster IP and a peer. */
struct side {
	const char *cluster, *peer;
};

static const struct side sides[] = {{IP4, PEER4}, {IP6, PEER6}};

/* What arrives at the cluster IP from the peer. */
static struct packet arriving(const struct side *side, uint8_t proto, uint16_t from, uint16_t to,
			      uint8_t flags)
{
	return (struct packet){.src = side->peer,
			       .dst = side->cluster,
			       .proto = proto,
			       .sport = from,
			       .dport = to,
			       .flags = flags};
}

/* Runs it with each depth of tags and to each MAC of the node. */
static void expect(const char *name, struct packet packet, bool taken)
{
	static const uint16_t tags[][3] = {{0}, {VLAN_8021Q}, {VLAN_8021AD, VLAN_8021Q}};

	for (size_t i = 0; i < 2 * COUNT(tags); i++) {
		bool own = i % 2;
		struct row row = {name, packet, taken ? TAKEN : DROPPED, XNLB_REASON_LOCAL_SOCKET,
				  NULL};

		memcpy(row.packet.tag, tags[i / 2], sizeof(tags[0]));
		row.packet.to = own ? NODE2_MAC : CLUSTER_MAC;
		if (!taken)
			row.reason = own ? XNLB_REASON_WRONG_MAC_DROP : XNLB_REASON_NO_RULE;
		xdp_row(&programs, &row);
	}
}

struct connection {
	int mine, theirs; /* sockets */
	uint16_t my_port, their_port;
};

/* A TCP connection from the cluster IP and `port` (0: any) to the peer. */
static struct connection connect_tcp(const struct side *side, uint16_t port)
{
	int listener = network_bound(SOCK_STREAM, side->peer, 0);
	struct connection connection = {.mine = network_bound(SOCK_STREAM, side->cluster, port),
					.their_port = network_port(listener)};
	struct sockaddr_storage peer;
	socklen_t size = network_sockaddr(side->peer, connection.their_port, &peer);

	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(connect(connection.mine, (struct sockaddr *)&peer, size), 0, "%s: %s",
		     side->peer, strerror(errno));
	connection.theirs = accept(listener, NULL, NULL);
	cr_assert_geq(connection.theirs, 0);
	close(listener);
	connection.my_port = network_port(connection.mine);
	return connection;
}

static void try_established(const struct side *side)
{
	struct connection c = connect_tcp(side, 0);
	const uint8_t tcp = IPPROTO_TCP;
	const uint16_t from = c.their_port, to = c.my_port;

	expect("established, ACK", arriving(side, tcp, from, to, TCP_ACK), true);
	expect("established, RST", arriving(side, tcp, from, to, TCP_RST), true);
	expect("established, FIN", arriving(side, tcp, from, to, TCP_FIN | TCP_ACK), true);
	expect("established, SYN and ACK", arriving(side, tcp, from, to, TCP_SYN | TCP_ACK), true);
	expect("established, bare SYN", arriving(side, tcp, from, to, TCP_SYN), false);
	expect("established, peer's other port", arriving(side, tcp, from + 1, to, TCP_ACK), false);
	expect("established, ports exchanged", arriving(side, tcp, to, from, TCP_ACK), false);
	expect("established, as UDP", arriving(side, IPPROTO_UDP, from, to, 0), false);
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
	struct connection c = connect_tcp(side, 0);

	close(c.mine); /* who closes first waits */
	close(c.theirs);
	network_await("TIME_WAIT", in_time_wait, &c);
	expect("TIME_WAIT, ACK",
	       arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_FIN | TCP_ACK), true);
	expect("TIME_WAIT, bare SYN", arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_SYN),
	       false);
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
	expect("connecting, SYN and ACK",
	       arriving(side, IPPROTO_TCP, port, my_port, TCP_SYN | TCP_ACK), true);
	expect("connecting, RST", arriving(side, IPPROTO_TCP, port, my_port, TCP_RST), true);
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
		expect("listener, ACK", arriving(side, IPPROTO_TCP, 40000, port, TCP_ACK), false);
		expect("listener, SYN", arriving(side, IPPROTO_TCP, 40000, port, TCP_SYN), false);
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
	expect("UDP, connected", arriving(side, IPPROTO_UDP, 53, port, 0), true);
	expect("UDP, from another port", arriving(side, IPPROTO_UDP, 54, port, 0), false);
	expect("UDP, as TCP", arriving(side, IPPROTO_TCP, 53, port, TCP_ACK), false);
	expect("UDP, bound", arriving(side, IPPROTO_UDP, 53, network_port(bound), 0), false);
	expect("UDP, any address", arriving(side, IPPROTO_UDP, 53, network_port(any), 0), false);
	close(connected);
	close(bound);
	close(any);
}

/* A packet that a rule covers goes by bucket, whatever sockets there are. */
static void try_rule(const struct side *side)
{
	struct connection c = connect_tcp(side, 80);
	struct row row = {"established, a rule's port",
			  arriving(side, IPPROTO_TCP, c.their_port, 80, TCP_ACK), DROPPED,
			  XNLB_REASON_OTHER_BUCKET, "mine-none"};

	xdp_row(&programs, &row);
	close(c.mine);
	close(c.theirs);
}

/* Sockets of another namespace are not this node's. */
static void try_namespace(const struct side *side)
{
	struct connection c = connect_tcp(side, 0);

	expect("in the namespace", arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_ACK),
	       true);
	new_namespace();
	expect("in another namespace",
	       arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_ACK), false);
}

static void each_side(void (*test)(const struct side *side))
{
	for (size_t i = 0; i < COUNT(sides); i++)
		test(&sides[i]);
}

Test(sockets, established)
{
	each_side(try_established);
}

Test(sockets, time_wait)
{
	each_side(try_time_wait);
}

Test(sockets, connecting)
{
	each_side(try_connecting);
}

Test(sockets, listener)
{
	each_side(try_listener);
}

Test(sockets, udp)
{
	each_side(try_udp);
}

Test(sockets, rule)
{
	each_side(try_rule);
}

Test(sockets, namespace)
{
	each_side(try_namespace);
}
