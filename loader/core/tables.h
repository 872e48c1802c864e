/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a cluster to the tables of include/xnlb/tables.h, and from the tables to the answer "which
 * node takes this packet". The same struct is filled from a configuration (tables_build) and from
 * the pinned maps of a running instance (loader/dataplane), so both are explained alike.
 */
#ifndef CORE_TABLES_H
#define CORE_TABLES_H

#include <xnlb/reason.h>
#include "core/cluster.h"

struct tables {
	/* own_mac, node, auth and cluster are left to the caller of tables_build */
	struct xnlb_setup setup;
	struct xnlb_live live; /* what the programs begin with; no daemon, no end of the lease */
	struct xnlb_cluster cluster; /* node and interface facts are left to the caller */
	struct xnlb_node node[XNLB_NODES_MAX + 1]; /* by id */
	struct xnlb_ip ip[XNLB_IPS_MAX];
	struct xnlb_rule rule[XNLB_RULES_MAX + 1]; /* by number; [0] stands for "no rule" */
	struct xnlb_row *row;			   /* cluster.rows entries, heap */
	bool idle; /* of a running instance: this node has no lease */
	/* cluster.room entries, heap, of which the first cluster.plans count; [0]: default node */
	struct xnlb_plan *plan;
};

/*
 * Equal rows are stored once, rules of equal weights share a plan. A node outside `members` is
 * ABSENT and owns nothing. Fills setup.ip4/ip6 with multipliers that it finds by trying.
 * 0, -ENOMEM, or -ENOSPC if no multiplier was found (cannot happen within XNLB_IPS_MAX: tested).
 * `*out` is untouched on failure; free it with tables_free, which takes NULL.
 */
int tables_build(const struct cluster *cluster, node_set members, const struct xnlb_hash_key *hash,
		 struct tables **out);
void tables_free(struct tables *tables);

/* A copy of its own. 0 or -ENOMEM. */
int tables_copy(const struct tables *tables, struct tables **out);

/* The cluster IPs, in their order. */
void tables_ips(const struct tables *tables, struct ip_addr out[XNLB_IPS_MAX]);

/* The owners of every plan again, for other members or weights of the same rules. */
void tables_own(struct tables *tables, node_set members);

/*
 * The same for a view: each member has its percentage of the weights that the rules give it. With 0
 * percent it owns nothing; if all have 0, only the default node is one of them. `closed`: by node
 * id - 1, rules of which it takes nothing; each rule that is in one has a plan of its own.
 */
struct view;
void tables_own_view(struct tables *tables, const struct view *view,
		     const struct rule_set closed[XNLB_NODES_MAX]);

/*
 * The plans of the rules as somebody else has numbered them, by rule number: who takes over what is
 * attached. -EPROTO if they do not fit.
 */
int tables_adopt(struct tables *tables, const struct xnlb_rule *rule);

/*
 * Gives a rule a plan of its own, with the owners of the one that it shared, so that nothing
 * changes; there is always room. Its number; 0 if the rule shares none.
 */
uint32_t tables_split(struct tables *tables, uint32_t rule);

struct flow {
	struct ip_addr src, dst;
	uint8_t proto;	       /* IP protocol number */
	uint16_t sport, dport; /* host byte order; 0 for protocols without ports */
};

struct explanation {
	/* On node setup.node. Where that is 0, on the owner, else alike on all nodes. */
	enum xnlb_verdict verdict;
	enum xnlb_reason reason;
	uint32_t rule; /* rule number, 0: none */
	uint32_t bucket;
	uint8_t owner; /* node id, 0: none */
	/* The bucket is being handed over: what opens no connection goes to whoever has it. */
	bool moves;
};

/*
 * What the XDP program of node setup.node (0: of the owner) does with the first packet of this flow
 * in a frame to the cluster MAC, and who owns its bucket. -EADDRNOTAVAIL: `dst` is not a cluster
 * IP; -EAFNOSUPPORT: families differ.
 */
int tables_explain(const struct tables *tables, const struct flow *flow, struct explanation *out);

/* Buckets of the rule's plan that node `id` owns; 0 for a disabled rule. */
unsigned int tables_share(const struct tables *tables, uint32_t rule, uint8_t id);

/* Name, text and verdict of a reason. */
const char *reason_name(enum xnlb_reason reason);
const char *reason_text(enum xnlb_reason reason);
enum xnlb_verdict reason_verdict(enum xnlb_reason reason);

#endif
