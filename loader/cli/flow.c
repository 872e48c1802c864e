// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flows from and to text. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/flow.h"

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{"tcp", IPPROTO_TCP},	    {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP},
	{"icmpv6", IPPROTO_ICMPV6}, {"gre", IPPROTO_GRE}, {"esp", IPPROTO_ESP},
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* A decimal number up to `most`, nothing else. */
static int parse_number(const char *text, unsigned long most, unsigned long *out)
{
	unsigned long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || number > most)
		return -EINVAL;
	*out = number;
	return 0;
}

static int parse_protocol(const char *text, uint8_t *out)
{
	unsigned long number;

	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (!strcasecmp(protocols[i].name, text)) {
			*out = protocols[i].number;
			return 0;
		}
	}
	if (parse_number(text, 255, &number))
		return -EINVAL;
	*out = (uint8_t)number;
	return 0;
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT"; without a port if the protocol has none. */
static int parse_end(const char *text, bool ports, struct ip_addr *ip, uint16_t *port)
{
	char copy[IP_TEXT_SIZE + 8], *address = copy, *colon = NULL;
	unsigned long number = 0;
	size_t length = strlen(text);

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length + 1);
	if (copy[0] == '[') {
		char *bracket = strchr(copy, ']');

		if (!bracket || (bracket[1] && bracket[1] != ':'))
			return -EINVAL;
		*bracket = '\0';
		address = copy + 1;
		colon = bracket[1] ? bracket + 1 : NULL;
	} else if (ports) {
		colon = strchr(copy, ':');
		/* Of an IPv6 address nobody can tell which part is the port. */
		if (colon && strchr(colon + 1, ':'))
			return -EINVAL;
	}
	if (!colon != !ports)
		return -EINVAL;
	if (colon) {
		*colon = '\0';
		if (parse_number(colon + 1, XNLB_PORTS - 1, &number))
			return -EINVAL;
	}
	*port = (uint16_t)number;
	return ip_parse(address, ip);
}

int flow_parse(const char *proto, const char *src, const char *dst, struct flow *out,
	       const char **bad)
{
	struct flow flow = {0};
	bool ports;

	*bad = proto;
	if (parse_protocol(proto, &flow.proto))
		return -EINVAL;
	ports = flow.proto == IPPROTO_TCP || flow.proto == IPPROTO_UDP;
	*bad = src;
	if (parse_end(src, ports, &flow.src, &flow.sport))
		return -EINVAL;
	*bad = dst;
	if (parse_end(dst, ports, &flow.dst, &flow.dport))
		return -EINVAL;
	*out = flow;
	return 0;
}

static const char *end_text(const struct ip_addr *ip, uint16_t port, bool ports, char *text,
			    size_t size)
{
	char address[IP_TEXT_SIZE];

	ip_text(ip, address);
	if (!ports)
		snprintf(text, size, "%s", address);
	else
		snprintf(text, size, ip->family == 6 ? "[%s]:%u" : "%s:%u", address, port);
	return text;
}

const char *flow_text(const struct flow *flow, char text[FLOW_TEXT_SIZE])
{
	bool ports = flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP;
	char src[IP_TEXT_SIZE + 8], dst[IP_TEXT_SIZE + 8], number[8];
	const char *proto = number;

	snprintf(number, sizeof(number), "%u", flow->proto);
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == flow->proto)
			proto = protocols[i].name;
	end_text(&flow->src, flow->sport, ports, src, sizeof(src));
	end_text(&flow->dst, flow->dport, ports, dst, sizeof(dst));
	snprintf(text, FLOW_TEXT_SIZE, "%s %s -> %s", proto, src, dst);
	return text;
}
