// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Look-ups in the model of a cluster, and IP addresses as text. Knows no file and no socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/cluster.h"

_Static_assert(IP_TEXT_SIZE >= INET6_ADDRSTRLEN, "any address fits");

node_set cluster_nodes(const struct cluster *cluster)
{
	node_set set = 0;

	for (unsigned int i = 0; i < cluster->nodes; i++)
		set |= node_bit(cluster->node[i].id);
	return set;
}

const struct node *cluster_node(const struct cluster *cluster, uint8_t id)
{
	for (unsigned int i = 0; i < cluster->nodes; i++)
		if (cluster->node[i].id == id)
			return &cluster->node[i];
	return NULL;
}

const struct node *cluster_node_named(const struct cluster *cluster, const char *name)
{
	for (unsigned int i = 0; i < cluster->nodes; i++)
		if (!strcmp(cluster->node[i].name, name))
			return &cluster->node[i];
	return NULL;
}

uint8_t node_set_lowest(node_set set)
{
	return (uint8_t)__builtin_ffsll((long long)set);
}

int ip_parse(const char *text, struct ip_addr *ip)
{
	struct ip_addr parsed = {0};

	if (inet_pton(AF_INET, text, parsed.bytes) == 1)
		parsed.family = 4;
	else if (inet_pton(AF_INET6, text, parsed.bytes) == 1)
		parsed.family = 6;
	else
		return -EINVAL;
	*ip = parsed;
	return 0;
}

const char *ip_text(const struct ip_addr *ip, char text[IP_TEXT_SIZE])
{
	text[0] = '\0';
	if (ip->family)
		inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, text, IP_TEXT_SIZE);
	return text;
}

bool ip_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}
