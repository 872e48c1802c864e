/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables of packets for the XDP program. */
#ifndef BPF_TEST_XDP_H
#define BPF_TEST_XDP_H

#include "bpf/programs.h"

enum verdict {
	TAKEN,	 /* XDP_PASS with the node's own MAC written into the frame */
	DROPPED, /* XDP_DROP */
	PASSED,	 /* XDP_PASS, the frame untouched */
};

struct row {
	const char *name;
	struct packet packet;
	enum verdict verdict;
	enum xnlb_reason reason;
	const char *rule; /* NULL: none */
};

/* Runs the packet and compares verdict, frame and counter with the row. */
void xdp_row(const struct programs *programs, const struct row *row);

/* The same for bytes; `row` gives the name and what is expected. */
void xdp_bytes(const struct programs *programs, const struct row *row, const uint8_t *frame,
	       size_t size);

#endif
