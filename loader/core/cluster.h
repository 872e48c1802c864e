/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model of a cluster, as the configuration describes it. Plain data: no pointers, no I/O, so
 * it can be copied, compared and built by hand in a test. Whoever fills it (loader/config) has
 * checked it; the functions of the core rely on the limits stated here.
 */
#ifndef CORE_CLUSTER_H
#define CORE_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <xnlb/limits.h>
#include <xnlb/tables.h>

/* An IP address of either family, wire order. IPv4: bytes[0..3], the rest 0. */
struct ip_addr {
	uint8_t family; /* 4 or 6; 0: no address */
	uint8_t bytes[16];
};

/* Room for the text of any ip_addr. */
#define IP_TEXT_SIZE 48

struct node {
	uint8_t id; /* 1 to XNLB_NODES_MAX, unique */
	char name[XNLB_NAME_SIZE];
	char interface[16]; /* empty: the cluster's */
};

struct rule {
	char name[XNLB_NAME_SIZE];
	uint8_t ip; /* index into cluster.ip, or RULE_IP_ALL */
	enum xnlb_protocol protocol;
	uint16_t port_first, port_last;
	enum xnlb_filter filter; /* multiple, single or disabled */
	enum xnlb_affinity affinity;
	uint8_t weight[XNLB_NODES_MAX];	  /* filter multiple: by node id - 1, 0 to 100 */
	uint8_t priority[XNLB_NODES_MAX]; /* filter single: by node id - 1, 1 is first, 0: never */
};

#define RULE_IP_ALL 255

struct cluster {
	char name[XNLB_NAME_SIZE];
	enum xnlb_cluster_mode mode;
	enum xnlb_default default_action;
	enum xnlb_quorum quorum;
	enum xnlb_attach attach; /* a machine's own affair: nodes may differ */
	char interface[16];	 /* may be empty if every node names its own */

	unsigned int nodes; /* entries of node[], in the order of the file */
	struct node node[XNLB_NODES_MAX];

	unsigned int ips;
	struct ip_addr ip[XNLB_IPS_MAX];

	unsigned int rules; /* rule number n is rule[n - 1] */
	struct rule rule[XNLB_RULES_MAX];

	struct {
		uint32_t interval_us;
		uint32_t tolerance; /* heartbeats lost in a row that must do no harm */
		uint16_t port;
	} heartbeat;
};

/* A set of node ids: bit (id - 1). */
typedef uint64_t node_set;

static inline node_set node_bit(uint8_t id)
{
	return 1ull << (id - 1);
}

/* A set of rules: bit (number % 64) of word (number / 64). */
struct rule_set {
	uint64_t word[(XNLB_RULES_MAX + 64) / 64];
};

static inline bool rule_set_has(const struct rule_set *set, uint32_t rule)
{
	return set->word[rule / 64] >> rule % 64 & 1;
}

static inline void rule_set_add(struct rule_set *set, uint32_t rule)
{
	set->word[rule / 64] |= 1ull << rule % 64;
}

/* All nodes of the cluster. */
node_set cluster_nodes(const struct cluster *cluster);

/* The node with this id or name; NULL if there is none. */
const struct node *cluster_node(const struct cluster *cluster, uint8_t id);
const struct node *cluster_node_named(const struct cluster *cluster, const char *name);

/* Lowest id of the set, 0 if it is empty: the default node. */
uint8_t node_set_lowest(node_set set);

/* Parses "192.168.1.1" or "fd00::1" (no prefix, no zone). 0 or -EINVAL. */
int ip_parse(const char *text, struct ip_addr *ip);
/* Writes the canonical text (RFC 5952) and returns `text`. */
const char *ip_text(const struct ip_addr *ip, char text[IP_TEXT_SIZE]);
bool ip_equal(const struct ip_addr *a, const struct ip_addr *b);

#endif
