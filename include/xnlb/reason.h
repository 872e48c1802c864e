/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet went where it went.
 *
 * Every packet that the XDP program sees ends with exactly one reason, and each reason has one
 * verdict. Reasons are counted per CPU and per rule (map `counters`; what belongs to no rule is
 * counted under rule 0). The tc companions count only what they act on. This list is the only
 * place where reasons are named: numbers, the fields of the counters and the texts that users read
 * come from it. New reasons go to the end of their verdict; the numbers are not an interface, the
 * names are.
 *
 * Verdicts:
 *   accept  this node's stack gets the packet; the XDP program stamps it by rewriting the
 *           destination MAC to the node's own
 *   drop    the packet ends here
 *   pass    not the cluster's business: untouched, the kernel goes on as if xnlb were not there
 */
#ifndef XNLB_REASON_H
#define XNLB_REASON_H

/* X(IDENTIFIER, counter_field, "name", VERDICT, "text for people") */
#define XNLB_REASON_LIST(X)                                                                        \
	X(OWN_BUCKET, own_bucket, "own-bucket", ACCEPT, "the bucket belongs to this node")         \
	X(DEFAULT_NODE, default_node, "default-node", ACCEPT,                                      \
	  "no port rule covers it and this is the default node")                                   \
	X(LOCAL_SOCKET, local_socket, "local-socket", ACCEPT,                                      \
	  "no port rule covers it, but a connection of this node does")                            \
	X(FRAGMENT, fragment, "fragment", ACCEPT,                                                  \
	  "a fragment after the first: every node takes it, only the owner has the first piece")   \
	X(ICMP_ERROR, icmp_error, "icmp-error", ACCEPT,                                            \
	  "an ICMP error: every node takes it, the stack ignores those of others")                 \
	X(KEPT, kept, "kept", ACCEPT,                                                              \
	  "of a connection of this node, in a bucket that moved or without a lease")               \
	X(WRONG_MAC, wrong_mac, "wrong-mac", ACCEPT,                                               \
	  "this node's packet, but sent to its own MAC: a stale neighbour entry")                  \
	X(ANSWERED, answered, "answered", ACCEPT,                                                  \
	  "an ARP or neighbour request for a cluster IP, answered with the cluster MAC")           \
	X(OTHER_BUCKET, other_bucket, "other-bucket", DROP, "the bucket belongs to another node")  \
	X(NO_RULE, no_rule, "no-rule", DROP,                                                       \
	  "no port rule covers it and another node is the default node, or default is drop")       \
	X(NO_SOCKET, no_socket, "no-socket", DROP,                                                 \
	  "no port rule covers it, and no connection of this node, the default node, does")        \
	X(DISABLED, disabled, "disabled", DROP, "its port rule is disabled")                       \
	X(NO_OWNER, no_owner, "no-owner", DROP, "no live node has a weight for its port rule")     \
	X(MOVING, moving, "moving", DROP,                                                          \
	  "its bucket is being handed over, and no connection of this node has it")                \
	X(NO_LEASE, no_lease, "no-lease", DROP,                                                    \
	  "a new flow, but this node may not take any: it has no lease")                           \
	X(WRONG_MAC_DROP, wrong_mac_drop, "wrong-mac-drop", DROP,                                  \
	  "another node's packet, sent to this node's own MAC: a stale neighbour entry")           \
	X(GROUP_MAC, group_mac, "group-mac", DROP,                                                 \
	  "sent to a broadcast or multicast MAC that is not the cluster's")                        \
	X(TAGS, tags, "tags", DROP, "more than two VLAN tags: nobody looks what is behind them")   \
	X(MALFORMED, malformed, "malformed", DROP, "for a cluster IP, but its headers are broken") \
	X(NO_FILTER, no_filter, "no-filter", DROP,                                                 \
	  "reached the stack without passing the XDP program: is it still attached?")              \
	X(EGRESS_SOURCE, egress_source, "egress-source", DROP,                                     \
	  "was about to leave with the cluster MAC as source")                                     \
	X(EGRESS_ANNOUNCE, egress_announce, "egress-announce", DROP,                               \
	  "was about to announce a cluster IP with a node's own MAC")                              \
	X(INTERNAL, internal, "internal", DROP, "a table entry was missing: a fault of xnlb")      \
	X(HEARTBEAT, heartbeat, "heartbeat", DROP, "another node's heartbeat: the daemon has it")  \
	X(HEARTBEAT_UNREAD, heartbeat_unread, "heartbeat-unread", DROP,                            \
	  "another node's heartbeat, which no daemon reads")                                       \
	X(HEARTBEAT_OWN, heartbeat_own, "heartbeat-own", DROP,                                     \
	  "a heartbeat of this node that came back, or of another with the same id")               \
	X(HEARTBEAT_BROKEN, heartbeat_broken, "heartbeat-broken", DROP,                            \
	  "to the port of heartbeats, but none that this version can read")                        \
	X(HEARTBEAT_CLUSTER, heartbeat_cluster, "heartbeat-cluster", DROP,                         \
	  "a heartbeat of another cluster")                                                        \
	X(HEARTBEAT_NODE, heartbeat_node, "heartbeat-node", DROP,                                  \
	  "a heartbeat of a node that the configuration does not have")                            \
	X(HEARTBEAT_KEY, heartbeat_key, "heartbeat-key", DROP,                                     \
	  "a heartbeat made with a key that this node does not have")                              \
	X(HEARTBEAT_OLD, heartbeat_old, "heartbeat-old", DROP,                                     \
	  "a heartbeat that was heard before, or is older than one that was")                      \
	X(HEARTBEAT_TAG, heartbeat_tag, "heartbeat-tag", DROP,                                     \
	  "a heartbeat whose tag is wrong: forged, changed on its way, or of another key")         \
	X(HEARTBEAT_GREETING, heartbeat_greeting, "heartbeat-greeting", DROP,                      \
	  "a node's heartbeat to nodes of whatever mode or version: the daemon compares")          \
	X(NOT_IP, not_ip, "not-ip", PASS, "neither IPv4 nor IPv6")                                 \
	X(NOT_CLUSTER, not_cluster, "not-cluster", PASS, "not for a cluster IP")                   \
	X(OTHER_MAC, other_mac, "other-mac", PASS,                                                 \
	  "for a cluster IP, but to the MAC of some other machine")                                \
	X(TRUNCATED, truncated, "truncated", PASS, "too short to hold a destination address")

enum xnlb_reason {
#define X(id, field, name, verdict, text) XNLB_REASON_##id,
	XNLB_REASON_LIST(X)
#undef X
		XNLB_REASONS
};

enum xnlb_verdict { XNLB_VERDICT_ACCEPT, XNLB_VERDICT_DROP, XNLB_VERDICT_PASS };

/* Value of map `counters`: packets by reason. Host byte order; only the data plane writes. */
struct xnlb_counters {
#define X(id, field, name, verdict, text) unsigned long long field;
	XNLB_REASON_LIST(X)
#undef X
};

#endif
