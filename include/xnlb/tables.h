/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader writes and the BPF programs read: the decision in the form of tables.
 *
 * A packet for a cluster IP is decided in three look-ups:
 *
 *   setup.ip4/ip6[slot]       is the destination a cluster IP, and which rows belong to it?
 *   rows[row].code[port]      which rule covers the destination port (host byte order), and how?
 *   owners[half + plan].owner[bucket]     which node takes it?
 *
 * Everything here is in host byte order except where the type says __be32 or the comment says
 * "wire". Structs have no hidden padding; sizes are asserted.
 *
 * Lifetime: `setup` is frozen when a program is loaded. `rows` and what describes them (`cluster`,
 * `nodes`, `ips`, `rules`) are written before the program is attached and belong to it: another
 * configuration means another program with its own maps, and one atomic link update. `owners` and
 * `live` change while the program runs: `owners` has two halves of `setup.plans` entries each,
 * `live.active` says which one counts.
 */
#ifndef XNLB_TABLES_H
#define XNLB_TABLES_H

#include <linux/types.h>
#include <xnlb/hash.h>
#include <xnlb/limits.h>

/* Changes whenever the meaning or layout of a pinned map changes. */
#define XNLB_LAYOUT 5

enum xnlb_cluster_mode { XNLB_UNICAST, XNLB_MULTICAST, XNLB_IGMP };

/* How a rule hands out its packets. XNLB_FILTER_DEFAULT: no rule, the default node takes it. */
enum xnlb_filter {
	XNLB_FILTER_DEFAULT,
	XNLB_FILTER_MULTIPLE,
	XNLB_FILTER_SINGLE,
	XNLB_FILTER_DISABLED
};

/* What happens to packets that no rule covers. */
enum xnlb_default { XNLB_DEFAULT_NODE, XNLB_DEFAULT_DROP };

/* How many of the configured nodes a view needs. */
enum xnlb_quorum { XNLB_QUORUM_NONE, XNLB_QUORUM_MAJORITY };

/* Bits, so that BOTH is TCP and UDP. */
enum xnlb_protocol { XNLB_TCP = 1, XNLB_UDP = 2, XNLB_BOTH = 3 };

enum xnlb_node_state { XNLB_NODE_ABSENT, XNLB_NODE_LIVE };

enum xnlb_xdp_hook { XNLB_XDP_NATIVE, XNLB_XDP_GENERIC };

/* Whose is the interface's XDP hook: ours alone, or libxdp's dispatcher's, which calls several. */
enum xnlb_attach { XNLB_ATTACH_EXCLUSIVE, XNLB_ATTACH_DISPATCHER };

enum xnlb_tc_hook { XNLB_TC_TCX, XNLB_TC_CLSACT };

/*
 * One entry of a row: what to do with one destination port.
 *   bits 0-9    rule number, 0 for "no rule"
 *   bits 10-19  plan number
 *   bits 20-21  enum xnlb_affinity
 *   bits 22-23  enum xnlb_filter
 * so 0 means: no rule, plan 0, the default node.
 */
static inline __attribute__((always_inline)) __u32 xnlb_code(__u32 rule, __u32 plan,
							     enum xnlb_affinity affinity,
							     enum xnlb_filter filter)
{
	return rule | plan << 10 | (__u32)affinity << 20 | (__u32)filter << 22;
}

static inline __attribute__((always_inline)) __u32 xnlb_code_rule(__u32 code)
{
	return code & 1023;
}

static inline __attribute__((always_inline)) __u32 xnlb_code_plan(__u32 code)
{
	return code >> 10 & 1023;
}

static inline __attribute__((always_inline)) enum xnlb_affinity xnlb_code_affinity(__u32 code)
{
	return (enum xnlb_affinity)(code >> 20 & 3);
}

static inline __attribute__((always_inline)) enum xnlb_filter xnlb_code_filter(__u32 code)
{
	return (enum xnlb_filter)(code >> 22 & 3);
}

/*
 * The code of the port that heartbeats come to: disabled, by no rule and with an affinity that is
 * none. So it costs nothing where packets are accepted or belong to others.
 */
#define XNLB_CODE_HEARTBEAT (3u << 20 | (__u32)XNLB_FILTER_DISABLED << 22)

_Static_assert(XNLB_RULES_MAX < 1024 && XNLB_PLANS_MAX <= 1024, "rule and plan fit in a code");

/* Map `rows`: by destination port, host byte order. Protocols without ports have code 0. */
struct xnlb_row {
	__u32 code[XNLB_PORTS];
};

/*
 * Map `owners`: by bucket, the id of the node that owns it, 0: none; and XNLB_OWNER_MOVING, if
 * another node may hold flows there. That bit alone: its new owner does not take it yet.
 */
#define XNLB_OWNER_MOVING 0x80

