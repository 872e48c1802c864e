// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames built by hand and sent through a packet socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/announce.h"

#define FRAME_SIZE 128

/* A frame being written, front to back. */
struct frame {
	uint8_t bytes[FRAME_SIZE];
	size_t size;
};

static void put(struct frame *frame, const void *bytes, size_t size)
{
	memcpy(frame->bytes + frame->size, bytes, size);
	frame->size += size;
}

static void put8(struct frame *frame, uint8_t value)
{
	put(frame, &value, 1);
}

static void put16(struct frame *frame, uint16_t value)
{
	put8(frame, (uint8_t)(value >> 8));
	put8(frame, (uint8_t)value);
}

static void put32(struct frame *frame, uint32_t value)
{
	put16(frame, (uint16_t)(value >> 16));
	put16(frame, (uint16_t)value);
}

/* The source is always the node's own MAC: the switch must not learn the cluster's. */
static void put_ethernet(struct frame *frame, const uint8_t to[6], const struct interface *link,
			 uint16_t protocol)
{
	frame->size = 0;
	put(frame, to, 6);
	put(frame, link->mac, 6);
	put16(frame, protocol);
}

/* RFC 1071, over `size` bytes and what `sum` already holds. */
static uint32_t add_up(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void arp_announcement(struct frame *frame, const struct interface *link,
			     const uint8_t cluster_mac[6], const uint8_t ip[4])
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nobody[6];

	put_ethernet(frame, broadcast, link, ETH_P_ARP);
	put16(frame, 1); /* Ethernet */
	put16(frame, ETH_P_IP);
	put8(frame, 6);
	put8(frame, 4);
	put16(frame, 1); /* request: what announcements are */
	put(frame, cluster_mac, 6);
	put(frame, ip, 4);
	put(frame, nobody, 6);
	put(frame, ip, 4);
}

/* Header of an IPv6 packet to a multicast group, and the frame around it. */
static void put_ip6(struct frame *frame, const struct interface *link, const uint8_t from[16],
		    const uint8_t to[16], uint16_t payload, uint8_t next, uint8_t hops)
{
	uint8_t mac[6];

	ip6_group_mac(to, mac);
	put_ethernet(frame, mac, link, ETH_P_IPV6);
	put32(frame, 0x60000000);
	put16(frame, payload);
	put8(frame, next);
	put8(frame, hops);
	put(frame, from, 16);
	put(frame, to, 16);
}

/* Writes the checksum of the ICMPv6 message that ends the frame. */
static void finish_icmp6(struct frame *frame, const uint8_t from[16], const uint8_t to[16],
			 size_t size)
{
	uint8_t *message = frame->bytes + frame->size - size;
	uint32_t sum = add_up(add_up(0, from, 16), to, 16) + (uint32_t)size + 58;

	write16(message + 2, checksum(add_up(sum, message, size)));
}

static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
static const uint8_t all_snoopers6[16] = {0xff, 2, [15] = 0x6a};

static void neighbour_advertisement(struct frame *frame, const struct interface *link,
				    const uint8_t cluster_mac[6], const uint8_t ip[16])
{
	put_ip6(frame, link, ip, all_nodes, 32, 58, 255);
	put8(frame, 136);
	put8(frame, 0);
	put16(frame, 0);
	put32(frame, 0x20000000); /* override */
	put(frame, ip, 16);
	put8(frame, 2); /* target link-layer address, 8 bytes */
	put8(frame, 1);
	put(frame, cluster_mac, 6);
	finish_icmp6(frame, ip, all_nodes, 32);
}

/* Multicast Router Discovery: advertised each 20 s at most, query interval and robustness of a
 * router that does not query. */
#define MRD_INTERVAL_S 20
#define MRD_SIZE       8

static void put_mrd(struct frame *frame, uint8_t type)
{
	put8(frame, type);
	put8(frame, MRD_INTERVAL_S);
	put16(frame, 0); /* checksum */
	put16(frame, 0);
	put16(frame, 0);
}

static void mrd4(struct frame *frame, const struct interface *link, const uint8_t from[4])
{
	static const uint8_t mac[6] = {1, 0, 0x5e, 0, 0, 0x6a}, to[4] = {224, 0, 0, 106};
	uint8_t *ip = frame->bytes + ETH_HLEN;

	put_ethernet(frame, mac, link, ETH_P_IP);
	put16(frame, 0x46c0); /* 24 bytes; network control */
	put16(frame, 24 + MRD_SIZE);
	put32(frame, 0);
	put8(frame, 1); /* TTL */
	put8(frame, 2); /* IGMP */
	put16(frame, 0);
	put(frame, from, 4);
	put(frame, to, 4);
	put32(frame, 0x94040000); /* router alert */
	put_mrd(frame, 0x30);
	write16(ip + 10, checksum(add_up(0, ip, 24)));
	write16(ip + 26, checksum(add_up(0, ip + 24, MRD_SIZE)));
}

static void mrd6(struct frame *frame, const struct interface *link, const uint8_t from[16])
{
	put_ip6(frame, link, from, all_snoopers6, 8 + MRD_SIZE, 0, 1);
	put8(frame, 58); /* behind the hop-by-hop header: ICMPv6 */
	put8(frame, 0);
	put32(frame, 0x05020000); /* router alert: MLD */
	put16(frame, 0x0100);	  /* padding of two bytes */
	put_mrd(frame, 151);
	finish_icmp6(frame, from, all_snoopers6, MRD_SIZE);
}

static int send_frame(int fd, const struct frame *frame, const struct interface *link)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)link->ifindex,
				 .sll_halen = 6,
				 .sll_protocol = htons(ETH_P_ALL)};

	memcpy(to.sll_addr, frame->bytes, 6);
	return sendto(fd, frame->bytes, frame->size, 0, (struct sockaddr *)&to, sizeof(to)) < 0
		       ? -errno
		       : 0;
}

static int announce_ips(int fd, const struct tables *tables, const struct interface *link)
{
	struct frame frame;
	int err = 0;

	for (__u32 i = 0; !err && i < tables->cluster.ips; i++) {
		const struct xnlb_ip *ip = &tables->ip[i];
		const uint8_t *bytes = (const uint8_t *)ip->addr;

		if (ip->family == 4)
			arp_announcement(&frame, link, tables->cluster.cluster_mac, bytes);
		else
			neighbour_advertisement(&frame, link, tables->cluster.cluster_mac, bytes);
		err = send_frame(fd, &frame, link);
	}
	return err;
}

/* Of each family that the interface can speak; the sources are dedicated addresses. */
static int announce_router(int fd, const struct interface *link)
{
	struct ip_addr from;
	struct frame frame;
	int err = 0;

	if (!interface_dedicated(link->ifindex, 4, NULL, 0, &from)) {
		mrd4(&frame, link, from.bytes);
		err = send_frame(fd, &frame, link);
	}
	if (!err && !interface_link_local(link->ifindex, &from)) {
		mrd6(&frame, link, from.bytes);
		err = send_frame(fd, &frame, link);
	}
	return err;
}

void announce(const struct tables *tables, const struct interface *link)
{
	int fd, err;

	if (!link->up) {
		say_note("%s is down: the cluster IPs are announced when you attach again",
			 link->name);
		return;
	}
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : announce_ips(fd, tables, link);
	if (!err && tables->cluster.mode == XNLB_IGMP)
		err = announce_router(fd, link);
	if (err)
		say_warning("%s: cannot announce the cluster IPs: %s", link->name, strerror(-err));
	if (fd >= 0)
		close(fd);
}
