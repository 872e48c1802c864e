// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames, byte by byte. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "frame.h"

const uint8_t frame_to[6] = {3, 0xbf, 192, 168, 1, 100};

void frame_build(const struct frame_kind *kind, const uint8_t mac[6], uint8_t frame[FRAME_SIZE])
{
	uint8_t *ip = frame + 14, *transport = ip + (kind->family == 4 ? 20 : 40);
	static const uint8_t client[6] = {0x52, 0x54, 0, 0, 2, 0};
	static const uint8_t header4[9] = {0x45, 0, 0, 64, 0, 0, 0, 0, 64};
	static const uint8_t header6[6] = {0x60, 0, 0, 0, 0, 24};
	uint16_t port = htons(kind->port);

	memset(frame, 0, FRAME_SIZE);
	memcpy(frame, mac, 6);
	memcpy(frame + 6, client, sizeof(client));
	if (kind->family == 4) {
		frame[12] = 0x08;
		memcpy(ip, header4, sizeof(header4));
		ip[9] = kind->proto;
		inet_pton(AF_INET, "10.1.2.3", ip + 12);
		inet_pton(AF_INET, kind->to, ip + 16);
	} else {
		frame[12] = 0x86;
		frame[13] = 0xdd;
		memcpy(ip, header6, sizeof(header6));
		ip[6] = kind->proto;
		ip[7] = 64;
		inet_pton(AF_INET6, "fd01::3", ip + 8);
		inet_pton(AF_INET6, kind->to, ip + 24);
	}
	memcpy(transport + 2, &port, 2);
	if (kind->proto == IPPROTO_TCP) {
		transport[12] = 0x50; /* 20 bytes of header */
		transport[13] = kind->flags;
	} else {
		transport[5] = (uint8_t)(frame + FRAME_SIZE - transport); /* length */
	}
}

void frame_from(uint8_t frame[FRAME_SIZE], uint32_t client, uint16_t port)
{
	uint8_t *ip = frame + 14;
	uint32_t sum = 0;

	memcpy(ip + 12, &client, 4);
	memcpy(ip + 20, &port, 2);
	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~(sum + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}