static inline __attribute__((always_inline)) __u8 xnlb_owner_id(__u8 owner)
{
	return owner & (XNLB_OWNER_MOVING - 1);
}

struct xnlb_plan {
	__u8 owner[XNLB_BUCKETS];
};

/*
 * Cluster IPs in a perfect hash: the loader looks for multipliers with which no two cluster IPs
 * share a slot. A slot that holds no cluster IP holds an address that belongs to another slot.
 */
#define XNLB_IP_SLOTS 256

struct xnlb_ip4_slot {
	__be32 addr;
	__u16 row_tcp;
	__u16 row_udp;
};

struct xnlb_ip6_slot {
	__be64 addr[2]; /* in halves, which take half the steps of words */
	__u64 hash;	/* xnlb_hash_dst6 of the address */
	__u16 row_tcp;
	__u16 row_udp;
	__u32 reserved;
};

static inline __attribute__((always_inline)) __u32 xnlb_ip4_slot(__u32 mult, __be32 addr)
{
	return xnlb_hash_word(addr) * mult >> 24;
}

static inline __attribute__((always_inline)) __u32 xnlb_ip6_slot(const __u64 mult[2],
								 const __be64 addr[2])
{
	return (xnlb_hash_long(addr[0]) * mult[0] + xnlb_hash_long(addr[1]) * mult[1]) >> 56;
}

/* A MAC address, wire order, that can be compared in one step; the two last bytes are 0. */
union xnlb_mac {
	__u8 bytes[8];
	__u64 word;
};

/* A key that authenticates heartbeats. */
struct xnlb_auth_key {
	__u64 key[2]; /* of SipHash, host byte order */
	__u8 id;      /* 0: no key */
	__u8 reserved[7];
};

#define XNLB_AUTH_KEYS 4

/* Read-only data of the programs. Holds secrets, so it is never pinned and never printed. */
struct xnlb_setup {
	union xnlb_mac own_mac; /* the node's */
	union xnlb_mac cluster_mac;
	__u8 node;	   /* this node's id */
	__u8 default_drop; /* 1: `default: drop` */
	__u16 plans;	   /* entries in each half of `owners`: cluster.room */
	__u32 ip4_mult;
	__u64 ip6_mult[2];
	__u8 conntrack; /* 1: the kernel can be asked for tracked connections */
	__u8 reserved[3];
	__u32 turn; /* under libxdp's dispatcher: of this program, as map `turn` has it; else 0 */
	struct xnlb_hash_key hash;
	struct xnlb_auth_key auth[XNLB_AUTH_KEYS];
	__be64 cluster; /* as heartbeats have it */
	__u64 nodes;	/* node ids of the configuration, bit (id - 1) */
	__u64 stale_ns; /* a lease with no more than this left has not been renewed for S */
	struct xnlb_ip4_slot ip4[XNLB_IP_SLOTS];
	struct xnlb_ip6_slot ip6[XNLB_IP_SLOTS];
};

_Static_assert(sizeof(struct xnlb_setup) == 48 + sizeof(struct xnlb_hash_key) +
						    XNLB_AUTH_KEYS * sizeof(struct xnlb_auth_key) +
						    24 + XNLB_IP_SLOTS * (8 + 32),
	       "struct xnlb_setup has no hidden padding");

#define XNLB_LEASE_FOREVER (~0ull)

/* Map `live`: what changes while the program runs. */
struct xnlb_live {
	__u32 active;	/* the half of `owners` that counts: 0 or 1; read once per packet */
	__u32 epoch;	/* number of the published table, goes up by one with each publish */
	__u64 lease_ns; /* CLOCK_BOOTTIME: new flows are accepted before it; XNLB_LEASE_FOREVER */
	__u64 lease_jiffies;	     /* the same in jiffies64, some ticks earlier */
	__u64 view_epoch, view_rank; /* of the view that the table belongs to; 0: none */
	__u32 incarnation; /* this node's in that view; 0: no daemon keeps the membership */
	__u32 fenced;	   /* 1: the program ended the lease; the daemon clears it */
	__u32 hz;	   /* jiffies of a second, as the daemon has measured; 0: not yet */
	__u32 reserved;
};

/*
 * Map `turn`, one entry: whose turn it is under libxdp's dispatcher. For a moment a replacement
 * stands in the chain beside what it replaces, and a packet is for one of them. The loader writes
 * both at once, aligned.
 */
struct xnlb_turn {
	__u32 current; /* setup.turn of the program that judges */
	__u32 program; /* its id; no program reads it */
} __attribute__((aligned(8)));

/*
 * Map `saved`, one entry: the state of the daemon's heartbeat thread, which no program reads. A
 * daemon that is started anew goes on with it. Two copies: of one the writing may have ended in the
 * middle.
 */
#define XNLB_SAVED_SIZE 24576

