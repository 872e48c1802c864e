/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What nodes say to each other: the bytes of a heartbeat. docs/protocol.md has the meaning, the
 * states and the timers; this header has the layout and its limits.
 *
 * A frame is the payload of a UDP datagram from a node's dedicated address to a cluster IP, in an
 * Ethernet frame to the cluster MAC. All numbers are big-endian. It consists of
 *
 *   the head              struct xnlb_frame_head, 152 bytes
 *   the members           `count` entries of struct xnlb_frame_member, 12 bytes: of the node ids 1
 *                         to `count`; filled up with zeros to a multiple of 8
 *   extensions            any number of struct xnlb_frame_extension with their bytes, each filled
 *                         up with zeros to a multiple of 8; unknown types are skipped
 *   the tag               16 bytes
 *
 * so its length is a multiple of 8, and at most XNLB_FRAME_MAX. Bits of a set of nodes: bit (id -
 * 1) of the 64-bit number.
 *
 * A greeting is a heartbeat in a broadcast frame, each five seconds: nodes of another mode have
 * another cluster MAC, and would never know. It says what the sender is, and nothing of who is
 * heard. Frames of another version are taken as greetings too; in every version magic, version,
 * key, cluster and node have their place, length is what UDP says, and the tag comes last.
 *
 * The tag is SipHash-2-4 with 128 bits of output (Aumasson, Bernstein: SipHash: a fast short-input
 * PRF, INDOCRYPT 2012; the long output as in the authors' siphash.c) over 32 bytes of addresses and
 * then the frame without its tag. The addresses are the source and the destination IP, 16 bytes
 * each, wire order, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
 */
#ifndef XNLB_WIRE_H
#define XNLB_WIRE_H

#include <linux/types.h>
#include <xnlb/limits.h>

#define XNLB_FRAME_MAGIC   0x784e4c42u /* "xNLB" */
#define XNLB_FRAME_VERSION 1	       /* of this layout */
#define XNLB_FRAME_MAX	   1024	       /* bytes, with the tag */
#define XNLB_FRAME_PORT	   8860	       /* UDP, unless configured */

enum xnlb_frame_type {
	XNLB_FRAME_HEARTBEAT = 1, /* the sender is there */
	XNLB_FRAME_LEAVE,	  /* the sender has given up all buckets and goes */
};

/* Bits of `flags`. */
enum xnlb_frame_flag {
	XNLB_FLAG_JOIN = 1, /* the sender could be READY in a view at once */
	XNLB_FLAG_OUT = 2,  /* the sender takes no part, because somebody said so */
};

enum xnlb_state {
	XNLB_STATE_LISTEN,  /* in no view */
	XNLB_STATE_PREP,    /* has moved to a view, and released what it does not own there */
	XNLB_STATE_READY,   /* nobody outside of the view can accept any more */
	XNLB_STATE_ACTIVE,  /* accepts what the view gives it */
	XNLB_STATE_LEAVING, /* has given up everything */
	XNLB_STATES
};

/* What the configuration is made of: a digest each, so that a mismatch can be named. */
enum xnlb_part {
	XNLB_PART_MODE,	 /* mode of the cluster, and what happens to packets without a rule */
	XNLB_PART_IPS,	 /* cluster IPs */
	XNLB_PART_NODES, /* ids and names */
	XNLB_PART_RULES, /* port rules */
	XNLB_PART_TIMES, /* heartbeat interval, tolerance, port; quorum */
	XNLB_PART_SEED,	 /* seed of the flow hash */
	XNLB_PARTS
};

struct xnlb_frame_head {
	__be32 magic;
	__u8 version;
	__u8 type;	/* enum xnlb_frame_type */
	__u8 key;	/* id of the key that made the tag */
	__u8 flags;	/* enum xnlb_frame_flag */
	__be64 cluster; /* which cluster; derived from its seed */
	__u8 node;	/* sender's id */
	__u8 lowest;	/* versions that the sender speaks */
	__u8 highest;
	__u8 count;	    /* entries that follow: all ids that occur below are at most this */
	__be32 incarnation; /* drawn by lot when the sender started; not 0 */
	__be64 sequence;    /* goes up with each frame of an incarnation; the first is not 0 */

	/* The sender's view; while LISTEN, the last that it had. No view: all 0. */
	__be64 view_epoch;
	__be64 view_rank; /* size << 40 | proposer << 32 | the proposer's incarnation */
	__be64 view_members;
	__be64 view_digest; /* of the configuration that it goes by */
	__be64 view_hash;   /* of all that it holds */

	__u8 state;	  /* enum xnlb_state */
	__u8 weight;	  /* what the sender wants: percent of the weights that the rules give it */
	__u8 closed;	  /* version of its list of closed rules, 0: none are */
	__u8 reserved;	  /* 0 */
	__be16 length;	  /* of the frame in bytes, with the tag */
	__be16 reserved2; /* 0 */

	/* The last view in which the sender was READY or ACTIVE, and who of it is in the view
	 * above. */
	__be64 last_epoch;
	__be64 last_rank;
	__be64 last_with;

	__be64 heard;  /* whom the sender hears */
	__be64 acked;  /* whose `ack` below counts */
	__be64 digest; /* of the sender's newest configuration */
	__be32 part[XNLB_PARTS];
};

/* What the sender says of one node. Zeros where a set above does not have it. */
struct xnlb_frame_member {
	__be32 incarnation;	  /* as a member of the view */
	__be32 heard_incarnation; /* as it is heard */
	__be16 ack;		  /* low bits of its newest sequence that the sender acknowledges */
	__u8 weight, closed;	  /* as the view has them */
};

struct xnlb_frame_extension {
	__u8 type;     /* enum xnlb_extension_type */
	__u8 part;     /* which part of the whole */
	__be16 length; /* of the bytes that follow, without what fills them up */
};

enum xnlb_extension_type {
	/*
	 * Buckets in which the sender holds flows of others: bits 512 * part to 512 * part + 511;
	 * or, without bytes and with part XNLB_EXTENSION_NONE, that there are none. Said only when
	 * it has counted them since it moved to the view that the frame has.
	 */
	XNLB_EXTENSION_RESIDUAL = 1,
	/*
	 * Its closed rules: bits of the rule numbers 512 * part to 512 * part + 511; NONE as above.
	 * By the configuration of the sender's `digest`.
	 */
	XNLB_EXTENSION_CLOSED,
	/*
	 * What the sender asks of others (loader/core/ask.h): 64 bytes, eight numbers. `part` is 0.
	 *   0  request << 32 | verb << 24 | weight << 16 | rule; rule XNLB_ORDER_RULES: all of them
	 *   1  of whom, a set of nodes
	 *   2  timeout in milliseconds, 0: none
	 *   3  digest of the configuration that the rule is of
	 */
	XNLB_EXTENSION_ORDER,
	/*
	 * The sender's answer to node `part`.
	 *   0  request << 32 | answer
	 *   1  incarnation of that node
	 */
	XNLB_EXTENSION_ANSWER,
	/*
	 * As CLOSED: the list that the view in the frame has of the sender, where that is another
	 * version than its newest.
	 */
	XNLB_EXTENSION_CLOSED_VIEW,
};

#define XNLB_ORDER_RULES 0xffff

#define XNLB_FRAME_TAG		 16
#define XNLB_EXTENSION_BITS	 512
#define XNLB_EXTENSION_NONE	 255
#define XNLB_FRAME_FILLED(bytes) (((bytes) + 7u) & ~7u)
#define XNLB_FRAME_MEMBERS(count)         \
	(sizeof(struct xnlb_frame_head) + \
	 XNLB_FRAME_FILLED((count) * sizeof(struct xnlb_frame_member)))
#define XNLB_FRAME_MIN (XNLB_FRAME_MEMBERS(1u) + XNLB_FRAME_TAG)

_Static_assert(sizeof(struct xnlb_frame_head) == 152 && sizeof(struct xnlb_frame_member) == 12 &&
		       sizeof(struct xnlb_frame_extension) == 4,
	       "no hidden padding on the wire");
_Static_assert(XNLB_FRAME_MEMBERS(XNLB_NODES_MAX) +
			       XNLB_FRAME_FILLED(sizeof(struct xnlb_frame_extension) +
						 XNLB_EXTENSION_BITS / 8) +
			       XNLB_FRAME_TAG <=
		       XNLB_FRAME_MAX,
	       "a frame has room for the largest cluster and one extension");

#endif
