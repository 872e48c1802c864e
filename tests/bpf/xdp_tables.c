// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The XDP program, packet by packet: which verdict, which reason, which rule, which bytes. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bpf/xdp.h"

#define REASON(name) XNLB_REASON_##name

/* clang-format off */
#define TO4(protocol, port) .src = CLIENT4, .dst = IP4, .proto = (protocol), .sport = 40000, .dport = (port)
#define TO6(protocol, port) .src = CLIENT6, .dst = IP6, .proto = (protocol), .sport = 40000, .dport = (port)
#define TCP4(port) TO4(IPPROTO_TCP, port)
#define TCP6(port) TO6(IPPROTO_TCP, port)
#define UDP4(port) TO4(IPPROTO_UDP, port)
#define UDP6(port) TO6(IPPROTO_UDP, port)
#define ICMP4(kind) .src = CLIENT4, .dst = IP4, .proto = IPPROTO_ICMP, .icmp_type = (kind), .payload = 28
#define ICMP6(kind) .src = CLIENT6, .dst = IP6, .proto = IPPROTO_ICMPV6, .icmp_type = (kind), .payload = 48

/* What is the same on each node. */
static const struct row everywhere[] = {
	/* Not for a cluster IP. */
	{"other IPv4", {.to = NODE1_MAC, .src = CLIENT4, .dst = NODE4, .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"other IPv6", {.to = NODE1_MAC, .src = CLIENT6, .dst = NODE6, .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"other IPv4 to the cluster MAC", {.src = CLIENT4, .dst = NODE4, .proto = 17}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"other IPv4, broken", {.to = NODE1_MAC, .src = CLIENT4, .dst = NODE4, .first_byte = 0x41}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"first byte differs", {.src = CLIENT4, .dst = "193.168.1.100", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"last byte differs", {.src = CLIENT4, .dst = "192.168.1.228", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv6, first word differs", {.src = CLIENT6, .dst = "fe00::100", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv6, second word differs", {.src = CLIENT6, .dst = "fd00:0:1::100", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv6, third word differs", {.src = CLIENT6, .dst = "fd00::1:0:0:100", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv6, fourth word differs", {.src = CLIENT6, .dst = "fd00::101", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv6, words in another order", {.src = CLIENT6, .dst = "0:100::fd00:0", .proto = 6}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"IPv4 broadcast", {.to = BROADCAST, .src = CLIENT4, .dst = "255.255.255.255", .proto = 17}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"cluster IP as source only", {.to = NODE1_MAC, .src = IP4, .dst = NODE4, .proto = 17}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"0.0.0.0", {.src = CLIENT4, .dst = "0.0.0.0", .proto = 17}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"::", {.src = CLIENT6, .dst = "::", .proto = 17}, PASSED, REASON(NOT_CLUSTER), NULL},

	/* Not IP. */
	{"ARP request", {.to = BROADCAST, .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}}, PASSED, REASON(NOT_IP), NULL},
	{"heartbeat's EtherType", {.type = 0x88b5, .payload = 60}, PASSED, REASON(NOT_IP), NULL},
	{"802.3 length", {.type = 46, .payload = 46}, PASSED, REASON(NOT_IP), NULL},
	{"three tags", {.tag = {VLAN_8021AD, VLAN_8021Q, VLAN_8021Q}, TCP4(80)}, DROPPED, REASON(TAGS), NULL},
	{"three tags, to the node's own MAC", {.to = NODE1_MAC, .tag = {VLAN_8021Q, VLAN_8021Q, VLAN_8021AD}, TCP4(23)}, DROPPED, REASON(TAGS), NULL},
	{"two tags without IP", {.tag = {VLAN_8021AD, VLAN_8021Q}, .type = 0x88b5, .payload = 60}, PASSED, REASON(NOT_IP), NULL},
	{"a tag of another kind", {.tag = {0x9100}, TCP4(80)}, PASSED, REASON(NOT_IP), NULL},
	{"a tag of another kind behind one", {.tag = {VLAN_8021Q, 0x9100}, TCP4(80)}, PASSED, REASON(NOT_IP), NULL},
	{"IPv6 as IPv4", {.type = 0x0800, TCP6(80)}, PASSED, REASON(NOT_CLUSTER), NULL},

	/* To another MAC. */
	{"promiscuous NIC", {.to = NODE2_MAC, TCP4(80)}, PASSED, REASON(OTHER_MAC), NULL},
	{"promiscuous NIC, IPv6", {.to = NODE2_MAC, TCP6(80)}, PASSED, REASON(OTHER_MAC), NULL},
	{"promiscuous NIC, broken", {.to = NODE2_MAC, TCP4(80), .first_byte = 0x41}, PASSED, REASON(OTHER_MAC), NULL},
	{"MAC 0", {.to = NO_MAC, UDP4(80)}, PASSED, REASON(OTHER_MAC), NULL},
	{"broadcast", {.to = BROADCAST, UDP4(80)}, DROPPED, REASON(GROUP_MAC), NULL},
	{"broadcast, IPv6", {.to = BROADCAST, UDP6(80)}, DROPPED, REASON(GROUP_MAC), NULL},
	{"multicast", {.to = GROUP_MAC, UDP4(80)}, DROPPED, REASON(GROUP_MAC), NULL},
	{"all nodes", {.to = ALL_NODES, UDP6(80)}, DROPPED, REASON(GROUP_MAC), NULL},
	{"broadcast, tagged", {.to = BROADCAST, .tag = {VLAN_8021Q}, UDP4(80)}, DROPPED, REASON(GROUP_MAC), NULL},

	/* What every node takes. */
	{"later fragment", {TCP4(0), .offset = 1480, .payload = 100}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment, more follow", {UDP4(0), .offset = 8, .more = true}, TAKEN, REASON(FRAGMENT), NULL},
	{"last possible offset", {UDP4(0), .offset = 65528}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment without a byte", {TCP4(0), .offset = 1480}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment, IPv6", {TCP6(0), .offset = 1448, .payload = 100}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment, IPv6, more follow", {UDP6(0), .offset = 8, .more = true}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment, IPv6, last offset", {UDP6(0), .offset = 65528}, TAKEN, REASON(FRAGMENT), NULL},
	{"middle offset", {UDP4(0), .offset = 32768}, TAKEN, REASON(FRAGMENT), NULL},
	{"middle offset, IPv6", {UDP6(0), .offset = 32768}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment to the node's own MAC", {.to = NODE1_MAC, UDP4(0), .offset = 8}, TAKEN, REASON(FRAGMENT), NULL},
	{"later fragment of ICMP", {ICMP4(8), .offset = 1480}, TAKEN, REASON(FRAGMENT), NULL},
	{"destination unreachable", {ICMP4(3)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"time exceeded", {ICMP4(11)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"parameter problem", {ICMP4(12)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMP error, tagged", {.tag = {VLAN_8021AD, VLAN_8021Q}, ICMP4(3)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMP error behind options", {ICMP4(3), .options = 40}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMPv6 unreachable", {ICMP6(1)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMPv6 packet too big", {ICMP6(2)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMPv6 time exceeded", {ICMP6(3)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMPv6 parameter problem", {ICMP6(4)}, TAKEN, REASON(ICMP_ERROR), NULL},
	{"ICMPv6, the last error type", {ICMP6(127)}, TAKEN, REASON(ICMP_ERROR), NULL},

	/* Questions about the address are for the tc companion. */
	{"solicitation to the cluster IP", {.src = CLIENT6, .dst = IP6, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC}}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"solicitation without an option", {.src = CLIENT6, .dst = IP6, .nd = {135, .target = IP6}}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"solicitation to the node's own MAC", {.to = NODE1_MAC, .src = CLIENT6, .dst = IP6, .nd = {135, .target = IP6}}, PASSED, REASON(NOT_CLUSTER), NULL},
	{"solicitation to another MAC", {.to = NODE2_MAC, .src = CLIENT6, .dst = IP6, .nd = {135, .target = IP6}}, PASSED, REASON(OTHER_MAC), NULL},

	/* Malformed. */
	{"version 5", {TCP4(80), .first_byte = 0x55}, DROPPED, REASON(MALFORMED), NULL},
	{"version 0", {TCP4(80), .first_byte = 0x05}, DROPPED, REASON(MALFORMED), NULL},
	{"version 6 as IPv4", {TCP4(80), .first_byte = 0x65}, DROPPED, REASON(MALFORMED), NULL},
	{"header of 0 words", {TCP4(80), .first_byte = 0x40}, DROPPED, REASON(MALFORMED), NULL},
	{"header of 4 words", {TCP4(80), .first_byte = 0x44}, DROPPED, REASON(MALFORMED), NULL},
	{"header beyond the frame", {UDP4(80), .first_byte = 0x4f}, DROPPED, REASON(MALFORMED), NULL},
	{"total length shorter than the header", {TCP4(80), .total = 19}, DROPPED, REASON(MALFORMED), NULL},
	{"total length shorter than the options", {TCP4(80), .options = 8, .total = 27}, DROPPED, REASON(MALFORMED), NULL},
	{"version 4 as IPv6", {TCP6(80), .first_byte = 0x45}, DROPPED, REASON(MALFORMED), NULL},
	{"version 7 as IPv6", {TCP6(80), .first_byte = 0x70}, DROPPED, REASON(MALFORMED), NULL},
	{"malformed to the node's own MAC", {.to = NODE1_MAC, TCP4(80), .first_byte = 0x44}, DROPPED, REASON(MALFORMED), NULL},
	{"malformed, tagged", {.tag = {VLAN_8021Q}, TCP4(80), .first_byte = 0x44}, DROPPED, REASON(MALFORMED), NULL},
};

/* Port rules, on node 1. */
static const struct row rules[] = {
	{"single mode, mine", {TCP4(5432)}, TAKEN, REASON(OWN_BUCKET), "mine-first"},
	{"single mode, mine, IPv6", {UDP6(5432)}, TAKEN, REASON(OWN_BUCKET), "mine-first"},
	{"single mode, theirs", {TCP4(5433)}, DROPPED, REASON(OTHER_BUCKET), "theirs-first"},
	{"single mode, theirs, IPv6", {TCP6(5433)}, DROPPED, REASON(OTHER_BUCKET), "theirs-first"},
	{"disabled", {TCP4(23)}, DROPPED, REASON(DISABLED), "off"},
	{"disabled, IPv6", {UDP6(23)}, DROPPED, REASON(DISABLED), "off"},
	{"disabled, to the node's own MAC", {.to = NODE1_MAC, TCP4(23)}, DROPPED, REASON(DISABLED), "off"},
	{"nobody's", {TCP4(99)}, DROPPED, REASON(NO_OWNER), "nobody"},
	{"nobody's, IPv6", {UDP6(99)}, DROPPED, REASON(NO_OWNER), "nobody"},
	{"nobody's, to the node's own MAC", {.to = NODE1_MAC, TCP4(99)}, DROPPED, REASON(NO_OWNER), "nobody"},
	{"port 0", {TCP4(0)}, DROPPED, REASON(OTHER_BUCKET), "theirs-lowest"},
	{"port 0, IPv6", {UDP6(0)}, DROPPED, REASON(OTHER_BUCKET), "theirs-lowest"},
	{"port 65535", {TCP4(65535)}, TAKEN, REASON(OWN_BUCKET), "mine-highest"},
	{"port 65535, IPv6", {UDP6(65535)}, TAKEN, REASON(OWN_BUCKET), "mine-highest"},
	{"range, first port", {UDP4(8000)}, TAKEN, REASON(OWN_BUCKET), "mine-range"},
	{"range, last port", {UDP4(8099)}, TAKEN, REASON(OWN_BUCKET), "mine-range"},
	{"below the range", {UDP4(7999)}, DROPPED, REASON(NO_SOCKET), NULL},
	{"above the range", {UDP4(8100)}, DROPPED, REASON(NO_SOCKET), NULL},
	{"range, other protocol", {TCP4(8000), .flags = TCP_SYN}, TAKEN, REASON(DEFAULT_NODE), NULL},
	{"rule of one cluster IP", {.src = CLIENT4, .dst = IP4_B, .proto = 6, .dport = 7000}, TAKEN, REASON(OWN_BUCKET), "mine-b"},
	{"rule of another cluster IP", {TCP4(7000), .flags = TCP_SYN}, TAKEN, REASON(DEFAULT_NODE), NULL},
	{"rule of all IPs on the second", {.src = CLIENT4, .dst = IP4_B, .proto = 17, .dport = 90}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"the source port does not count", {.src = CLIENT4, .dst = IP4, .proto = 6, .sport = 90, .dport = 1, .flags = TCP_SYN}, TAKEN, REASON(DEFAULT_NODE), NULL},
	{"SYN", {TCP4(80), .flags = TCP_SYN}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"RST", {TCP4(90), .flags = TCP_RST}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"options", {TCP4(90), .options = 4}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"options, all of them", {UDP4(80), .options = 40}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"first fragment", {UDP4(90), .more = true}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"first fragment, IPv6", {UDP6(90), .more = true}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"fragment that is the whole", {TCP6(80), .fragment = true}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"jumbo frame", {UDP4(80), .payload = 8900}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"jumbo frame, theirs", {UDP6(90), .payload = 8900}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"more bytes than the total length", {UDP4(80), .payload = 40, .total = 40}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"fewer bytes than the total length", {UDP4(80), .total = 1400}, TAKEN, REASON(OWN_BUCKET), "mine-none"},

	/* To the node's own MAC: a stale neighbour entry. */
	{"mine, wrong MAC", {.to = NODE1_MAC, TCP4(80)}, TAKEN, REASON(WRONG_MAC), "mine-none"},
	{"mine, wrong MAC, IPv6", {.to = NODE1_MAC, UDP6(81)}, TAKEN, REASON(WRONG_MAC), "mine-single"},
	{"theirs, wrong MAC", {.to = NODE1_MAC, UDP4(92)}, DROPPED, REASON(WRONG_MAC_DROP), "theirs-network"},
	{"theirs, wrong MAC, IPv6", {.to = NODE1_MAC, TCP6(90)}, DROPPED, REASON(WRONG_MAC_DROP), "theirs-none"},
	{"default, wrong MAC", {.to = NODE1_MAC, TCP4(1), .flags = TCP_SYN}, TAKEN, REASON(WRONG_MAC), NULL},
	{"no connection of the default node, wrong MAC", {.to = NODE1_MAC, UDP6(1)}, DROPPED, REASON(WRONG_MAC_DROP), NULL},

	/* IPv6 extension headers: the rules go by what is behind them. */
	{"destination options", {TCP6(80), .extensions = "d"}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"destination options, theirs", {UDP6(90), .extensions = "d"}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"destination options, disabled", {TCP6(23), .extensions = "d"}, DROPPED, REASON(DISABLED), "off"},
	{"long destination options", {TCP6(80), .extensions = "D"}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"hop-by-hop options", {UDP6(80), .extensions = "h"}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"routing header", {TCP6(23), .extensions = "r"}, DROPPED, REASON(DISABLED), "off"},
	{"authentication header", {TCP6(90), .extensions = "a"}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"fragment header with a length", {TCP6(23), .extensions = "f"}, DROPPED, REASON(DISABLED), "off"},
	{"all of them", {TCP6(80), .extensions = "hdrfad"}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"all of them, tagged", {.tag = {VLAN_8021AD, VLAN_8021Q}, UDP6(90), .extensions = "hdrfad"}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"all of them, theirs, wrong MAC", {.to = NODE1_MAC, TCP6(90), .extensions = "hdrfad"}, DROPPED, REASON(WRONG_MAC_DROP), "theirs-none"},
	{"one too many", {TCP6(80), .extensions = "hdrfadd"}, DROPPED, REASON(MALFORMED), NULL},
	{"too long", {TCP6(80), .extensions = "DDDDDDDD"}, DROPPED, REASON(MALFORMED), NULL},
	{"options and first fragment", {UDP6(90), .extensions = "d", .more = true}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
	{"options and later fragment", {UDP6(90), .extensions = "hd", .offset = 8}, TAKEN, REASON(FRAGMENT), NULL},
	{"options, SYN without a rule", {TCP6(1), .extensions = "d", .flags = TCP_SYN}, TAKEN, REASON(DEFAULT_NODE), NULL},
	{"options, ACK without a rule", {TCP6(1), .extensions = "d"}, DROPPED, REASON(NO_SOCKET), NULL},
	{"options, no next header", {TO6(59, 0), .extensions = "d"}, TAKEN, REASON(DEFAULT_NODE), NULL},
	{"options, ICMPv6 error", {ICMP6(1), .extensions = "d"}, TAKEN, REASON(ICMP_ERROR), NULL},
};

/* What no rule covers: the default node's. */
#define NO_RULE_REQUESTS(verdict, reason) \
	{"no rule, SYN", {TCP4(1), .flags = TCP_SYN}, verdict, reason, NULL}, \
	{"no rule, SYN over IPv6", {TCP6(1), .flags = TCP_SYN}, verdict, reason, NULL}, \
	{"no rule, SYN and PSH", {TCP6(1), .flags = TCP_SYN | 8}, verdict, reason, NULL}, \
	{"echo request", {ICMP4(8)}, verdict, reason, NULL}, \
	{"echo reply", {ICMP4(0)}, verdict, reason, NULL}, \
	{"redirect", {ICMP4(5)}, verdict, reason, NULL}, \
	{"ICMPv6 echo request", {ICMP6(128)}, verdict, reason, NULL}, \
	{"solicitation from afar", {.src = CLIENT6, .dst = IP6, .hop_limit = 254, .nd = {135, .target = IP6}}, verdict, reason, NULL}, \
	{"solicitation for another address", {.src = CLIENT6, .dst = IP6, .nd = {135, .target = NODE6}}, verdict, reason, NULL}, \
	{"ICMP over IPv6", {TO6(IPPROTO_ICMP, 0), .icmp_type = 3}, verdict, reason, NULL}, \
	{"ICMPv6 over IPv4", {TO4(IPPROTO_ICMPV6, 0), .icmp_type = 1}, verdict, reason, NULL}, \
	{"GRE", {TO4(47, 0), .payload = 20}, verdict, reason, NULL}, \
	{"GRE with nothing in it", {TO4(47, 0)}, verdict, reason, NULL}, \
	{"ESP over IPv6", {TO6(50, 0), .payload = 20}, verdict, reason, NULL}, \
	{"protocol 0", {TO4(0, 0), .payload = 20}, verdict, reason, NULL}, \
	{"protocol 255", {TO4(255, 0)}, verdict, reason, NULL}, \
	{"first fragment of GRE", {TO6(47, 0), .more = true}, verdict, reason, NULL}, \
	{"SYN, tagged", {.tag = {VLAN_8021Q}, TCP4(1), .flags = TCP_SYN}, verdict, reason, NULL}

/* What belongs to a connection, if it is anybody's: here it is not this node's. */
#define NO_RULE_REST(verdict, reason) \
	{"no rule, ACK", {TCP4(1)}, verdict, reason, NULL}, \
	{"no rule, RST", {TCP4(1), .flags = TCP_RST}, verdict, reason, NULL}, \
	{"no rule, SYN and ACK", {TCP4(1), .flags = TCP_SYN | TCP_ACK}, verdict, reason, NULL}, \
	{"no rule, UDP", {UDP4(1)}, verdict, reason, NULL}, \
	{"no rule, ACK over IPv6", {TCP6(1)}, verdict, reason, NULL}, \
	{"no rule, UDP over IPv6", {UDP6(1)}, verdict, reason, NULL}, \
	{"no rule, UDP, first fragment", {UDP6(1), .more = true}, verdict, reason, NULL}, \
	{"ACK, tagged", {.tag = {VLAN_8021Q}, TCP4(1)}, verdict, reason, NULL}

#define NO_RULE_PACKETS(verdict, reason) \
	NO_RULE_REQUESTS(verdict, reason), NO_RULE_REST(verdict, reason)

static const struct row default_node[] = {
	NO_RULE_REQUESTS(TAKEN, REASON(DEFAULT_NODE)),
	NO_RULE_REST(DROPPED, REASON(NO_SOCKET)),
};
static const struct row no_rule[] = {
	NO_RULE_PACKETS(DROPPED, REASON(NO_RULE)),
	{"no rule, wrong MAC", {.to = NODE1_MAC, TCP4(1)}, DROPPED, REASON(WRONG_MAC_DROP), NULL},
	{"rules do not care, mine", {TCP4(80)}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
	{"rules do not care, theirs", {TCP4(90)}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
};

/* The same with the roles of nodes 1 and 2 exchanged. */
static const struct row on_node2[] = {
	NO_RULE_PACKETS(DROPPED, REASON(NO_RULE)),
	{"node1's", {TCP4(80)}, DROPPED, REASON(OTHER_BUCKET), "mine-none"},
	{"node2's", {UDP6(90)}, TAKEN, REASON(OWN_BUCKET), "theirs-none"},
	{"node1's, wrong MAC", {.to = NODE2_MAC, TCP4(80)}, DROPPED, REASON(WRONG_MAC_DROP), "mine-none"},
	{"node2's, wrong MAC", {.to = NODE2_MAC, TCP4(90)}, TAKEN, REASON(WRONG_MAC), "theirs-none"},
	{"to node1's MAC", {.to = NODE1_MAC, TCP4(90)}, PASSED, REASON(OTHER_MAC), NULL},
	{"disabled", {TCP4(23)}, DROPPED, REASON(DISABLED), "off"},
};
/* clang-format on */

static struct programs programs;
static struct tables *tables;

static void load(uint8_t node, enum xnlb_default action)
{
	static struct cluster cluster;

	cluster = test_cluster;
	cluster.default_action = action;
	tables = programs_tables(&cluster, node, &test_key);
	programs_load(tables, &programs);
}

static void load_node1(void)
{
	load(1, XNLB_DEFAULT_NODE);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

static void run(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		xdp_row(&programs, &rows[i]);
}

TestSuite(xdp, .init = load_node1, .fini = unload);
TestSuite(xdp_elsewhere, .fini = unload);

Test(xdp, everywhere)
{
	run(everywhere, COUNT(everywhere));
}

Test(xdp, rules)
{
	run(rules, COUNT(rules));
}

Test(xdp, default_node)
{
	run(default_node, COUNT(default_node));
}

Test(xdp_elsewhere, default_drop)
{
	load(1, XNLB_DEFAULT_DROP);
	run(no_rule, COUNT(no_rule));
}

Test(xdp_elsewhere, node2)
{
	load(2, XNLB_DEFAULT_NODE);
	run(on_node2, COUNT(on_node2));
}

/* Every rule of multiple mode, with each family, protocol, TCP flag, fragment and depth of tags. */
static void run_product(const struct row *base)
{
	static const uint16_t tags[][3] = {{0},
					   {VLAN_8021Q},
					   {VLAN_8021AD},
					   {VLAN_8021Q, VLAN_8021Q},
					   {VLAN_8021Q, VLAN_8021AD},
					   {VLAN_8021AD, VLAN_8021Q},
					   {VLAN_8021AD, VLAN_8021AD}};
	static const uint8_t flags[] = {TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_FIN | TCP_ACK,
					TCP_RST};
	char name[160];

	for (unsigned int i = 0; i < 2 * 2 * COUNT(tags) * COUNT(flags) * 2; i++) {
		struct row row = *base;
		unsigned int six = i & 1, udp = i >> 1 & 1, more = i >> 2 & 1,
			     tag = (i >> 3) % COUNT(tags), flag = (i >> 3) / COUNT(tags);

		snprintf(name, sizeof(name), "%s, IPv%d, %s, %04x %04x, flags %x, %s", base->rule,
			 six ? 6 : 4, udp ? "UDP" : "TCP", tags[tag][0], tags[tag][1], flags[flag],
			 more ? "first fragment" : "whole");
		row.name = name;
		row.packet.src = six ? CLIENT6 : CLIENT4;
		row.packet.dst = six ? IP6 : IP4;
		row.packet.proto = udp ? IPPROTO_UDP : IPPROTO_TCP;
		row.packet.sport = 40000;
		row.packet.more = more;
		memcpy(row.packet.tag, tags[tag], sizeof(tags[tag]));
		row.packet.flags = flags[flag];
		xdp_row(&programs, &row);
	}
}

Test(xdp, product, .timeout = 60)
{
	static const struct row bases[] = {
		{"", {.dport = 80}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
		{"", {.dport = 81}, TAKEN, REASON(OWN_BUCKET), "mine-single"},
		{"", {.dport = 82}, TAKEN, REASON(OWN_BUCKET), "mine-network"},
		{"", {.dport = 90}, DROPPED, REASON(OTHER_BUCKET), "theirs-none"},
		{"", {.dport = 91}, DROPPED, REASON(OTHER_BUCKET), "theirs-single"},
		{"", {.dport = 92}, DROPPED, REASON(OTHER_BUCKET), "theirs-network"},
	};

	for (size_t i = 0; i < COUNT(bases); i++)
		run_product(&bases[i]);
}

/* A table entry that is missing: a fault of xnlb, which drops and says so. */
Test(xdp_elsewhere, internal)
{
	static const struct row rows[] = {
		{"no row", {TCP4(80)}, DROPPED, REASON(INTERNAL), NULL},
		{"no row, IPv6", {UDP6(80)}, DROPPED, REASON(INTERNAL), NULL},
		{"no plan", {UDP4(80)}, DROPPED, REASON(INTERNAL), "mine-none"},
		{"no plan, wrong MAC",
		 {.to = NODE1_MAC, UDP4(80)},
		 DROPPED,
		 REASON(INTERNAL),
		 "mine-none"},
	};

	tables = programs_tables(&test_cluster, 1, &test_key);
	for (int i = 0; i < XNLB_IP_SLOTS; i++) {
		tables->setup.ip4[i].row_tcp = UINT16_MAX;
		tables->setup.ip6[i].row_udp = (uint16_t)tables->cluster.rows;
	}
	for (uint32_t i = 0; i < tables->cluster.rows; i++)
		tables->row[i].code[80] = xnlb_code(test_rule("mine-none"), 1000,
						    XNLB_AFFINITY_NONE, XNLB_FILTER_MULTIPLE);
	programs_load(tables, &programs);
	run(rows, COUNT(rows));
}

/* A publish: the other half of the owners is filled, then `live.active` is flipped. */
Test(xdp, two_halves)
{
	static const struct row before[] = {
		{"mine", {TCP4(80)}, TAKEN, REASON(OWN_BUCKET), "mine-none"},
		{"theirs", {UDP6(92)}, DROPPED, REASON(OTHER_BUCKET), "theirs-network"},
		{"default", {ICMP4(8)}, TAKEN, REASON(DEFAULT_NODE), NULL},
	};
	static const struct row after[] = {
		{"mine no more", {TCP4(80)}, DROPPED, REASON(OTHER_BUCKET), "mine-none"},
		{"mine now", {UDP6(92)}, TAKEN, REASON(OWN_BUCKET), "theirs-network"},
		{"default elsewhere", {ICMP4(8)}, DROPPED, REASON(NO_RULE), NULL},
	};
	static const struct xnlb_live
		first = {.active = 0, .epoch = 1, .lease_ns = XNLB_LEASE_FOREVER},
		second = {.active = 1, .epoch = 2, .lease_ns = XNLB_LEASE_FOREVER},
		third = {.active = 0, .epoch = 3, .lease_ns = XNLB_LEASE_FOREVER};
	const uint32_t room = tables->cluster.room;

	for (uint32_t plan = 0; plan < tables->cluster.plans; plan++) {
		struct xnlb_plan exchanged = tables->plan[plan];

		for (int i = 0; i < XNLB_BUCKETS; i++)
			exchanged.owner[i] = exchanged.owner[i] == 1 ? 2 : 1;
		programs_write(&programs, "owners", room + plan, &exchanged);
	}
	programs_write(&programs, "live", 0, &first);
	run(before, COUNT(before));
	programs_write(&programs, "live", 0, &second);
	run(after, COUNT(after));
	programs_write(&programs, "live", 0, &third);
	run(before, COUNT(before));
}
