// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writing and reading test frames. Knows nothing of sockets and of xnlb. */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

#include "frame.h"

size_t frame_addr_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static uint32_t sum_bytes(uint32_t sum, const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (size & 1)
		sum += (uint32_t)bytes[size - 1] << 8;
	return sum;
}

static uint16_t sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t write_ip(const struct frame *frame, size_t size, uint8_t *out)
{
	if (frame->family == AF_INET) {
		struct iphdr ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = frame->proto};

		ip.tot_len = htons((uint16_t)(sizeof(ip) + size));
		memcpy(&ip.saddr, frame->src, 4);
		memcpy(&ip.daddr, frame->dst, 4);
		memcpy(out, &ip, sizeof(ip));
		ip.check = sum_end(sum_bytes(0, out, sizeof(ip)));
		memcpy(out, &ip, sizeof(ip));
		return sizeof(ip);
	} else {
		struct ip6_hdr ip = {.ip6_ctlun.ip6_un1 = {.ip6_un1_flow = htonl(6u << 28),
							   .ip6_un1_plen = htons((uint16_t)size),
							   .ip6_un1_nxt = frame->proto,
							   .ip6_un1_hlim = 64}};

		memcpy(&ip.ip6_src, frame->src, 16);
		memcpy(&ip.ip6_dst, frame->dst, 16);
		memcpy(out, &ip, sizeof(ip));
		return sizeof(ip);
	}
}

#define STAMPS 12 /* bytes of the option, filled up to 32-bit words */

static size_t write_stamps(const struct frame *frame, uint8_t *out)
{
	const uint32_t stamps[2] = {htonl(frame->stamp), htonl(frame->echo)};
	const uint8_t head[] = {TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP};

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), stamps, sizeof(stamps));
	return STAMPS;
}

static size_t write_transport(const struct frame *frame, uint8_t *out)
{
	size_t size, addr = frame_addr_size(frame->family);
	uint32_t sum;

	if (frame->proto == IPPROTO_TCP) {
		struct tcphdr tcp = {.source = htons(frame->sport),
				     .dest = htons(frame->dport),
				     .seq = htonl(frame->seq),
				     .ack_seq = htonl(frame->ack),
				     .window = htons(65535)};

		tcp.th_flags = frame->flags;
		size = sizeof(tcp);
		if (frame->stamp)
			size += write_stamps(frame, out + size);
		tcp.th_off = (size / 4) & 15;
		memcpy(out, &tcp, sizeof(tcp));
	} else {
		struct udphdr udp = {.source = htons(frame->sport), .dest = htons(frame->dport)};

		size = sizeof(udp) + frame->payload_size;
		udp.len = htons((uint16_t)size);
		memcpy(out, &udp, sizeof(udp));
		memcpy(out + sizeof(udp), frame->payload, frame->payload_size);
	}
	sum = frame->proto + (uint32_t)size;
	sum = sum_bytes(sum, frame->src, addr);
	sum = sum_bytes(sum, frame->dst, addr);
	sum = sum_end(sum_bytes(sum, out, size));
	if (!sum && frame->proto == IPPROTO_UDP)
		sum = 0xffff; /* 0 would mean "no checksum" */
	memcpy(out + (frame->proto == IPPROTO_TCP ? 16 : 6), &(uint16_t){(uint16_t)sum}, 2);
	return size;
}

size_t frame_write(const struct frame *frame, uint8_t out[FRAME_MAX])
{
	uint8_t transport[128];
	size_t size = write_transport(frame, transport), at = 14;
	uint16_t type = htons(frame->family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);

	memcpy(out, frame->to_mac, 6);
	memcpy(out + 6, frame->from_mac, 6);
	memcpy(out + 12, &type, 2);
	at += write_ip(frame, size, out + at);
	memcpy(out + at, transport, size);
	return at + size;
}

/* Reads the IP header at `at` and returns where the transport header is, 0 if it is none. */
static size_t read_ip(const uint8_t *bytes, size_t size, size_t at, struct frame *out)
{
	if (size < at + 20)
		return 0;
	if (out->family == AF_INET) {
		size_t head = (bytes[at] & 15u) * 4;

		if (bytes[at] >> 4 != 4 || head < 20 || bytes[at + 6] & 0x3f || bytes[at + 7])
			return 0;
		out->proto = bytes[at + 9];
		memcpy(out->src, bytes + at + 12, 4);
		memcpy(out->dst, bytes + at + 16, 4);
		return at + head;
	}
	if (size < at + 40 || bytes[at] >> 4 != 6)
		return 0;
	out->proto = bytes[at + 6];
	memcpy(out->src, bytes + at + 8, 16);
	memcpy(out->dst, bytes + at + 24, 16);
	return at + 40;
}

/* `options` end with the TCP header, or where the frame was cut. */
static void read_stamps(const uint8_t *options, size_t size, struct frame *out)
{
	uint32_t stamps[2];

	for (size_t at = 0; at < size && options[at] != TCPOPT_EOL;) {
		if (options[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (at + 2 > size || options[at + 1] < 2)
			return;
		if (options[at] == TCPOPT_TIMESTAMP && at + TCPOLEN_TIMESTAMP <= size) {
			memcpy(stamps, options + at + 2, sizeof(stamps));
			out->stamp = ntohl(stamps[0]);
			out->echo = ntohl(stamps[1]);
		}
		at += options[at + 1];
	}
}

static bool read_transport(const uint8_t *bytes, size_t size, struct frame *out)
{
	struct tcphdr tcp;
	struct udphdr udp;

	if (out->proto == IPPROTO_TCP && size >= sizeof(tcp)) {
		size_t head;

		memcpy(&tcp, bytes, sizeof(tcp));
		out->sport = ntohs(tcp.source);
		out->dport = ntohs(tcp.dest);
		out->seq = ntohl(tcp.seq);
		out->ack = ntohl(tcp.ack_seq);
		out->flags = tcp.th_flags;
		head = tcp.th_off * 4u < size ? tcp.th_off * 4u : size;
		if (head > sizeof(tcp))
			read_stamps(bytes + sizeof(tcp), head - sizeof(tcp), out);
		return true;
	}
	if (out->proto == IPPROTO_UDP && size >= sizeof(udp)) {
		memcpy(&udp, bytes, sizeof(udp));
		out->sport = ntohs(udp.source);
		out->dport = ntohs(udp.dest);
		out->payload = bytes + sizeof(udp);
		out->payload_size = size - sizeof(udp);
		return true;
	}
	return false;
}

bool frame_read(const uint8_t *bytes, size_t size, struct frame *out)
{
	struct frame frame = {0};
	size_t at;

	if (size < 14)
		return false;
	memcpy(frame.to_mac, bytes, 6);
	memcpy(frame.from_mac, bytes + 6, 6);
	switch (bytes[12] << 8 | bytes[13]) {
	case ETHERTYPE_IP:
		frame.family = AF_INET;
		break;
	case ETHERTYPE_IPV6:
		frame.family = AF_INET6;
		break;
	default:
		return false;
	}
	at = read_ip(bytes, size, 14, &frame);
	if (!at || at > size || !read_transport(bytes + at, size - at, &frame))
		return false;
	*out = frame;
	return true;
}

const char *frame_mac_text(const uint8_t mac[6], char text[FRAME_MAC_TEXT])
{
	snprintf(text, FRAME_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}
