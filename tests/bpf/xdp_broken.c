// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP program with frames that end too early: each kind of packet cut at every length. As long
 * as the destination address is missing, the frame is nobody's; without all headers it is malformed
 * and dropped; nothing behind the headers matters.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>

#include "bpf/xdp.h"

#define ETHERNET 14
#define TAG	 4
#define IPV4	 20
#define IPV6	 40
#define TCP	 20
#define UDP	 8
#define ICMP	 8
#define FRAGMENT 8

struct kind {
	struct row whole;
	size_t addresses; /* shorter: truncated */
	size_t headers;	  /* shorter: malformed */
};

/* clang-format off */
#define V4(protocol) .src = CLIENT4, .dst = IP4, .proto = (protocol), .sport = 40000, .dport = 80, .payload = 9
#define V6(protocol) .src = CLIENT6, .dst = IP6, .proto = (protocol), .sport = 40000, .dport = 80, .payload = 9
#define TAKEN_BY_RULE TAKEN, XNLB_REASON_OWN_BUCKET, "mine-none"
#define TAKEN_BY_DEFAULT TAKEN, XNLB_REASON_DEFAULT_NODE, NULL
#define TAKEN_AS(reason) TAKEN, XNLB_REASON_##reason, NULL

static const struct kind kinds[] = {
	{{"TCP", {V4(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + IPV4, ETHERNET + IPV4 + TCP},
	{{"TCP, 4 bytes of options", {V4(IPPROTO_TCP), .options = 4}, TAKEN_BY_RULE}, ETHERNET + IPV4, ETHERNET + IPV4 + 4 + TCP},
	{{"TCP, 40 bytes of options", {V4(IPPROTO_TCP), .options = 40}, TAKEN_BY_RULE}, ETHERNET + IPV4, ETHERNET + IPV4 + 40 + TCP},
	{{"TCP, one tag", {.tag = {VLAN_8021Q}, V4(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + TAG + IPV4, ETHERNET + TAG + IPV4 + TCP},
	{{"TCP, two tags", {.tag = {VLAN_8021AD, VLAN_8021Q}, V4(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + 2 * TAG + IPV4, ETHERNET + 2 * TAG + IPV4 + TCP},
	{{"TCP, two tags, options", {.tag = {VLAN_8021Q, VLAN_8021Q}, V4(IPPROTO_TCP), .options = 40}, TAKEN_BY_RULE}, ETHERNET + 2 * TAG + IPV4, ETHERNET + 2 * TAG + IPV4 + 40 + TCP},
	{{"UDP", {V4(IPPROTO_UDP)}, TAKEN_BY_RULE}, ETHERNET + IPV4, ETHERNET + IPV4 + UDP},
	{{"UDP, first fragment", {V4(IPPROTO_UDP), .more = true}, TAKEN_BY_RULE}, ETHERNET + IPV4, ETHERNET + IPV4 + UDP},
	{{"UDP, later fragment", {V4(IPPROTO_UDP), .offset = 8}, TAKEN_AS(FRAGMENT)}, ETHERNET + IPV4, ETHERNET + IPV4},
	{{"echo request", {V4(IPPROTO_ICMP), .icmp_type = 8}, TAKEN_BY_DEFAULT}, ETHERNET + IPV4, ETHERNET + IPV4 + ICMP},
	{{"unreachable", {V4(IPPROTO_ICMP), .icmp_type = 3}, TAKEN_AS(ICMP_ERROR)}, ETHERNET + IPV4, ETHERNET + IPV4 + ICMP},
	{{"GRE", {V4(47)}, TAKEN_BY_DEFAULT}, ETHERNET + IPV4, ETHERNET + IPV4},

	{{"TCP over IPv6", {V6(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + IPV6, ETHERNET + IPV6 + TCP},
	{{"TCP over IPv6, one tag", {.tag = {VLAN_8021AD}, V6(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + TAG + IPV6, ETHERNET + TAG + IPV6 + TCP},
	{{"TCP over IPv6, two tags", {.tag = {VLAN_8021AD, VLAN_8021AD}, V6(IPPROTO_TCP)}, TAKEN_BY_RULE}, ETHERNET + 2 * TAG + IPV6, ETHERNET + 2 * TAG + IPV6 + TCP},
	{{"UDP over IPv6", {V6(IPPROTO_UDP)}, TAKEN_BY_RULE}, ETHERNET + IPV6, ETHERNET + IPV6 + UDP},
	{{"UDP over IPv6, first fragment", {V6(IPPROTO_UDP), .more = true}, TAKEN_BY_RULE}, ETHERNET + IPV6, ETHERNET + IPV6 + FRAGMENT + UDP},
	{{"UDP over IPv6, later fragment", {V6(IPPROTO_UDP), .offset = 8}, TAKEN_AS(FRAGMENT)}, ETHERNET + IPV6, ETHERNET + IPV6 + FRAGMENT},
	{{"later fragment, two tags", {.tag = {VLAN_8021Q, VLAN_8021Q}, V6(IPPROTO_UDP), .offset = 8}, TAKEN_AS(FRAGMENT)}, ETHERNET + 2 * TAG + IPV6, ETHERNET + 2 * TAG + IPV6 + FRAGMENT},
	{{"UDP behind a fragment header and options", {V6(IPPROTO_UDP), .extensions = "fd"}, TAKEN_BY_RULE}, ETHERNET + IPV6, ETHERNET + IPV6 + FRAGMENT + 8 + UDP},
	{{"TCP behind all extensions", {V6(IPPROTO_TCP), .extensions = "hdrfad"}, TAKEN_BY_RULE}, ETHERNET + IPV6, ETHERNET + IPV6 + 80 + TCP},
	{{"TCP behind long options, two tags", {.tag = {VLAN_8021Q, VLAN_8021Q}, V6(IPPROTO_TCP), .extensions = "D"}, TAKEN_BY_RULE}, ETHERNET + 2 * TAG + IPV6, ETHERNET + 2 * TAG + IPV6 + 256 + TCP},
	{{"ICMPv6 echo request", {V6(IPPROTO_ICMPV6), .icmp_type = 128}, TAKEN_BY_DEFAULT}, ETHERNET + IPV6, ETHERNET + IPV6 + ICMP},
	{{"ICMPv6 unreachable", {V6(IPPROTO_ICMPV6), .icmp_type = 1}, TAKEN_AS(ICMP_ERROR)}, ETHERNET + IPV6, ETHERNET + IPV6 + ICMP},
	{{"ESP over IPv6", {V6(50)}, TAKEN_BY_DEFAULT}, ETHERNET + IPV6, ETHERNET + IPV6},
};
/* clang-format on */

static struct programs programs;
static struct tables *tables;

static void load(void)
{
	tables = programs_tables(&test_cluster, 1, &test_key);
	programs_load(tables, &programs);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

TestSuite(broken, .init = load, .fini = unload, .timeout = 60);

static void cut(const struct kind *kind, const uint8_t *frame, size_t size)
{
	struct row row = kind->whole;
	char name[80];

	snprintf(name, sizeof(name), "%s, cut to %zu", kind->whole.name, size);
	row.name = name;
	if (size < kind->addresses) {
		row.verdict = PASSED;
		row.reason = XNLB_REASON_TRUNCATED;
		row.rule = NULL;
	} else if (size < kind->headers) {
		row.verdict = DROPPED;
		row.reason = XNLB_REASON_MALFORMED;
		row.rule = NULL;
	}
	xdp_bytes(&programs, &row, frame, size);
}

Test(broken, every_length)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		uint8_t frame[PACKET_MAX];
		size_t whole = packet_build(&kinds[i].whole.packet, frame);

		cr_assert_geq(whole, kinds[i].headers, "%s", kinds[i].whole.name);
		for (size_t size = ETHERNET; size <= whole; size++)
			cut(&kinds[i], frame, size);
	}
}

/* What is not IP is nobody's at any length; a tag without its EtherType is truncated. */
Test(broken, every_length_without_ip)
{
	static const struct packet arp = {.arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}};
	static const struct packet tagged = {.tag = {VLAN_8021AD, VLAN_8021Q},
					     .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}};
	const struct row not_ip = {"ARP", {0}, PASSED, XNLB_REASON_NOT_IP, NULL};
	const struct row truncated = {"tags", {0}, PASSED, XNLB_REASON_TRUNCATED, NULL};
	uint8_t frame[PACKET_MAX];
	size_t whole;

	whole = packet_build(&arp, frame);
	for (size_t size = ETHERNET; size <= whole; size++)
		xdp_bytes(&programs, &not_ip, frame, size);
	whole = packet_build(&tagged, frame);
	for (size_t size = ETHERNET; size <= whole; size++)
		xdp_bytes(&programs, size < ETHERNET + 2 * TAG ? &truncated : &not_ip, frame, size);
}

/* Every value of the first byte of either header: all but the right ones are malformed. */
Test(broken, every_first_byte)
{
	struct row four = {"first byte, IPv4", {V4(IPPROTO_UDP), .options = 40}, TAKEN_BY_RULE};
	struct row six = {"first byte, IPv6", {V6(IPPROTO_UDP)}, TAKEN_BY_RULE};
	uint8_t frame[PACKET_MAX];
	size_t size;

	/* Options that look like a UDP header to port 80, wherever the IP header is said to end. */
	size = packet_build(&four.packet, frame);
	for (size_t i = ETHERNET + IPV4; i < ETHERNET + IPV4 + 40; i++)
		frame[i] = i % 4 == 1 ? 80 : 0;
	for (int first = 0; first < 256; first++) {
		bool right = first >= 0x45 && first <= 0x4f;

		frame[ETHERNET] = (uint8_t)first;
		four.verdict = right ? TAKEN : DROPPED;
		four.reason = right ? XNLB_REASON_OWN_BUCKET : XNLB_REASON_MALFORMED;
		four.rule = right ? "mine-none" : NULL;
		xdp_bytes(&programs, &four, frame, size);
	}

	size = packet_build(&six.packet, frame);
	for (int first = 0; first < 256; first++) {
		bool right = first >> 4 == 6;

		frame[ETHERNET] = (uint8_t)first;
		six.verdict = right ? TAKEN : DROPPED;
		six.reason = right ? XNLB_REASON_OWN_BUCKET : XNLB_REASON_MALFORMED;
		six.rule = right ? "mine-none" : NULL;
		xdp_bytes(&programs, &six, frame, size);
	}
}

/* Every total length: only those that do not even cover the IP header are malformed. */
Test(broken, total_length)
{
	struct row row = {"total length", {V4(IPPROTO_UDP), .options = 8}, TAKEN_BY_RULE};

	for (unsigned int total = 1; total <= UINT16_MAX; total += total < 60 ? 1 : 997) {
		row.packet.total = (uint16_t)total;
		row.verdict = total < IPV4 + 8 ? DROPPED : TAKEN;
		row.reason = total < IPV4 + 8 ? XNLB_REASON_MALFORMED : XNLB_REASON_OWN_BUCKET;
		row.rule = total < IPV4 + 8 ? NULL : "mine-none";
		xdp_row(&programs, &row);
	}
}
