/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cluster MAC and multicast groups: functions of the mode and of the cluster IPs.
 *
 *   mode       cluster MAC          from w.x.y.z, the first IPv4 cluster IP in the file, or, where
 *   unicast    02:bf:w:x:y:z        there is none, the last four bytes of the first IPv6 one
 *   multicast  03:bf:w:x:y:z
 *   igmp       01:00:5e:7f:y:z      which is also the MAC of the IPv4 group 239.255.y.z
 */
#ifndef CORE_MAC_H
#define CORE_MAC_H

#include <stdint.h>
#include "core/cluster.h"

/* Index of the cluster IP that MAC and group come from; it and the next two need at least one. */
unsigned int leading_ip(const struct ip_addr *ips, unsigned int count);
void cluster_mac(enum xnlb_cluster_mode mode, const struct ip_addr *ips, unsigned int count,
		 uint8_t mac[6]);

/* The IPv4 group 239.255.y.z of mode igmp. */
void cluster_group(const struct ip_addr *ips, unsigned int count, uint8_t group[4]);

/* The solicited-node group ff02::1:ffXX:XXXX of an IPv6 address, and the MAC of an IPv6 group. */
void solicited_node(const struct ip_addr *ip, uint8_t group[16]);
void ip6_group_mac(const uint8_t group[16], uint8_t mac[6]);

#define MAC_TEXT_SIZE 18
/* "02:bf:c0:a8:01:64"; returns `text`. */
const char *mac_text(const uint8_t mac[6], char text[MAC_TEXT_SIZE]);

#endif
