// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "core/cluster.h"

static const struct cluster three = {
	.nodes = 3,
	.node = {{.id = 64, .name = "last"}, {.id = 2, .name = "two"}, {.id = 7, .name = "seven"}},
};

Test(cluster, finds_nodes_by_id_and_name)
{
	cr_assert_eq(cluster_node(&three, 64), &three.node[0]);
	cr_assert_eq(cluster_node(&three, 7), &three.node[2]);
	cr_assert_null(cluster_node(&three, 1));
	cr_assert_null(cluster_node(&three, 0), "ids of unused entries are 0, no node's");
	cr_assert_eq(cluster_node_named(&three, "two"), &three.node[1]);
	cr_assert_null(cluster_node_named(&three, "tw"));
	cr_assert_null(cluster_node_named(&three, "twos"));
	cr_assert_null(cluster_node_named(&three, ""));
}

Test(cluster, set_of_nodes)
{
	const struct cluster none = {0};

	cr_assert_eq(cluster_nodes(&three), 1ull << 63 | 1ull << 1 | 1ull << 6);
	cr_assert_eq(cluster_nodes(&none), 0);
	cr_assert_eq(node_bit(1), 1);
	cr_assert_eq(node_bit(64), 1ull << 63);
}

Test(cluster, lowest_of_a_set)
{
	cr_assert_eq(node_set_lowest(0), 0);
	cr_assert_eq(node_set_lowest(~0ull), 1);
	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++)
		cr_assert_eq(node_set_lowest(~0ull << (id - 1)), id);
	cr_assert_eq(node_set_lowest(cluster_nodes(&three)), 2);
}

/* What is read, and how it is written again; NULL: refused. */
static const struct {
	const char *in, *out;
	uint8_t family;
} texts[] = {
	{"192.168.1.100", "192.168.1.100", 4},
	{"0.0.0.0", "0.0.0.0", 4},
	{"255.255.255.255", "255.255.255.255", 4},
	{"fd00::100", "fd00::100", 6},
	{"FD00:0:0:0:0:0:0:0100", "fd00::100", 6},
	{"::", "::", 6},
	{"::1", "::1", 6},
	{"1::", "1::", 6},
	/* RFC 5952: a single 0 is not shortened; of two equal runs the first is; lower case. */
	{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 6},
	{"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6},
	{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 6},
	{"::ffff:1.2.3.4", "::ffff:1.2.3.4", 6},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6},
	{"", NULL, 0},
	{" 1.2.3.4", NULL, 0},
	{"1.2.3.4 ", NULL, 0},
	{"1.2.3", NULL, 0},
	{"1.2.3.4.5", NULL, 0},
	{"1.2.3.256", NULL, 0},
	{"1.2.3.04", NULL, 0},
	{"0x1.2.3.4", NULL, 0},
	{"1.2.3.4/24", NULL, 0},
	{"16909060", NULL, 0},
	{"localhost", NULL, 0},
	{"fd00::1%eth0", NULL, 0},
	{"fd00::1/64", NULL, 0},
	{"fd00::1::2", NULL, 0},
	{"fd00:::1", NULL, 0},
	{"[::1]", NULL, 0},
	{":", NULL, 0},
	{"1:2:3:4:5:6:7", NULL, 0},
	{"1:2:3:4:5:6:7:8:9", NULL, 0},
	{"12345::", NULL, 0},
};

Test(cluster, parses_and_prints_addresses)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ip_addr ip, again;
		char text[IP_TEXT_SIZE];
		int err;

		memset(&ip, 0xa5, sizeof(ip));
		again = ip;
		err = ip_parse(texts[i].in, &ip);
		if (!texts[i].out) {
			cr_assert_eq(err, -EINVAL, "\"%s\": %d", texts[i].in, err);
			cr_assert_arr_eq(&ip, &again, sizeof(ip), "\"%s\" changed the output",
					 texts[i].in);
			continue;
		}
		cr_assert_eq(err, 0, "\"%s\": %d", texts[i].in, err);
		cr_assert_eq(ip.family, texts[i].family);
		cr_assert_str_eq(ip_text(&ip, text), texts[i].out);
		cr_assert_eq(ip_parse(text, &again), 0);
		cr_assert(ip_equal(&ip, &again), "%s", text);
	}
}

Test(cluster, addresses_in_wire_order)
{
	static const uint8_t four[16] = {192, 168, 1, 100};
	static const uint8_t six[16] = {0xfd, [14] = 1, [15] = 0};
	struct ip_addr ip;
	char text[IP_TEXT_SIZE];

	cr_assert_eq(ip_parse("192.168.1.100", &ip), 0);
	cr_assert_arr_eq(ip.bytes, four, 16);
	cr_assert_eq(ip_parse("fd00::100", &ip), 0);
	cr_assert_arr_eq(ip.bytes, six, 16);
	ip.family = 0;
	cr_assert_str_eq(ip_text(&ip, text), "", "no address has no text");
}

Test(cluster, equal_addresses)
{
	struct ip_addr a = {.family = 4, .bytes = {1, 2, 3, 4}}, b = a;

	cr_assert(ip_equal(&a, &b));
	b.bytes[3] = 5;
	cr_assert_not(ip_equal(&a, &b));
	b = a;
	b.family = 6;
	cr_assert_not(ip_equal(&a, &b), "same bytes, other family");
}