struct xnlb_saved {
	__u64 writer;  /* digest of the daemon's program: another one has another layout; 0: none */
	__u64 cluster; /* digest of the configuration */
	__u32 copy;    /* which one counts: 0 or 1 */
	__u32 size;    /* bytes that count of it */
	__u8 bytes[2][XNLB_SAVED_SIZE];
};

/* What the program xnlb_clock fills in. */
struct xnlb_clock {
	__u64 boottime_ns; /* CLOCK_BOOTTIME */
	__u64 jiffies;	   /* jiffies64 */
};

/*
 * Map `peers`, by node id: what the XDP program knows of a node's heartbeats. It writes all but
 * `incarnation`, which the daemon does.
 */
struct xnlb_peer {
	__u64 sequence;	   /* newest whose tag was right */
	__u64 arrival_ns;  /* CLOCK_BOOTTIME, of that */
	__u32 incarnation; /* the life that these belong to; 0: none is known */
	__u32 other;	   /* newest other life, and its newest sequence */
	__u64 other_sequence;
	__u64 other_ns; /* when that came, CLOCK_BOOTTIME */
	__u64 haste;	/* steps of the sequence that came too soon, in a row (fence.h) */
};

/*
 * Map `strangers`, by node id: of whom heartbeats came that this node cannot take for its
 * cluster's, and why. How many there were; anybody can send such. And the newest greeting.
 */
struct xnlb_stranger {
	__u64 clusters; /* of another seed */
	__u64 keys;	/* by a key that is not known here, or with a wrong tag */
	__u64 sequence;
	__u32 incarnation;
	__u32 reserved;
};

/* An entry of the ring buffer `heartbeats`; `length` bytes follow, the frame. */
struct xnlb_arrival {
	__u64 arrival_ns; /* CLOCK_BOOTTIME */
	__u32 length;
	__u8 mac[6]; /* source */
	__u8 greets; /* 1: a greeting (wire.h), which tells nothing of who is heard */
	__u8 reserved[5];
	__u8 source[16], destination[16]; /* IP addresses as the tag has them (wire.h) */
};

_Static_assert(sizeof(struct xnlb_live) == 56 && sizeof(struct xnlb_peer) == 48 &&
		       sizeof(struct xnlb_arrival) == 56,
	       "no hidden padding");

/*
 * What follows describes the tables to people and to `xnlb status`; no program reads it.
 */

/* Map `cluster`, one entry. */
struct xnlb_cluster {
	__u32 layout; /* XNLB_LAYOUT */
	__u32 ifindex;
	__u64 netns; /* inode number of the network namespace that `ifindex` belongs to */
	char name[XNLB_NAME_SIZE];
	char interface[16];
	enum xnlb_cluster_mode mode;
	enum xnlb_default default_action;
	enum xnlb_xdp_hook xdp_hook;
	enum xnlb_tc_hook tc_hook;
	__u8 cluster_mac[6]; /* wire order */
	__u8 own_mac[6];     /* wire order; as it was when the program was attached */
	__u8 group[4];	     /* mode igmp: the IPv4 group 239.255.y.z, wire order; else 0 */
	__u32 node;	     /* this node's id */
	__u32 nodes, ips, rules, rows;
	__u32 plans; /* in use when it was attached; a daemon may use more, each rule one of its own
		      */
	__u32 room;  /* entries in each half of `owners` */
	enum xnlb_attach attach;
	__u64 digest;  /* of the configuration, as heartbeats have it */
	__u64 content; /* of all that the programs go by, and of themselves */
};

_Static_assert(sizeof(struct xnlb_cluster) == 176, "struct xnlb_cluster has no hidden padding");

/* Map `nodes`, by node id. */
struct xnlb_node {
	char name[XNLB_NAME_SIZE]; /* empty: no such node */
	enum xnlb_node_state state;
};

/* Map `ips`, by index. */
struct xnlb_ip {
	char text[48];
	__u32 family;	/* 4 or 6 */
	__be32 addr[4]; /* wire order; IPv4 in addr[0], the rest 0 */
	__u16 row_tcp;	/* entries of map `rows` */
	__u16 row_udp;
};

/* Map `rules`, by rule number; entry 0 stands for "no rule". */
struct xnlb_rule {
	char name[XNLB_NAME_SIZE];
	char ip[48]; /* text of one cluster IP, or "all" */
	enum xnlb_protocol protocol;
	enum xnlb_filter filter;
	enum xnlb_affinity affinity;
	__u16 port_first, port_last; /* host byte order */
	__u32 plan;
	__u8 weight[XNLB_NODES_MAX];   /* filter multiple: by node id - 1 */
	__u8 priority[XNLB_NODES_MAX]; /* filter single: by node id - 1; 1 is the first choice, 0
					  none */
};

_Static_assert(sizeof(struct xnlb_node) == 68 && sizeof(struct xnlb_ip) == 72 &&
		       sizeof(struct xnlb_rule) == 260,
	       "map values have no hidden padding");

#endif
