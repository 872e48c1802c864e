/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A frame that is written by hand, front to back, and sent through a packet socket. */
#ifndef DATAPLANE_FRAME_H
#define DATAPLANE_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include "dataplane/interface.h"

#define FRAME_SIZE 1280

struct frame {
	uint8_t bytes[FRAME_SIZE];
	size_t size;
};

/* Appends; there is room. Numbers are given in host byte order, and written big-endian. */
void frame_put(struct frame *frame, const void *bytes, size_t size);
void frame_put8(struct frame *frame, uint8_t value);
void frame_put16(struct frame *frame, uint16_t value);
void frame_put32(struct frame *frame, uint32_t value);

/*
 * Begins a frame. The source is always the node's own MAC: the switch must not learn the cluster's.
 */
void frame_put_ethernet(struct frame *frame, const uint8_t to[6], const struct interface *link,
			uint16_t protocol);

/* The Internet checksum (RFC 1071): `size` bytes, an even number, added to `sum`; and its end. */
uint32_t frame_add_up(uint32_t sum, const uint8_t *bytes, size_t size);
uint16_t frame_checksum(uint32_t sum);
void frame_write16(uint8_t *at, uint16_t value);

/* 0 or -errno. */
int frame_send(int fd, const struct frame *frame, const struct interface *link);

#endif
