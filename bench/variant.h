/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clusters that are measured, and the programs loaded for one of them. */
#ifndef BENCH_VARIANT_H
#define BENCH_VARIANT_H

#include "dataplane/object.h"

/* What part of the buckets is this node's: as many flows take each branch in every such cluster. */
enum share { NONE, HALF, ALL };

struct variant {
	uint8_t node; /* this one */
	uint8_t nodes;
	enum share share;
	unsigned int rules;  /* PORTS ports from FIRST_PORT on: one rule for all, or each its own */
	bool distinct;	     /* weights, so that no two rules share a plan of 4 KiB */
	uint16_t first_port; /* 0: FIRST_PORT */
	enum xnlb_affinity affinity;
};

/* Loads xnlb for it, without a pin: object_close leaves nothing. Ends the benchmark on failure. */
struct object variant_load(const struct variant *variant);

/* Packets of its first rule that were dropped as another node's. */
unsigned long long variant_dropped(const struct object *object);

#endif
