// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets that no rule covers, and connections that the kernel tracks: where DNAT hides the socket,
 * the translation tells; a UDP reply belongs to who asked, also with an unconnected socket.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "bpf/sockets.h"

#define OUTSIDE 8080 /* translated to INSIDE */
#define INSIDE	9090

static void load(void)
{
	sockets_load();
	if (!sockets_node2.object.conntrack)
		cr_skip("this kernel's connection tracking cannot be asked");
	network_rules("add table inet t;"
		      "add chain inet t out { type nat hook output priority -100; };"
		      "add rule inet t out tcp dport 8080 dnat ip to " IP4 ":9090;"
		      "add rule inet t out tcp dport 8080 dnat ip6 to [" IP6 "]:9090;");
}

TestSuite(tracked, .init = load, .fini = sockets_unload);

static void connect_to(int fd, const char *address, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t size = network_sockaddr(address, port, &to);

	cr_assert_eq(connect(fd, (struct sockaddr *)&to, size), 0, "%s: %s", address,
		     strerror(errno));
}

static void send_to(int fd, const char *address, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t size = network_sockaddr(address, port, &to);

	cr_assert_eq(sendto(fd, "", 1, 0, (struct sockaddr *)&to, size), 1, "%s: %s", address,
		     strerror(errno));
}

static void try_translated(const struct side *side)
{
	int listener = network_bound(SOCK_STREAM, side->cluster, INSIDE);
	int client = network_bound(SOCK_STREAM, side->peer, 0);
	uint16_t port = network_port(client);

	cr_assert_eq(listen(listener, 1), 0);
	connect_to(client, side->cluster, OUTSIDE);
	sockets_expect("translated, ACK",
		       sockets_arriving(side, IPPROTO_TCP, port, OUTSIDE, TCP_ACK), CONNECTION);
	sockets_expect("translated, bare SYN",
		       sockets_arriving(side, IPPROTO_TCP, port, OUTSIDE, TCP_SYN), REQUEST);
	sockets_expect("translated, another client's port",
		       sockets_arriving(side, IPPROTO_TCP, port ^ 1, OUTSIDE, TCP_ACK), NOTHING);
	close(client);
	close(listener);
}

/* What is left of a connection when its socket is gone is nobody's. */
static void try_left_over(const struct side *side)
{
	const struct linger at_once = {.l_onoff = 1};
	struct connection c = sockets_connect(side, 0);

	cr_assert_eq(setsockopt(c.mine, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(c.mine);
	close(c.theirs);
	sockets_expect("tracked without a socket",
		       sockets_arriving(side, IPPROTO_TCP, c.their_port, c.my_port, TCP_ACK),
		       NOTHING);
}

static void try_udp(const struct side *side)
{
	int mine = network_bound(SOCK_DGRAM, side->cluster, 0);
	int theirs = network_bound(SOCK_DGRAM, side->peer, 0);
	int client = network_bound(SOCK_DGRAM, side->peer, 0);
	uint16_t to = network_port(mine);

	send_to(mine, side->peer, network_port(theirs));
	send_to(client, side->cluster, to);
	sockets_expect("UDP, a reply",
		       sockets_arriving(side, IPPROTO_UDP, network_port(theirs), to, 0),
		       CONNECTION);
	sockets_expect("UDP, a client's",
		       sockets_arriving(side, IPPROTO_UDP, network_port(client), to, 0), LISTENER);
	close(mine);
	sockets_expect("UDP, a client's, without a socket",
		       sockets_arriving(side, IPPROTO_UDP, network_port(client), to, 0), NOTHING);
	close(theirs);
	close(client);
}

Test(tracked, translated)
{
	sockets_each_side(try_translated);
}

Test(tracked, left_over)
{
	sockets_each_side(try_left_over);
}

Test(tracked, udp)
{
	sockets_each_side(try_udp);
}
