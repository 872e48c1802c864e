/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames for the tests of the BPF programs, described in a table's row and built byte by byte.
 * Knows nothing of xnlb: lengths and checksums are computed here, after the RFCs.
 */
#ifndef BPF_TEST_PACKET_H
#define BPF_TEST_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 9100

/* MAC addresses have names, so that a row can be read: packet_mac(). */
#define CLUSTER_MAC "cluster" /* 03:bf:c0:a8:01:64, for cluster IP 192.168.1.100 */
#define NODE1_MAC   "node1"
#define NODE2_MAC   "node2"
#define CLIENT_MAC  "client"
#define CLIENT_0806 "client-0806" /* ends like the EtherType of ARP */
#define BROADCAST   "broadcast"
#define GROUP_MAC   "group" /* some multicast group */
#define ALL_NODES   "all-nodes"
#define NO_MAC	    "zero"

#define IP4	"192.168.1.100"
#define IP4_B	"192.168.1.101" /* a second cluster IP, with a rule of its own */
#define IP6	"fd00::100"
#define NODE4	"192.168.1.1"
#define NODE6	"fd00::1"
#define CLIENT4 "10.1.2.3"
#define CLIENT6 "fd01::3"

#define VLAN_8021Q  0x8100
#define VLAN_8021AD 0x88a8

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* What is 0 or NULL is left out or usual. Numbers are in host byte order. */
struct packet {
	const char *to, *from; /* names of MACs; NULL: cluster and client */
	uint16_t tag[3];       /* EtherTypes of VLAN tags, 0 ends them */
	uint16_t type;	       /* EtherType; 0: what the rest says */

	const char *src, *dst; /* IP addresses; a packet without is ARP or just a type */
	uint8_t proto;	       /* IP protocol number */
	uint16_t sport, dport;
	uint8_t flags;	   /* TCP; 0: ACK */
	uint8_t icmp_type; /* ICMP, ICMPv6 */
	uint16_t payload;  /* bytes behind the headers */
	uint8_t options;   /* bytes of IPv4 options, a multiple of 4 */
	uint8_t hop_limit; /* 0: 64 */

	const char *extensions; /* IPv6: a letter each; see put_extension() */
	bool fragment;		/* IPv6: with a fragment header, the last extension */
	bool more;		/* more fragments follow */
	uint16_t offset;

	struct {
		uint16_t operation; /* 1 request, 2 reply */
		const char *sender_mac, *sender, *target_mac, *target;
	} arp;

	struct {
		uint8_t type; /* 135 solicitation, 136 advertisement */
		uint32_t flags;
		const char *target;
		uint8_t option; /* 1 source, 2 target, 0 none */
		const char *mac;
		uint8_t padding; /* more options, in units of 8 bytes */
	} nd;

	/* Wrong on purpose. */
	uint8_t first_byte; /* version and header length */
	uint16_t total;	    /* IPv4's total length, IPv6's payload length */
	uint16_t checksum;  /* added to ICMPv6's */
	uint8_t last_units; /* added to the length of the last ND option; 255 makes it 0 */
};

const uint8_t *packet_mac(const char *name);

/* Writes the frame and returns its size. */
size_t packet_build(const struct packet *packet, uint8_t out[PACKET_MAX]);

/*
 * Internet checksum (RFC 1071) of an IPv6 packet's payload with its pseudo header; 0 if right. It
 * is as long as its header says, but only `most` bytes of it are there.
 */
uint16_t packet_checksum6(const uint8_t *ip, uint8_t proto, size_t most);

#endif
