// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SYN cookies in a bucket that moves: half-open, such a connection has no socket, and all that is
 * known of it is in the client's next packet. It belongs to the node that made the cookie.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "bpf/beat.h"
#include "bpf/sockets.h"

#define RULE "mine-none"
#define PORT 80

static const struct side sides[] = {{IP4, "10.9.0.1"}, {IP6, "fd09::1"}};

static struct programs programs;
static struct tables *tables;

static void load(void)
{
	struct xnlb_live live = {
		.epoch = 1, .lease_ns = XNLB_LEASE_FOREVER, .lease_jiffies = UINT64_MAX};
	struct xnlb_plan plan;

	sockets_new_namespace();
	network_sysctl("ipv4/tcp_syncookies", "2"); /* for every connection */
	tables = programs_tables(&test_cluster, 1, &test_key);
	programs_load(tables, &programs);
	memset(&plan, 2 | XNLB_OWNER_MOVING, sizeof(plan)); /* it has gone to node 2 */
	programs_write(&programs, "owners", tables->rule[test_rule(RULE)].plan, &plan);
	programs_write(&programs, "live", 0, &live);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

TestSuite(xdp_cookie, .init = load, .fini = unload);

/* What the client's last packet of a handshake says. */
struct handshake {
	uint16_t from;
	uint8_t numbers[8]; /* sequence and acknowledgement, as they stand in the packet */
};

/* The TCP header of a frame on `lo`; NULL: it is something else. */
static const uint8_t *tcp_of(const uint8_t *frame, ssize_t size, bool ipv6)
{
	size_t ip = ipv6 ? 40 : 20;
	uint16_t type = ipv6 ? 0x86dd : 0x0800;

	if (size < (ssize_t)(14 + ip + 20) || frame[12] != type >> 8 || frame[13] != (type & 0xff))
		return NULL;
	return frame[14 + (ipv6 ? 6 : 9)] == IPPROTO_TCP ? frame + 14 + ip : NULL;
}

/*
 * A handshake as the kernel does it, with a cookie, and what was seen of it on `lo`. Then the
 * connection is closed: only the listener is left.
 */
static struct handshake shake_hands(const struct side *side, int listener)
{
	int raw = network_raw("lo"), client = network_bound(SOCK_STREAM, side->peer, 0), server;
	struct handshake seen = {.from = network_port(client)};
	bool ipv6 = strchr(side->cluster, ':');
	struct sockaddr_storage to;
	socklen_t size = network_sockaddr(side->cluster, PORT, &to);
	const uint8_t *tcp = NULL;
	uint8_t frame[2000];
	char end;

	cr_assert_eq(connect(client, (struct sockaddr *)&to, size), 0, "%s", strerror(errno));
	server = accept(listener, NULL, NULL);
	cr_assert_geq(server, 0);
	close(client);
	cr_assert_eq(read(server, &end, 1), 0);
	close(server);
	/* The one from the client that is a bare ACK: the first is the handshake's. */
	while (!tcp || (tcp[0] << 8 | tcp[1]) != seen.from || (tcp[13] & 0x3f) != TCP_ACK)
		tcp = tcp_of(frame, recv(raw, frame, sizeof(frame), 0), ipv6);
	memcpy(seen.numbers, tcp + 4, sizeof(seen.numbers));
	close(raw);
	return seen;
}

static enum xnlb_reason arrives(const struct side *side, const struct handshake *seen, int off)
{
	struct packet packet = sockets_arriving(side, IPPROTO_TCP, seen->from, PORT, TCP_ACK);
	size_t tcp = 14 + (strchr(side->cluster, ':') ? 40 : 20);
	static struct outcome outcome;
	uint8_t frame[PACKET_MAX];
	size_t size = packet_build(&packet, frame);

	memcpy(frame + tcp + 4, seen->numbers, sizeof(seen->numbers));
	frame[tcp + 11] = (uint8_t)(frame[tcp + 11] + off);
	programs_run(&programs, programs.xdp, side->cluster, frame, size, &outcome);
	return outcome.counted.reason;
}

Test(xdp_cookie, belongs_to_the_node_that_made_it)
{
	for (size_t i = 0; i < COUNT(sides); i++) {
		int listener = network_bound(SOCK_STREAM, sides[i].cluster, PORT);
		struct handshake seen;

		cr_assert_eq(listen(listener, 8), 0);
		seen = shake_hands(&sides[i], listener);
		cr_expect_eq(arrives(&sides[i], &seen, 0), REASON(KEPT), "%s", sides[i].cluster);
		cr_expect_eq(arrives(&sides[i], &seen, 1), REASON(OTHER_BUCKET),
			     "%s: another number", sides[i].cluster);
		close(listener);
		cr_expect_eq(arrives(&sides[i], &seen, 0), REASON(OTHER_BUCKET),
			     "%s: nobody listens", sides[i].cluster);
	}
}
