// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "bpf/packet.h"

const uint8_t *packet_mac(const char *name)
{
	static const struct {
		const char *name;
		uint8_t mac[6];
	} macs[] = {
		{CLUSTER_MAC, {0x03, 0xbf, 192, 168, 1, 100}},
		{NODE1_MAC, {0x52, 0x54, 0, 0, 1, 1}},
		{NODE2_MAC, {0x52, 0x54, 0, 0, 1, 2}},
		{CLIENT_MAC, {0x52, 0x54, 0, 0, 2, 0}},
		{CLIENT_0806, {0x52, 0x54, 0, 0, 8, 6}},
		{BROADCAST, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{GROUP_MAC, {0x01, 0x00, 0x5e, 1, 2, 3}},
		{ALL_NODES, {0x33, 0x33, 0, 0, 0, 1}},
		{NO_MAC, {0}},
	};

	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		if (!strcmp(macs[i].name, name))
			return macs[i].mac;
	cr_assert_fail("no MAC is called %s", name);
	return NULL;
}

/* A frame that grows. */
struct writer {
	uint8_t *bytes;
	size_t size;
};

static void put8(struct writer *writer, unsigned int value)
{
	writer->bytes[writer->size++] = (uint8_t)value;
}

static void put16(struct writer *writer, unsigned int value)
{
	put8(writer, value >> 8);
	put8(writer, value & 0xff);
}

static void put32(struct writer *writer, uint32_t value)
{
	put16(writer, value >> 16);
	put16(writer, value & 0xffff);
}

static void put_mac(struct writer *writer, const char *name)
{
	memcpy(writer->bytes + writer->size, packet_mac(name), 6);
	writer->size += 6;
}

static void put_address(struct writer *writer, const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	cr_assert_eq(inet_pton(family, text, writer->bytes + writer->size), 1, "%s", text);
	writer->size += family == AF_INET ? 4 : 16;
}

static void put_payload(struct writer *writer, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put8(writer, (unsigned int)i);
}

static uint32_t add_words(const uint8_t *bytes, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t complement(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t packet_checksum6(const uint8_t *ip, uint8_t proto, size_t most)
{
	size_t size = (size_t)ip[4] << 8 | ip[5];
	uint32_t pseudo = add_words(ip + 8, 32, proto + (uint32_t)size);

	return complement(add_words(ip + 40, size < most ? size : most, pseudo));
}

static void put_nd(struct writer *writer, const struct packet *packet)
{
	uint8_t *last = NULL;

	put8(writer, packet->nd.type);
	put8(writer, 0);
	put16(writer, 0); /* checksum, later */
	put32(writer, packet->nd.flags);
	put_address(writer, packet->nd.target);
	if (packet->nd.option) {
		last = writer->bytes + writer->size;
		put8(writer, packet->nd.option);
		put8(writer, 1);
		put_mac(writer, packet->nd.mac);
	}
	for (int i = 0; i < packet->nd.padding; i++) {
		last = writer->bytes + writer->size;
		put8(writer, 14); /* a nonce, RFC 3971 */
		put8(writer, 1);
		put_payload(writer, 6);
	}
	if (packet->last_units)
		last[1] += packet->last_units;
}

static void put_transport(struct writer *writer, const struct packet *packet)
{
	if (packet->nd.type) {
		put_nd(writer, packet);
	} else if (packet->offset) {
		/* In the middle of a packet there is no header. */
	} else if (packet->proto == IPPROTO_TCP) {
		put16(writer, packet->sport);
		put16(writer, packet->dport);
		put32(writer, 1);
		put32(writer, 2);
		put8(writer, 0x50);
		put8(writer, packet->flags ? packet->flags : TCP_ACK);
		put16(writer, 8192);
		put32(writer, 0);
	} else if (packet->proto == IPPROTO_UDP) {
		put16(writer, packet->sport);
		put16(writer, packet->dport);
		put16(writer, 8u + packet->payload);
		put16(writer, 0);
	} else if (packet->proto == IPPROTO_ICMP || packet->proto == IPPROTO_ICMPV6) {
		put8(writer, packet->icmp_type);
		put8(writer, 0);
		put16(writer, 0);
		put32(writer, 0);
	}
	put_payload(writer, packet->payload);
}

static void put_ip4(struct writer *writer, const struct packet *packet)
{
	uint8_t *ip = writer->bytes + writer->size;
	unsigned int words = 5 + packet->options / 4;
	uint16_t total;

	put8(writer, packet->first_byte ? packet->first_byte : 0x40 | words);
	put8(writer, 0);
	put16(writer, 0); /* total length, later */
	put16(writer, 7);
	put16(writer, packet->offset / 8 | (packet->more ? 0x2000 : 0));
	put8(writer, packet->hop_limit ? packet->hop_limit : 64);
	put8(writer, packet->proto);
	put16(writer, 0);
	put_address(writer, packet->src);
	put_address(writer, packet->dst);
	for (int i = 0; i < packet->options; i++)
		put8(writer, 1); /* no operation */
	put_transport(writer, packet);

	total = packet->total ? packet->total : (uint16_t)(writer->bytes + writer->size - ip);
	ip[2] = (uint8_t)(total >> 8);
	ip[3] = (uint8_t)total;
	total = complement(add_words(ip, 4 * words, 0));
	ip[10] = (uint8_t)(total >> 8);
	ip[11] = (uint8_t)total;
}

static uint8_t extension_proto(char letter)
{
	static const char letters[] = "hrdDaf";
	static const uint8_t protos[] = {IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
					 IPPROTO_DSTOPTS, IPPROTO_AH,	   IPPROTO_FRAGMENT};
	const char *found = strchr(letters, letter);

	cr_assert(letter && found, "extension %c", letter);
	return protos[found - letters];
}

/*
 * h hop-by-hop options, r routing (type 2, with its address), d destination options, D longer
 * ones, a authentication, f a whole packet's fragment header.
 */
static void put_extension(struct writer *writer, char letter, uint8_t next)
{
	put8(writer, next);
	switch (letter) {
	case 'r':
		put8(writer, 2);
		put8(writer, 2);
		put8(writer, 1);
		put32(writer, 0);
		put_address(writer, NODE6);
		break;
	case 'a':
		put8(writer, 4);
		put_payload(writer, 22);
		break;
	case 'f':
		put8(writer, 0x50); /* reserved: whoever takes it for a length goes astray */
		put16(writer, 0);
		put32(writer, 7);
		break;
	case 'D':
		put8(writer, 31);
		put8(writer, 1);
		put8(writer, 252); /* padding, RFC 8200 section 4.2 */
		for (int i = 0; i < 252; i++)
			put8(writer, 0);
		break;
	default:
		put8(writer, 0);
		put8(writer, 1);
		put8(writer, 4);
		put32(writer, 0);
	}
}

static void put_ip6(struct writer *writer, const struct packet *packet)
{
	uint8_t *ip = writer->bytes + writer->size;
	uint8_t proto = packet->nd.type ? IPPROTO_ICMPV6 : packet->proto;
	bool fragment = packet->fragment || packet->more || packet->offset;
	const char *extensions = packet->extensions ? packet->extensions : "";
	uint8_t last = fragment ? IPPROTO_FRAGMENT : proto;
	uint16_t size, there;

	put8(writer, packet->first_byte ? packet->first_byte : 0x60);
	put8(writer, 0);
	put16(writer, 0);
	put16(writer, 0); /* payload length, later */
	put8(writer, *extensions ? extension_proto(*extensions) : last);
	put8(writer, packet->hop_limit ? packet->hop_limit : packet->nd.type ? 255 : 64);
	put_address(writer, packet->src);
	put_address(writer, packet->dst);
	for (; *extensions; extensions++)
		put_extension(writer, *extensions,
			      extensions[1] ? extension_proto(extensions[1]) : last);
	if (fragment) {
		put8(writer, proto);
		put8(writer, 0);
		put16(writer, (packet->offset & 0xfff8u) | packet->more);
		put32(writer, 7);
	}
	put_transport(writer, packet);

	there = (uint16_t)(writer->bytes + writer->size - ip - 40);
	size = packet->total ? packet->total : there;
	ip[4] = (uint8_t)(size >> 8);
	ip[5] = (uint8_t)size;
	if (packet->nd.type || (proto == IPPROTO_UDP && last == ip[6])) {
		uint8_t *checksum = ip + 40 + (packet->nd.type ? 2 : 6);

		size = packet_checksum6(ip, proto, there) + packet->checksum;
		checksum[0] = (uint8_t)(size >> 8);
		checksum[1] = (uint8_t)size;
	}
}

static void put_arp(struct writer *writer, const struct packet *packet)
{
	put16(writer, 1);
	put16(writer, 0x0800);
	put8(writer, 6);
	put8(writer, 4);
	put16(writer, packet->arp.operation);
	put_mac(writer, packet->arp.sender_mac);
	put_address(writer, packet->arp.sender);
	put_mac(writer, packet->arp.target_mac);
	put_address(writer, packet->arp.target);
	put_payload(writer, packet->payload);
}

static unsigned int ether_type(const struct packet *packet)
{
	if (packet->type)
		return packet->type;
	if (packet->arp.operation)
		return 0x0806;
	return strchr(packet->dst, ':') ? 0x86dd : 0x0800;
}

size_t packet_build(const struct packet *packet, uint8_t out[PACKET_MAX])
{
	struct writer writer = {0};

	writer.bytes = out;
	put_mac(&writer, packet->to ? packet->to : CLUSTER_MAC);
	put_mac(&writer, packet->from ? packet->from : CLIENT_MAC);
	for (int i = 0; i < 3 && packet->tag[i]; i++) {
		put16(&writer, packet->tag[i]);
		put16(&writer, 5u + (unsigned int)i);
	}
	put16(&writer, ether_type(packet));

	if (packet->arp.operation)
		put_arp(&writer, packet);
	else if (!packet->dst)
		put_payload(&writer, packet->payload);
	else if (strchr(packet->dst, ':'))
		put_ip6(&writer, packet);
	else
		put_ip4(&writer, packet);
	return writer.size;
}
