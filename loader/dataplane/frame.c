// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames written by hand. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/frame.h"

void frame_put(struct frame *frame, const void *bytes, size_t size)
{
	memcpy(frame->bytes + frame->size, bytes, size);
	frame->size += size;
}

void frame_put8(struct frame *frame, uint8_t value)
{
	frame_put(frame, &value, 1);
}

void frame_put16(struct frame *frame, uint16_t value)
{
	frame_put8(frame, (uint8_t)(value >> 8));
	frame_put8(frame, (uint8_t)value);
}

void frame_put32(struct frame *frame, uint32_t value)
{
	frame_put16(frame, (uint16_t)(value >> 16));
	frame_put16(frame, (uint16_t)value);
}

void frame_put_ethernet(struct frame *frame, const uint8_t to[6], const struct interface *link,
			uint16_t protocol)
{
	frame->size = 0;
	frame_put(frame, to, 6);
	frame_put(frame, link->mac, 6);
	frame_put16(frame, protocol);
}

uint32_t frame_add_up(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

uint16_t frame_checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void frame_write16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

int frame_send(int fd, const struct frame *frame, const struct interface *link)
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
