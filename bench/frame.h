/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames to the cluster, and to others. */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdint.h>

#define FRAME_SIZE 78
#define SYN	   0x02
#define ACK	   0x10
#define CLUSTER_4  "192.168.1.100" /* also in lab.sh */
#define CLUSTER_6  "fd00::100"

extern const uint8_t frame_to[6]; /* the cluster MAC */

struct frame_kind {
	int family;
	const char *to; /* address */
	uint8_t proto, flags;
	uint16_t port;
};

/* From one client. Transport checksum: none. */
void frame_build(const struct frame_kind *kind, const uint8_t mac[6], uint8_t frame[FRAME_SIZE]);

/* Another client of an IPv4 frame, and the header's checksum, which a real stack looks at. */
void frame_from(uint8_t frame[FRAME_SIZE], uint32_t client, uint16_t port);

#endif
