// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tc companions, packet by packet: what they return, what they count, and the frame that is
 * left. Frames run as if `lo` had received them, whose MAC is 0: PACKET_HOST is what is sent there.
 */
#include <criterion/criterion.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bpf/network.h"
#include "bpf/programs.h"

#define NOTHING XNLB_REASONS /* left to whoever comes next, and not counted */

struct tc_row {
	const char *name;
	struct packet packet;
	enum xnlb_reason reason; /* ANSWERED: sent back, others: dropped */
	struct packet answer;
};

#define SOLICITED "ff02::1:ff00:100" /* the group of IP6 */
#define LINK6	  "fe80::3"
#define NA_FLAGS  0x60000000u /* solicited, override */
#define DAD_FLAGS 0x20000000u

/* clang-format off */
#define ASKS(asked) {1, CLIENT_MAC, CLIENT4, NO_MAC, asked}
#define TELLS(asked) {2, CLUSTER_MAC, asked, CLIENT_MAC, CLIENT4}
#define NS(asked) .src = LINK6, .dst = SOLICITED, .nd = {135, .target = asked, .option = 1, .mac = CLIENT_MAC}
#define NA .src = IP6, .dst = LINK6, .nd = {136, NA_FLAGS, IP6, 2, .mac = CLUSTER_MAC}
#define BACK .to = CLIENT_MAC, .from = NODE1_MAC

/* Requests that the default node answers. */
static const struct tc_row answered[] = {
	{"ARP request", {.to = BROADCAST, .arp = ASKS(IP4)}, XNLB_REASON_ANSWERED, {BACK, .arp = TELLS(IP4)}},
	{"ARP request, second IP", {.to = BROADCAST, .arp = ASKS(IP4_B)}, XNLB_REASON_ANSWERED, {BACK, .arp = TELLS(IP4_B)}},
	{"ARP request, padded", {.to = BROADCAST, .arp = ASKS(IP4), .payload = 18}, XNLB_REASON_ANSWERED, {BACK, .arp = TELLS(IP4), .payload = 18}},
	{"ARP probe", {.to = BROADCAST, .arp = {1, CLIENT_MAC, "0.0.0.0", NO_MAC, IP4}}, XNLB_REASON_ANSWERED, {BACK, .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, "0.0.0.0"}}},
	{"ARP request to the cluster MAC", {.arp = {1, CLIENT_MAC, CLIENT4, CLUSTER_MAC, IP4}}, XNLB_REASON_ANSWERED, {BACK, .arp = TELLS(IP4)}},
	{"ARP request, one tag", {.to = BROADCAST, .tag = {VLAN_8021Q}, .arp = ASKS(IP4)}, XNLB_REASON_ANSWERED, {BACK, .tag = {VLAN_8021Q}, .arp = TELLS(IP4)}},
	{"ARP request, two tags", {.to = BROADCAST, .tag = {VLAN_8021AD, VLAN_8021Q}, .arp = ASKS(IP4)}, XNLB_REASON_ANSWERED, {BACK, .tag = {VLAN_8021AD, VLAN_8021Q}, .arp = TELLS(IP4)}},
	{"solicitation", {.to = GROUP_MAC, NS(IP6)}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation from afar", {.to = GROUP_MAC, .src = CLIENT6, .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC}}, XNLB_REASON_ANSWERED, {BACK, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, IP6, 2, .mac = CLUSTER_MAC}}},
	{"solicitation without an option", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6}}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation with more options", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC, .padding = 5}}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation with a nonce first", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .padding = 2}}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation with bytes behind its end", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6}, .total = 24, .payload = 6}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation to the cluster IP", {.src = LINK6, .dst = IP6, .nd = {135, .target = IP6}}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"solicitation, one tag", {.to = GROUP_MAC, .tag = {VLAN_8021AD}, NS(IP6)}, XNLB_REASON_ANSWERED, {BACK, .tag = {VLAN_8021AD}, NA}},
	{"solicitation, two tags", {.to = GROUP_MAC, .tag = {VLAN_8021Q, VLAN_8021Q}, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6}}, XNLB_REASON_ANSWERED, {BACK, .tag = {VLAN_8021Q, VLAN_8021Q}, NA}},
	{"duplicate address detection", {.to = GROUP_MAC, .src = "::", .dst = SOLICITED, .nd = {135, .target = IP6}}, XNLB_REASON_ANSWERED, {.to = ALL_NODES, .from = NODE1_MAC, .src = IP6, .dst = "ff02::1", .nd = {136, DAD_FLAGS, IP6, 2, .mac = CLUSTER_MAC}}},
};

