/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ethernet frames as the lab's tools write and read them: IPv4 or IPv6 without options, TCP or UDP.
 * TCP's timestamps (RFC 7323) are the only option that they know.
 * Knows nothing of sockets and of xnlb.
 */
#ifndef NETNS_FRAME_H
#define NETNS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 256 /* room for what frame_write writes */

struct frame {
	uint8_t to_mac[6], from_mac[6];
	int family;		  /* AF_INET or AF_INET6 */
	uint8_t proto;		  /* IPPROTO_TCP or IPPROTO_UDP */
	uint8_t src[16], dst[16]; /* wire order, IPv4 in the first 4 bytes */
	uint16_t sport, dport;	  /* host byte order, as all numbers here */
	uint8_t flags;		  /* TCP: TH_SYN and so on */
	uint32_t seq, ack;
	uint32_t stamp, echo;	/* TCP: TSval and TSecr; no stamp: without the option */
	const uint8_t *payload; /* UDP; when read, points into the frame */
	size_t payload_size;
};

/* Size of an address of the family, in bytes. */
size_t frame_addr_size(int family);

/* Writes the frame with its checksums and returns its size. Payload: at most 64 bytes. */
size_t frame_write(const struct frame *frame, uint8_t out[FRAME_MAX]);

/* True if `bytes` are such a frame. Checksums are not looked at: veth leaves them to be filled. */
bool frame_read(const uint8_t *bytes, size_t size, struct frame *out);

#define FRAME_MAC_TEXT 18
const char *frame_mac_text(const uint8_t mac[6], char text[FRAME_MAC_TEXT]);

#endif
