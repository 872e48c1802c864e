// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/sender.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xnlb/wire.h>

#include "base/say.h"

#define UDP_SIZE 8
#define IP4_SIZE 20
#define CONTROL	 0xc0 /* class of service: network control */

static int find_paths(struct sender *sender, const struct tables *tables)
{
	struct ip_addr ips[XNLB_IPS_MAX];
	int err = 0;

	tables_ips(tables, ips);
	for (uint8_t family = 4; !err && family <= 6; family += 2)
		for (__u32 i = 0; !err && i < tables->cluster.ips; i++) {
			if (ips[i].family != family)
				continue;
			err = interface_dedicated(sender->link.ifindex, family, ips,
						  tables->cluster.ips,
						  &sender->path[sender->paths].from);
			sender->path[sender->paths++].to = ips[i];
			break;
		}
	return err;
}

int sender_open(struct sender *sender, const struct tables *tables, const struct interface *link,
		uint16_t port)
{
	const struct xnlb_auth_key *key = &tables->setup.auth[0];
	int err;

	memset(sender, 0, sizeof(*sender));
	sender->link = *link;
	sender->port = port;
	memcpy(sender->cluster_mac, tables->cluster.cluster_mac, 6);
	for (int i = 0; i < 16; i++)
		sender->key[i] = (uint8_t)(key->key[i / 8] >> (i % 8 * 8));
	sender->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = sender->fd < 0 ? -errno : find_paths(sender, tables);
	if (!err)
		return 0;
	say_error("%s: cannot send heartbeats: %s", link->name, strerror(-err));
	sender_close(sender);
	return err;
}

void sender_close(struct sender *sender)
{
	if (sender->fd >= 0)
		close(sender->fd);
	sodium_memzero(sender, sizeof(*sender));
	sender->fd = -1;
}

/* As the tag has it. */
static void put_address(uint8_t out[16], const struct ip_addr *ip)
{
	memset(out, 0, 16);
	if (ip->family == 6) {
		memcpy(out, ip->bytes, 16);
		return;
	}
	out[10] = out[11] = 0xff;
	memcpy(out + 12, ip->bytes, 4);
}

static void put_tag(const struct sender *sender, const struct ip_addr *from,
		    const struct ip_addr *to, uint8_t *frame, size_t length)
{
	uint8_t input[32 + XNLB_FRAME_MAX];

	put_address(input, from);
	put_address(input + 16, to);
	memcpy(input + 32, frame, length - XNLB_FRAME_TAG);
	crypto_shorthash_siphashx24(frame + length - XNLB_FRAME_TAG, input,
				    32 + length - XNLB_FRAME_TAG, sender->key);
}

static void put_ip4(struct frame *frame, const uint8_t from[4], const uint8_t to[4], size_t payload)
{
	uint8_t *ip = frame->bytes + frame->size;

	frame_put16(frame, 0x4500 | CONTROL);
	frame_put16(frame, (uint16_t)(IP4_SIZE + payload));
	frame_put32(frame, 0x4000);		  /* never in pieces */
	frame_put16(frame, 0x0100 | IPPROTO_UDP); /* TTL 1 */
	frame_put16(frame, 0);
	frame_put(frame, from, 4);
	frame_put(frame, to, 4);
	frame_write16(ip + 10, frame_checksum(frame_add_up(0, ip, IP4_SIZE)));
}

static void put_ip6(struct frame *frame, const uint8_t from[16], const uint8_t to[16],
		    size_t payload)
{
	frame_put32(frame, 0x60000000 | CONTROL << 20);
	frame_put16(frame, (uint16_t)payload);
	frame_put16(frame, IPPROTO_UDP << 8 | 1); /* hop limit 1 */
	frame_put(frame, from, 16);
	frame_put(frame, to, 16);
}

static void put_udp(struct frame *frame, const struct sender *sender, const struct ip_addr *from,
		    const struct ip_addr *to, const uint8_t *payload, size_t length)
{
	uint8_t *udp = frame->bytes + frame->size;
	size_t size = from->family == 4 ? 4 : 16;
	uint32_t sum = IPPROTO_UDP + (uint32_t)(UDP_SIZE + length);
	uint16_t checksum;

	frame_put16(frame, sender->port);
	frame_put16(frame, sender->port);
	frame_put16(frame, (uint16_t)(UDP_SIZE + length));
	frame_put16(frame, 0);
	frame_put(frame, payload, length);
	sum = frame_add_up(frame_add_up(sum, from->bytes, size), to->bytes, size);
	checksum = frame_checksum(frame_add_up(sum, udp, UDP_SIZE + length));
	frame_write16(udp + 6, checksum ? checksum : 0xffff);
}

static int send_to(const struct sender *sender, const uint8_t mac[6], unsigned int path,
		   uint8_t *heartbeat, size_t length)
{
	const struct ip_addr *from = &sender->path[path].from, *to = &sender->path[path].to;
	struct frame frame;

	put_tag(sender, from, to, heartbeat, length);
	frame_put_ethernet(&frame, mac, &sender->link, from->family == 4 ? ETH_P_IP : ETH_P_IPV6);
	if (from->family == 4)
		put_ip4(&frame, from->bytes, to->bytes, UDP_SIZE + length);
	else
		put_ip6(&frame, from->bytes, to->bytes, UDP_SIZE + length);
	put_udp(&frame, sender, from, to, heartbeat, length);
	return frame_send(sender->fd, &frame, &sender->link);
}

int sender_send(struct sender *sender, uint8_t *heartbeat, size_t length)
{
	unsigned int path = sender->next;

	sender->next = (sender->next + 1) % sender->paths;
	return send_to(sender, sender->cluster_mac, path, heartbeat, length);
}

void sender_greet(struct sender *sender, uint8_t *heartbeat, size_t length)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	send_to(sender, everybody, 0, heartbeat, length);
}
