/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between a struct heartbeat and the bytes of include/xnlb/wire.h. What is written reads back the
 * same; what is read makes sense: sets and arrays fit each other, a view is one. The tag is not
 * made or checked here, only its room is left.
 */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include <stddef.h>
#include "core/heartbeat.h"

/* What a frame needs and a heartbeat does not know. */
struct wire_identity {
	uint64_t cluster;
	uint8_t key;
	uint32_t part[XNLB_PARTS];
};

/* What a frame has room for, or not: a piece of a bitmap, or some numbers. */
struct wire_extension {
	enum xnlb_extension_type type;
	uint8_t part; /* XNLB_EXTENSION_NONE: no bit is set in any part; `bits` does not count */
	uint64_t bits[XNLB_EXTENSION_BITS /
		      64]; /* bit n of the piece is bit n % 64 of bits[n / 64] */
};

/* Why a frame is refused, or not. */
enum wire_fault {
	WIRE_OK,
	WIRE_LENGTH,  /* shorter or longer than it says, or than it can be */
	WIRE_MAGIC,   /* something else */
	WIRE_VERSION, /* a layout that is not known here */
	WIRE_CLUSTER, /* another cluster's */
	WIRE_TYPE,    /* no such type, state or weight, or no life or sequence */
	WIRE_NODE,    /* an id that no node can have, or a set with a node beyond `count` */
	WIRE_VIEW,    /* a view that contradicts itself */
	WIRE_FILL,    /* something where zeros must be */
	WIRE_FAULTS
};

/*
 * Writes a frame of at most XNLB_FRAME_MAX bytes, the tag as zeros, and returns its length. Of
 * `extension` as many as have room are written, in their order; `*written` says how many.
 */
size_t wire_write(const struct heartbeat *heartbeat, const struct wire_identity *identity,
		  const struct wire_extension *extension, size_t extensions, size_t *written,
		  uint8_t out[XNLB_FRAME_MAX]);

/* Reads a frame of cluster `cluster`. `*out` and `part` are untouched unless it is WIRE_OK. */
enum wire_fault wire_read(const uint8_t *frame, size_t length, uint64_t cluster,
			  struct heartbeat *out, uint32_t part[XNLB_PARTS]);

/*
 * The extension at `*offset` of a frame that wire_read accepted; 0 before the first. False at the
 * end. Types that are not known here are skipped.
 */
bool wire_extension(const uint8_t *frame, size_t length, size_t *offset,
		    struct wire_extension *out);

#endif