/* An option of `units`, as secure neighbour discovery has some, after the client's address. */
#define LONG(units) .to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC, .padding = 1}, .last_units = (units) - 1, .payload = ((units) - 1) * 8

static const struct tc_row long_solicitations[] = {
	{"256 bytes", {LONG(28)}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"264 bytes", {LONG(29)}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"1024 bytes", {LONG(124)}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"1032 bytes", {LONG(125)}, NOTHING, {0}},
	{"1024 bytes, wrong checksum", {LONG(124), .checksum = 1}, NOTHING, {0}},
	{"8 options", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .padding = 8}}, XNLB_REASON_ANSWERED, {BACK, NA}},
	{"9 options", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .padding = 9}}, NOTHING, {0}},
};

/* What a node leaves to the kernel, or drops because the XDP program never judged it. */
static const struct tc_row ingress[] = {
	{"ARP request to the node itself", {.to = NODE1_MAC, .arp = ASKS(IP4)}, NOTHING, {0}},
	{"ARP request, PACKET_HOST", {.to = NO_MAC, .arp = ASKS(IP4)}, NOTHING, {0}},
	{"ARP request for another address", {.to = BROADCAST, .arp = ASKS(NODE4)}, NOTHING, {0}},
	{"ARP announcement", {.to = BROADCAST, .arp = {1, CLIENT_MAC, IP4, NO_MAC, IP4}}, NOTHING, {0}},
	{"ARP reply", {.to = BROADCAST, .arp = {2, CLIENT_MAC, CLIENT4, NO_MAC, IP4}}, NOTHING, {0}},
	{"ARP of another operation", {.to = BROADCAST, .arp = {3, CLIENT_MAC, CLIENT4, NO_MAC, IP4}}, NOTHING, {0}},
	{"ARP, three tags", {.to = BROADCAST, .tag = {VLAN_8021AD, VLAN_8021Q, VLAN_8021Q}, .arp = ASKS(IP4)}, XNLB_REASON_TAGS, {0}},
	{"three tags, to the cluster", {.tag = {VLAN_8021Q, VLAN_8021Q, VLAN_8021Q}, .src = CLIENT4, .dst = IP4, .proto = IPPROTO_UDP}, XNLB_REASON_TAGS, {0}},
	{"three tags, to another machine", {.to = NODE2_MAC, .tag = {VLAN_8021Q, VLAN_8021Q, VLAN_8021Q}, .src = CLIENT4, .dst = IP4, .proto = IPPROTO_UDP}, NOTHING, {0}},
	{"solicitation to the node itself", {.to = NODE1_MAC, NS(IP6)}, NOTHING, {0}},
	{"solicitation, PACKET_HOST", {.to = NO_MAC, NS(IP6)}, NOTHING, {0}},
	{"solicitation for another address", {.to = GROUP_MAC, NS(NODE6)}, NOTHING, {0}},
	{"solicitation, forwarded by a router", {.to = GROUP_MAC, .hop_limit = 254, NS(IP6)}, NOTHING, {0}},
	{"solicitation, wrong checksum", {.to = GROUP_MAC, .checksum = 1, NS(IP6)}, NOTHING, {0}},
	{"solicitation, wrong checksum, one less", {.to = BROADCAST, .checksum = 0xffff, NS(IP6)}, NOTHING, {0}},
	{"solicitation, length without its target's end", {.to = GROUP_MAC, .total = 23, NS(IP6)}, NOTHING, {0}},
	{"solicitation, no length", {.to = GROUP_MAC, .total = 1, NS(IP6)}, NOTHING, {0}},
	{"solicitation, longer than the frame", {.to = GROUP_MAC, .total = 33, NS(IP6)}, NOTHING, {0}},
	{"solicitation, much longer than the frame", {.to = GROUP_MAC, .total = 1200, NS(IP6)}, NOTHING, {0}},
	{"solicitation, half an option", {.to = GROUP_MAC, .total = 28, NS(IP6)}, NOTHING, {0}},
	{"solicitation, option of length 0", {.to = GROUP_MAC, .last_units = 255, NS(IP6)}, NOTHING, {0}},
	{"solicitation, second option of length 0", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC, .padding = 1}, .last_units = 255}, NOTHING, {0}},
	{"solicitation, option longer than the packet", {.to = GROUP_MAC, .last_units = 1, NS(IP6)}, NOTHING, {0}},
	{"address detection with a source address", {.to = GROUP_MAC, .src = "::", .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC}}, NOTHING, {0}},
	{"address detection to all nodes", {.to = ALL_NODES, .src = "::", .dst = "ff02::1", .nd = {135, .target = IP6}}, NOTHING, {0}},
	{"advertisement", {.to = ALL_NODES, .src = LINK6, .dst = "ff02::1", .nd = {136, NA_FLAGS, IP6, 2, .mac = CLIENT_MAC}}, NOTHING, {0}},
	{"echo request to the group", {.to = GROUP_MAC, .src = LINK6, .dst = SOLICITED, .proto = IPPROTO_ICMPV6, .icmp_type = 128, .hop_limit = 255, .payload = 40}, NOTHING, {0}},
	{"another EtherType", {.type = 0x88b5, .payload = 60}, NOTHING, {0}},
	{"cluster MAC, other address", {.src = CLIENT4, .dst = NODE4, .proto = 6}, NOTHING, {0}},
	{"cluster MAC, other IPv6 address", {.src = CLIENT6, .dst = NODE6, .proto = 6}, NOTHING, {0}},
	{"cluster IP to another MAC", {.to = NODE2_MAC, .src = CLIENT4, .dst = IP4, .proto = 6}, NOTHING, {0}},
	{"never judged, broadcast", {.to = BROADCAST, .src = CLIENT4, .dst = IP4, .proto = 17}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, some group", {.to = GROUP_MAC, .src = CLIENT6, .dst = IP6, .proto = 17}, XNLB_REASON_NO_FILTER, {0}},
	{"stamped", {.to = NODE1_MAC, .src = CLIENT4, .dst = IP4, .proto = 6}, NOTHING, {0}},
	{"stamped, PACKET_HOST", {.to = NO_MAC, .src = CLIENT6, .dst = IP6, .proto = 6}, NOTHING, {0}},
	{"never judged", {.src = CLIENT4, .dst = IP4, .proto = 6}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, fragment", {.src = CLIENT4, .dst = IP4_B, .proto = 17, .offset = 8}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, broken", {.src = CLIENT4, .dst = IP4, .proto = 17, .first_byte = 0x41}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, IPv6", {.src = CLIENT6, .dst = IP6, .proto = 17}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, one tag", {.tag = {VLAN_8021Q}, .src = CLIENT6, .dst = IP6, .proto = 17}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, two tags", {.tag = {VLAN_8021AD, VLAN_8021Q}, .src = CLIENT4, .dst = IP4, .proto = 17}, XNLB_REASON_NO_FILTER, {0}},
	{"never judged, solicitation from afar", {.hop_limit = 1, .src = CLIENT6, .dst = IP6, .nd = {135, .target = IP6}}, XNLB_REASON_NO_FILTER, {0}},
};

#define FROM_NODE .to = CLIENT_MAC, .from = NODE1_MAC
#define FROM_CLUSTER .to = CLIENT_MAC, .from = CLUSTER_MAC

static const struct tc_row egress[] = {
	{"IPv4", {FROM_NODE, .src = IP4, .dst = CLIENT4, .proto = 6}, NOTHING, {0}},
	{"IPv6", {FROM_NODE, .src = IP6, .dst = CLIENT6, .proto = 6}, NOTHING, {0}},
	{"another EtherType", {FROM_NODE, .type = 0x88b5, .payload = 60}, NOTHING, {0}},
	{"ARP request of the node", {.to = BROADCAST, .from = NODE1_MAC, .arp = {1, NODE1_MAC, NODE4, NO_MAC, CLIENT4}}, NOTHING, {0}},
	{"ARP request of the node for the cluster IP", {.to = BROADCAST, .from = NODE1_MAC, .arp = {1, NODE1_MAC, NODE4, NO_MAC, IP4}}, NOTHING, {0}},
	{"ARP reply of the node", {FROM_NODE, .arp = {2, NODE1_MAC, NODE4, CLIENT_MAC, CLIENT4}}, NOTHING, {0}},
	{"ARP answer for the cluster IP", {FROM_NODE, .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4}}, NOTHING, {0}},
	{"ARP answer, two tags", {FROM_NODE, .tag = {VLAN_8021AD, VLAN_8021Q}, .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4}}, NOTHING, {0}},
	{"solicitation of the node", {.to = GROUP_MAC, .from = NODE1_MAC, .src = NODE6, .dst = SOLICITED, .nd = {135, .target = CLIENT6, .option = 1, .mac = NODE1_MAC}}, NOTHING, {0}},
	{"solicitation of the node for the cluster IP", {.to = GROUP_MAC, .from = NODE1_MAC, .src = NODE6, .dst = SOLICITED, .nd = {135, .target = IP6, .option = 1, .mac = NODE1_MAC}}, NOTHING, {0}},
	{"duplicate address detection of the node", {.to = GROUP_MAC, .from = NODE1_MAC, .src = "::", .dst = SOLICITED, .nd = {135, .target = IP6}}, NOTHING, {0}},
	{"advertisement of the node", {FROM_NODE, .src = NODE6, .dst = CLIENT6, .nd = {136, NA_FLAGS, NODE6, 2, .mac = NODE1_MAC}}, NOTHING, {0}},
	{"advertisement of the cluster IP", {FROM_NODE, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, IP6, 2, .mac = CLUSTER_MAC}}, NOTHING, {0}},
	{"echo request from the cluster IP", {FROM_NODE, .src = IP6, .dst = CLIENT6, .proto = IPPROTO_ICMPV6, .icmp_type = 128, .payload = 56}, NOTHING, {0}},

	{"cluster MAC as source", {FROM_CLUSTER, .src = IP4, .dst = CLIENT4, .proto = 6}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, three tags", {FROM_CLUSTER, .tag = {VLAN_8021Q, VLAN_8021Q, VLAN_8021Q}, .src = IP4, .dst = CLIENT4, .proto = 6}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, IPv6", {FROM_CLUSTER, .src = IP6, .dst = CLIENT6, .proto = 6}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, nothing of the cluster", {FROM_CLUSTER, .src = NODE4, .dst = CLIENT4, .proto = 6}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, another EtherType", {FROM_CLUSTER, .type = 0x88b5, .payload = 60}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, ARP", {FROM_CLUSTER, .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4}}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"cluster MAC as source, tags", {FROM_CLUSTER, .tag = {VLAN_8021Q, VLAN_8021Q}, .src = IP4, .dst = CLIENT4, .proto = 6}, XNLB_REASON_EGRESS_SOURCE, {0}},
	{"ARP request as the cluster IP", {.to = BROADCAST, .from = NODE1_MAC, .arp = {1, NODE1_MAC, IP4, NO_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP request as the second cluster IP", {.to = BROADCAST, .from = NODE1_MAC, .arp = {1, NODE1_MAC, IP4_B, NO_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP reply with the node's MAC", {FROM_NODE, .arp = {2, NODE1_MAC, IP4, CLIENT_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP announcement with the node's MAC", {.to = BROADCAST, .from = NODE1_MAC, .arp = {1, NODE1_MAC, IP4, NO_MAC, IP4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP reply with another node's MAC", {FROM_NODE, .arp = {2, NODE2_MAC, IP4, CLIENT_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP reply with the node's MAC, one tag", {FROM_NODE, .tag = {VLAN_8021Q}, .arp = {2, NODE1_MAC, IP4, CLIENT_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"ARP reply with the node's MAC, two tags", {FROM_NODE, .tag = {VLAN_8021AD, VLAN_8021Q}, .arp = {2, NODE1_MAC, IP4, CLIENT_MAC, CLIENT4}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"solicitation as the cluster IP", {.to = GROUP_MAC, .from = NODE1_MAC, .src = IP6, .dst = SOLICITED, .nd = {135, .target = CLIENT6, .option = 1, .mac = NODE1_MAC}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"solicitation as the cluster IP, no option", {.to = GROUP_MAC, .from = NODE1_MAC, .src = IP6, .dst = SOLICITED, .nd = {135, .target = CLIENT6}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"advertisement with the node's MAC", {FROM_NODE, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, IP6, 2, .mac = NODE1_MAC}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"advertisement from elsewhere with the node's MAC", {FROM_NODE, .src = NODE6, .dst = "ff02::1", .nd = {136, NA_FLAGS, IP6, 2, .mac = NODE1_MAC}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"advertisement without a MAC", {FROM_NODE, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, .target = IP6}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"advertisement with a nonce first", {FROM_NODE, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, IP6, .padding = 2}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
	{"advertisement with the node's MAC, two tags", {FROM_NODE, .tag = {VLAN_8021Q, VLAN_8021AD}, .src = IP6, .dst = CLIENT6, .nd = {136, NA_FLAGS, IP6, 2, .mac = NODE1_MAC}}, XNLB_REASON_EGRESS_ANNOUNCE, {0}},
};
/* clang-format on */

static struct programs programs;
static struct tables *tables;

static void load(uint8_t node)
{
	network_new(); /* a `lo` of its own, which nobody gives a MAC */
	tables = programs_tables(&test_cluster, node, &test_key);
	programs_load(tables, &programs);
}

static void load_default_node(void)
{
	load(1);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

TestSuite(tc, .init = load_default_node, .fini = unload);
TestSuite(tc_elsewhere, .fini = unload);

static void run_bytes(int program, const struct tc_row *row, const uint8_t *frame, size_t size)
{
	uint32_t code = row->reason == NOTHING		      ? (uint32_t)TC_ACT_UNSPEC
			: row->reason == XNLB_REASON_ANSWERED ? TC_ACT_REDIRECT
							      : TC_ACT_SHOT;
	static struct outcome outcome;
	uint8_t wanted[PACKET_MAX];

	programs_run(&programs, program, row->name, frame, size, &outcome);
	cr_expect_eq(outcome.code, code, "%s: returned %d, not %d", row->name, (int)outcome.code,
		     (int)code);
	cr_expect(outcome.counted.reason == row->reason && outcome.counted.rule == 0 &&
			  outcome.counted.packets == (row->reason != NOTHING),
		  "%s: %llu counted as %s", row->name, outcome.counted.packets,
		  outcome.counted.packets ? reason_name(outcome.counted.reason) : "nothing");
	if (row->reason == XNLB_REASON_ANSWERED) {
		size_t wanted_size = packet_build(&row->answer, wanted);

		same_frame(row->name, outcome.frame, outcome.size, wanted, wanted_size);
	} else {
		same_frame(row->name, outcome.frame, outcome.size, frame, size);
	}
}

static void run(int program, const struct tc_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t frame[PACKET_MAX];

		run_bytes(program, &rows[i], frame, packet_build(&rows[i].packet, frame));
	}
}

Test(tc, answered)
{
	run(programs.ingress, answered, COUNT(answered));
}

Test(tc, ingress)
{
	run(programs.ingress, ingress, COUNT(ingress));
}

Test(tc, egress)
{
	run(programs.egress, egress, COUNT(egress));
}

/* The other nodes are silent, and judge what was not judged alike. */
Test(tc_elsewhere, silent)
{
	load(2);
	for (size_t i = 0; i < COUNT(answered); i++) {
		struct tc_row row = answered[i];

		row.reason = NOTHING;
		run(programs.ingress, &row, 1);
	}
	for (size_t i = 0; i < COUNT(ingress); i++)
		if (ingress[i].reason == XNLB_REASON_NO_FILTER)
			run(programs.ingress, &ingress[i], 1);
}

/* An advertisement's checksum is right: over the answer itself, not over what the table says. */
Test(tc, long_solicitations)
{
	run(programs.ingress, long_solicitations, COUNT(long_solicitations));
}

Test(tc, checksums)
{
	for (size_t i = 0; i < COUNT(answered); i++) {
		static struct outcome outcome;
		const uint8_t *ip = outcome.frame + 14;
		uint8_t frame[PACKET_MAX];

		if (!answered[i].packet.nd.type)
			continue;
		programs_run(&programs, programs.ingress, answered[i].name, frame,
			     packet_build(&answered[i].packet, frame), &outcome);
		for (int tag = 0; answered[i].packet.tag[tag]; tag++)
			ip += 4;
		cr_expect_eq(packet_checksum6(ip, IPPROTO_ICMPV6, 32), 0, "%s", answered[i].name);
	}
}

/* Shorter frames BPF_PROG_TEST_RUN refuses: their EtherType promises an IP header. */
static size_t shortest(const struct packet *packet)
{
	if (packet->tag[0] || !packet->dst)
		return 14;
	return 14 + (strchr(packet->dst, ':') ? 40 : 20);
}

/*
 * A request that ends too early is not answered: ARP before its target's end, a solicitation before
 * the end that its header tells. What follows behind it does not matter.
 */
Test(tc, broken_requests, .timeout = 60)
{
	for (size_t i = 0; i < COUNT(answered); i++) {
		const struct packet *packet = &answered[i].packet;
		struct tc_row row = answered[i];
		uint8_t frame[PACKET_MAX];
		size_t whole = packet_build(packet, frame), network = 14, end;

		row.reason = NOTHING;
		for (int tag = 0; packet->tag[tag]; tag++)
			network += 4;
		end = network + 28;
		if (packet->nd.type)
			end = network + 40 + frame[network + 5];
		for (size_t size = shortest(packet); size < end; size++) {
			/* To the cluster's MAC and IP it is still a packet nobody has judged. */
			bool judged = packet->to || packet->arp.operation || size < network + 40;

			row.reason = judged ? NOTHING : XNLB_REASON_NO_FILTER;
			run_bytes(programs.ingress, &row, frame, size);
		}
		for (size_t size = end; size <= whole; size++) {
			row.reason = XNLB_REASON_ANSWERED;
			row.answer = answered[i].answer;
			row.answer.payload = (uint16_t)(packet->arp.operation ? size - end : 0);
			run_bytes(programs.ingress, &row, frame, size);
		}
	}
}

/* Of all operations only a request is answered; no announcement is, whatever its operation. */
Test(tc, arp_operations, .timeout = 60)
{
	struct tc_row row = {"ARP operation", {.to = BROADCAST, .arp = ASKS(IP4)}, NOTHING, {0}};

	for (uint16_t operation = 2; operation < 512; operation++) {
		row.packet.arp.operation = operation;
		row.packet.arp.sender = CLIENT4;
		run(programs.ingress, &row, 1);
		row.packet.arp.sender = IP4;
		run(programs.ingress, &row, 1);
	}
}

/* Each of the first eight bytes of an ARP packet changed in each bit: it is not ours any more. */
Test(tc, arp_of_another_kind)
{
	struct tc_row row = {"ARP", {.to = BROADCAST, .arp = ASKS(IP4)}, NOTHING, {0}};
	uint8_t frame[PACKET_MAX];
	size_t size = packet_build(&row.packet, frame);

	for (int bit = 0; bit < 64; bit++) {
		frame[14 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		run_bytes(programs.ingress, &row, frame, size);
		frame[14 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* The same for a solicitation's next header, type and code. */
Test(tc, solicitation_of_another_kind)
{
	static const size_t fields[] = {14 + 6, 14 + 40, 14 + 41};
	struct tc_row row = {"solicitation", {.to = GROUP_MAC, NS(IP6)}, NOTHING, {0}};
	uint8_t frame[PACKET_MAX];
	size_t size = packet_build(&row.packet, frame);

	for (size_t i = 0; i < COUNT(fields); i++)
		for (int bit = 0; bit < 8; bit++) {
			frame[fields[i]] ^= (uint8_t)(1 << bit);
			run_bytes(programs.ingress, &row, frame, size);
			frame[fields[i]] ^= (uint8_t)(1 << bit);
		}
}

/* Frames that end too early leave as they are, but for what was read before the end. */
Test(tc, egress_every_length, .timeout = 60)
{
	for (size_t i = 0; i < COUNT(egress); i++) {
		const struct packet *packet = &egress[i].packet;
		struct tc_row row = egress[i];
		uint8_t frame[PACKET_MAX];
		size_t whole = packet_build(packet, frame), tags = 0, headers;

		while (tags < 3 && packet->tag[tags])
			tags++;
		headers = 14 + 4 * tags + (packet->arp.operation ? 28 : packet->nd.type ? 64 : 0);
		if (row.reason == XNLB_REASON_EGRESS_SOURCE)
			headers = 14;
		for (size_t size = shortest(packet); size <= whole; size++) {
			row.reason = size < headers ? NOTHING : egress[i].reason;
			/* The option is missing: nobody says that the MAC is the cluster's. */
			if (packet->nd.type == 136 && !strcmp(packet->nd.target, IP6) &&
			    size >= headers && size < headers + 8)
				row.reason = XNLB_REASON_EGRESS_ANNOUNCE;
			run_bytes(programs.egress, &row, frame, size);
		}
	}
}
