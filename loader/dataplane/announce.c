// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames built by hand and sent through a packet socket. */
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/say.h"
#include "core/mac.h"
#include "dataplane/announce.h"
#include "dataplane/frame.h"

static void arp_announcement(struct frame *frame, const struct interface *link,
			     const uint8_t cluster_mac[6], const uint8_t ip[4])
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, nobody[6];

	frame_put_ethernet(frame, broadcast, link, ETH_P_ARP);
	frame_put16(frame, 1); /* Ethernet */
	frame_put16(frame, ETH_P_IP);
	frame_put8(frame, 6);
	frame_put8(frame, 4);
	frame_put16(frame, 1); /* request: what announcements are */
	frame_put(frame, cluster_mac, 6);
	frame_put(frame, ip, 4);
	frame_put(frame, nobody, 6);
	frame_put(frame, ip, 4);
}

/* Header of an IPv6 packet to a multicast group, and the frame around it. */
static void put_ip6(struct frame *frame, const struct interface *link, const uint8_t from[16],
		    const uint8_t to[16], uint16_t payload, uint8_t next, uint8_t hops)
{
	uint8_t mac[6];

	ip6_group_mac(to, mac);
	frame_put_ethernet(frame, mac, link, ETH_P_IPV6);
	frame_put32(frame, 0x60000000);
	frame_put16(frame, payload);
	frame_put8(frame, next);
	frame_put8(frame, hops);
	frame_put(frame, from, 16);
	frame_put(frame, to, 16);
}

/* Writes the checksum of the ICMPv6 message that ends the frame. */
static void finish_icmp6(struct frame *frame, const uint8_t from[16], const uint8_t to[16],
			 size_t size)
{
	uint8_t *message = frame->bytes + frame->size - size;
	uint32_t sum = frame_add_up(frame_add_up(0, from, 16), to, 16) + (uint32_t)size + 58;

	frame_write16(message + 2, frame_checksum(frame_add_up(sum, message, size)));
}

static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};
static const uint8_t all_snoopers6[16] = {0xff, 2, [15] = 0x6a};

static void neighbour_advertisement(struct frame *frame, const struct interface *link,
				    const uint8_t cluster_mac[6], const uint8_t ip[16])
{
	put_ip6(frame, link, ip, all_nodes, 32, 58, 255);
	frame_put8(frame, 136);
	frame_put8(frame, 0);
	frame_put16(frame, 0);
	frame_put32(frame, 0x20000000); /* override */
	frame_put(frame, ip, 16);
	frame_put8(frame, 2); /* target link-layer address, 8 bytes */
	frame_put8(frame, 1);
	frame_put(frame, cluster_mac, 6);
	finish_icmp6(frame, ip, all_nodes, 32);
}

/* Multicast Router Discovery: advertised each 20 s at most, query interval and robustness of a
 * router that does not query. */
#define MRD_INTERVAL_S 20
#define MRD_SIZE       8

static void put_mrd(struct frame *frame, uint8_t type)
{
	frame_put8(frame, type);
	frame_put8(frame, MRD_INTERVAL_S);
	frame_put16(frame, 0); /* checksum */
	frame_put16(frame, 0);
	frame_put16(frame, 0);
}

static void mrd4(struct frame *frame, const struct interface *link, const uint8_t from[4])
{
	static const uint8_t mac[6] = {1, 0, 0x5e, 0, 0, 0x6a}, to[4] = {224, 0, 0, 106};
	uint8_t *ip = frame->bytes + ETH_HLEN;

	frame_put_ethernet(frame, mac, link, ETH_P_IP);
	frame_put16(frame, 0x46c0); /* 24 bytes; network control */
	frame_put16(frame, 24 + MRD_SIZE);
	frame_put32(frame, 0);
	frame_put8(frame, 1); /* TTL */
	frame_put8(frame, 2); /* IGMP */
	frame_put16(frame, 0);
	frame_put(frame, from, 4);
	frame_put(frame, to, 4);
	frame_put32(frame, 0x94040000); /* router alert */
	put_mrd(frame, 0x30);
	frame_write16(ip + 10, frame_checksum(frame_add_up(0, ip, 24)));
	frame_write16(ip + 26, frame_checksum(frame_add_up(0, ip + 24, MRD_SIZE)));
}

static void mrd6(struct frame *frame, const struct interface *link, const uint8_t from[16])
{
	put_ip6(frame, link, from, all_snoopers6, 8 + MRD_SIZE, 0, 1);
	frame_put8(frame, 58); /* behind the hop-by-hop header: ICMPv6 */
	frame_put8(frame, 0);
	frame_put32(frame, 0x05020000); /* router alert: MLD */
	frame_put16(frame, 0x0100);	/* padding of two bytes */
	put_mrd(frame, 151);
	finish_icmp6(frame, from, all_snoopers6, MRD_SIZE);
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
		err = frame_send(fd, &frame, link);
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
		err = frame_send(fd, &frame, link);
	}
	if (!err && !interface_link_local(link->ifindex, &from)) {
		mrd6(&frame, link, from.bytes);
		err = frame_send(fd, &frame, link);
	}
	return err;
}

int announce_again(const struct tables *tables, const struct interface *link, bool addresses)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (addresses)
		err = announce_ips(fd, tables, link);
	if (!err && tables->cluster.mode == XNLB_IGMP)
		err = announce_router(fd, link);
	close(fd);
	return err;
}

void announce(const struct tables *tables, const struct interface *link)
{
	int err;

	if (!link->up) {
		say_note("%s is down: the cluster IPs are announced when you attach again",
			 link->name);
		return;
	}
	err = announce_again(tables, link, true);
	if (err)
		say_warning("%s: cannot announce the cluster IPs: %s", link->name, strerror(-err));
}
