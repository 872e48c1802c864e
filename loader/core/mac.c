// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cluster MAC and multicast groups from mode and cluster IPs. Knows no interface. */
#include <stdio.h>
#include <string.h>

#include "core/mac.h"

unsigned int leading_ip(const struct ip_addr *ips, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (ips[i].family == 4)
			return i;
	return 0;
}

/* The bytes w, x, y, z that MAC and group are made of. */
static const uint8_t *identity(const struct ip_addr *ips, unsigned int count)
{
	const struct ip_addr *leading = &ips[leading_ip(ips, count)];

	return leading->family == 4 ? leading->bytes : leading->bytes + 12;
}

void cluster_mac(enum xnlb_cluster_mode mode, const struct ip_addr *ips, unsigned int count,
		 uint8_t mac[6])
{
	static const uint8_t prefix[][4] = {
		[XNLB_UNICAST] = {0x02, 0xbf},
		[XNLB_MULTICAST] = {0x03, 0xbf},
		[XNLB_IGMP] = {0x01, 0x00, 0x5e, 0x7f},
	};
	size_t fixed = mode == XNLB_IGMP ? 4 : 2;

	memcpy(mac, prefix[mode], fixed);
	memcpy(mac + fixed, identity(ips, count) + (fixed - 2), 6 - fixed);
}

void cluster_group(const struct ip_addr *ips, unsigned int count, uint8_t group[4])
{
	const uint8_t *wxyz = identity(ips, count);

	group[0] = 239;
	group[1] = 255;
	group[2] = wxyz[2];
	group[3] = wxyz[3];
}

void solicited_node(const struct ip_addr *ip, uint8_t group[16])
{
	static const uint8_t prefix[13] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};

	memcpy(group, prefix, 13);
	memcpy(group + 13, ip->bytes + 13, 3);
}

void ip6_group_mac(const uint8_t group[16], uint8_t mac[6])
{
	mac[0] = 0x33;
	mac[1] = 0x33;
	memcpy(mac + 2, group + 12, 4);
}

const char *mac_text(const uint8_t mac[6], char text[MAC_TEXT_SIZE])
{
	snprintf(text, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}
