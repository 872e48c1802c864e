// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bpf/sockets.h"

#define PEER4 "10.9.0.1"
#define PEER6 "fd09::1"

static const struct side sides[] = {{IP4, PEER4}, {IP6, PEER6}};

struct programs sockets_node2;
static struct programs default_node;
static struct tables *tables, *default_tables;

void sockets_new_namespace(void)
{
	network_new();
	network_address(IP4);
	network_address(IP6);
	network_address(PEER4);
	network_address(PEER6);
}

void sockets_load(void)
{
	sockets_new_namespace();
	tables = programs_tables(&test_cluster, 2, &test_key);
	programs_load(tables, &sockets_node2);
	default_tables = programs_tables(&test_cluster, 1, &test_key);
	programs_load(default_tables, &default_node);
}

void sockets_unload(void)
{
	programs_close(&default_node);
	tables_free(default_tables);
	programs_close(&sockets_node2);
	tables_free(tables);
}

void sockets_each_side(void (*test)(const struct side *side))
{
	for (size_t i = 0; i < COUNT(sides); i++)
		test(&sides[i]);
}

struct packet sockets_arriving(const struct side *side, uint8_t proto, uint16_t from, uint16_t to,
			       uint8_t flags)
{
	return (struct packet){.src = side->peer,
			       .dst = side->cluster,
			       .proto = proto,
			       .sport = from,
			       .dport = to,
			       .flags = flags};
}

static struct row expected(bool on_default_node, bool own_mac, enum holder holder)
{
	struct row row = {.verdict = DROPPED, .reason = XNLB_REASON_NO_RULE};

	if (on_default_node && holder != NOTHING) {
		row.verdict = TAKEN;
		row.reason = own_mac ? XNLB_REASON_WRONG_MAC : XNLB_REASON_DEFAULT_NODE;
		return row;
	}
	if (holder == CONNECTION) {
		row.verdict = TAKEN;
		row.reason = XNLB_REASON_LOCAL_SOCKET;
		return row;
	}
	if (on_default_node)
		row.reason = XNLB_REASON_NO_SOCKET;
	if (own_mac)
		row.reason = XNLB_REASON_WRONG_MAC_DROP;
	return row;
}

void sockets_expect(const char *name, struct packet packet, enum holder holder)
{
	static const uint16_t tags[][3] = {{0}, {VLAN_8021Q}, {VLAN_8021AD, VLAN_8021Q}};
	const char *own_macs[] = {NODE2_MAC, NODE1_MAC};

	for (size_t i = 0; i < 2 * 2 * COUNT(tags); i++) {
		bool own = i & 1, on_default_node = i >> 1 & 1;
		struct row row = expected(on_default_node, own, holder);

		row.name = name;
		row.packet = packet;
		memcpy(row.packet.tag, tags[i / 4], sizeof(tags[0]));
		row.packet.to = own ? own_macs[on_default_node] : CLUSTER_MAC;
		xdp_row(on_default_node ? &default_node : &sockets_node2, &row);
	}
}

struct connection sockets_connect(const struct side *side, uint16_t port)
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
