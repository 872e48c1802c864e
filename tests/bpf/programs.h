/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs in the kernel, loaded by the loader itself (dataplane/object.h) but not attached,
 * and frames run through them by BPF_PROG_TEST_RUN. Failures of the set-up end the test.
 */
#ifndef BPF_TEST_PROGRAMS_H
#define BPF_TEST_PROGRAMS_H

#include "bpf/packet.h"
#include "core/tables.h"
#include "dataplane/object.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct programs {
	struct object object;
	const struct tables *tables;
	int xdp, ingress, egress; /* descriptors */
};

/*
 * The cluster of the tables: two IPv4 and one IPv6 cluster IP and nodes 1 to 4, of which node 1 is
 * this one if nobody says otherwise. Rules named mine-... have all their buckets on node 1, those
 * named theirs-... on node 2, so a row knows its owner.
 */
extern const struct cluster test_cluster;

/* Tables of a cluster as node `node` has them, with the MACs that packet_mac() names. */
struct tables *programs_tables(const struct cluster *cluster, uint8_t node,
			       const struct xnlb_hash_key *hash);
/* Loads `tables`, which stay the caller's. */
void programs_load(const struct tables *tables, struct programs *out);
void programs_close(struct programs *programs);

/* The key with which tests hash that do not care. */
extern const struct xnlb_hash_key test_key;

/* Number of the rule of test_cluster with this name; 0 for NULL. */
uint32_t test_rule(const char *name);

/* The counters, summed over all CPUs, by rule and reason. */
void programs_counters(const struct programs *programs,
		       unsigned long long sums[XNLB_RULES_MAX + 1][XNLB_REASONS]);

/* The only counter that moved; `packets` is 0 if none did, more than one is a failure. */
struct counted {
	uint32_t rule;
	enum xnlb_reason reason;
	unsigned long long packets;
};

struct outcome {
	uint32_t code; /* what the program returned */
	uint8_t frame[PACKET_MAX];
	size_t size;
	struct counted counted;
};

/* Runs one frame; `what` names it in messages. */
void programs_run(const struct programs *programs, int program, const char *what,
		  const uint8_t *frame, size_t size, struct outcome *out);

/* Writes one entry of a map. */
void programs_write(const struct programs *programs, const char *map, uint32_t key,
		    const void *value);

/* Says what differs, with both frames, and returns false if they are not equal. */
bool same_frame(const char *what, const uint8_t *got, size_t got_size, const uint8_t *wanted,
		size_t wanted_size);

#endif
