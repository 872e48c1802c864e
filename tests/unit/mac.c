// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>

#include "core/mac.h"

static struct ip_addr ip(const char *text)
{
	struct ip_addr parsed = {0};

	cr_assert_eq(ip_parse(text, &parsed), 0, "%s", text);
	return parsed;
}

static void check_mac(enum xnlb_cluster_mode mode, const struct ip_addr *ips, unsigned int count,
		      const char *expected)
{
	uint8_t mac[6];
	char text[MAC_TEXT_SIZE];

	cluster_mac(mode, ips, count, mac);
	cr_assert_str_eq(mac_text(mac, text), expected, "%s instead of %s", text, expected);
}

Test(mac, cluster_mac_of_each_mode)
{
	struct ip_addr four = ip("192.168.1.100");

	check_mac(XNLB_UNICAST, &four, 1, "02:bf:c0:a8:01:64");
	check_mac(XNLB_MULTICAST, &four, 1, "03:bf:c0:a8:01:64");
	check_mac(XNLB_IGMP, &four, 1, "01:00:5e:7f:01:64");
}

Test(mac, first_ipv4_else_first_ipv6)
{
	struct ip_addr mixed[] = {ip("fd00::1:2"), ip("10.1.2.3"), ip("10.9.9.9")};
	struct ip_addr six[] = {ip("fd00::a0b:c0d"), ip("fd00::1")};
	uint8_t group[4];
	static const uint8_t expected4[] = {239, 255, 2, 3}, expected6[] = {239, 255, 12, 13};

	cr_assert_eq(leading_ip(mixed, 3), 1);
	cr_assert_eq(leading_ip(six, 2), 0);
	check_mac(XNLB_UNICAST, mixed, 3, "02:bf:0a:01:02:03");
	check_mac(XNLB_UNICAST, six, 2, "02:bf:0a:0b:0c:0d");
	check_mac(XNLB_IGMP, six, 2, "01:00:5e:7f:0c:0d");
	cluster_group(mixed, 3, group);
	cr_assert_arr_eq(group, expected4, 4);
	cluster_group(six, 2, group);
	cr_assert_arr_eq(group, expected6, 4);
}

/* RFC 1112: the low 23 bits of the group behind 01:00:5e. */
Test(mac, igmp_mac_is_the_mac_of_the_group)
{
	for (int last = 0; last < 256; last++) {
		struct ip_addr four = {.family = 4, .bytes = {10, 200, 255, (uint8_t)last}};
		uint8_t group[4], mac[6];
		uint8_t expected[6] = {0x01, 0x00, 0x5e};

		cluster_group(&four, 1, group);
		cluster_mac(XNLB_IGMP, &four, 1, mac);
		expected[3] = group[1] & 0x7f;
		expected[4] = group[2];
		expected[5] = group[3];
		cr_assert_arr_eq(mac, expected, 6);
	}
}

/* RFC 4291 2.7.1 has this example; RFC 2464 7: the last four bytes behind 33:33. */
Test(mac, solicited_node_group)
{
	struct ip_addr address = ip("4037::01:800:200e:8c6c"), group = {.family = 6};
	uint8_t mac[6];
	char text[IP_TEXT_SIZE], mac_chars[MAC_TEXT_SIZE];

	solicited_node(&address, group.bytes);
	cr_assert_str_eq(ip_text(&group, text), "ff02::1:ff0e:8c6c");
	ip6_group_mac(group.bytes, mac);
	cr_assert_str_eq(mac_text(mac, mac_chars), "33:33:ff:0e:8c:6c");
}
