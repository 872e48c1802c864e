// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From a variant to loaded programs, through the loader's own functions. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/tables.h"
#include "flow.h"
#include "frame.h"
#include "harness.h"
#include "variant.h"

/* This node's weight and the sum of the others', for each rule another pair of nearly equal ones.
 */
static void halves(unsigned int index, unsigned int *mine, unsigned int *others)
{
	unsigned int more = 61 + index % 40, less = more - index / 40;

	*mine = index % 2 ? more : less;
	*others = index % 2 ? less : more;
}

static void weigh(struct rule *rule, const struct variant *variant, unsigned int index)
{
	unsigned int others = 63, mine = 63, each, rest;

	if (variant->distinct)
		halves(index, &mine, &others);
	each = others / (variant->nodes - 1u);
	rest = others % (variant->nodes - 1u);
	for (uint8_t id = 1; id <= variant->nodes; id++) {
		unsigned int other = each + (id > variant->nodes - rest);

		if (variant->share == NONE && variant->distinct)
			other = 1 + ((index + 1) * (id * 2654435761u) >> 16) % 100;
		if (id == variant->node)
			rule->weight[id - 1] = (uint8_t)(variant->share == NONE ? 0 : mine);
		else
			rule->weight[id - 1] = (uint8_t)(variant->share == ALL ? 0 : other);
	}
}

static void fill_rules(struct cluster *cluster, const struct variant *variant)
{
	unsigned int first = variant->first_port ? variant->first_port : FIRST_PORT;

	cluster->rules = variant->rules;
	for (unsigned int i = 0; i < variant->rules; i++) {
		struct rule *rule = &cluster->rule[i];

		*rule = (struct rule){.ip = RULE_IP_ALL,
				      .protocol = XNLB_BOTH,
				      .port_first = (uint16_t)(first + i),
				      .port_last = (uint16_t)(first + i),
				      .filter = XNLB_FILTER_MULTIPLE,
				      .affinity = variant->affinity};
		if (variant->rules == 1)
			rule->port_last = (uint16_t)(first + PORTS - 1);
		snprintf(rule->name, sizeof(rule->name), "rule%u", i);
		weigh(rule, variant, i);
	}
}

static struct tables *build_tables(const struct variant *variant)
{
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	struct xnlb_hash_key hash = {{3, 5, 7, 11, 13, 17, 19, 23, 29, 31}, 37};
	struct tables *tables;
	int err;

	if (!cluster)
		give_up("memory", ENOMEM);
	for (int i = 0; i < XNLB_HASH_WORDS; i++) /* odd multiples of the golden ratio */
		hash.a[i] *= 0x9e3779b97f4a7c15;
	cluster->mode = XNLB_MULTICAST;
	cluster->nodes = variant->nodes;
	for (uint8_t i = 0; i < variant->nodes; i++) {
		cluster->node[i].id = (uint8_t)(i + 1);
		snprintf(cluster->node[i].name, sizeof(cluster->node[i].name), "node%u", i + 1u);
	}
	cluster->ips = 2;
	ip_parse(CLUSTER_4, &cluster->ip[0]);
	ip_parse(CLUSTER_6, &cluster->ip[1]);
	fill_rules(cluster, variant);
	err = tables_build(cluster, cluster_nodes(cluster), &hash, &tables);
	if (err)
		give_up("tables", err);
	/* One plan is the default node's. */
	if (tables->cluster.plans != 1 + (variant->distinct ? variant->rules : 1))
		give_up("plans, not as many as the case says", EINVAL);
	free(cluster);
	return tables;
}

struct object variant_load(const struct variant *variant)
{
	/* An instance without a pin, of which nothing is kept. */
	struct instance nowhere = {.name = "bench", .folder = "/tmp/xnlb-bench-XXXXXX", .lock = -1};
	struct tables *tables = build_tables(variant);
	struct object object;
	int err;

	tables->setup.node = variant->node;
	memcpy(tables->setup.own_mac.bytes, frame_to, 6);
	if (!mkdtemp(nowhere.folder))
		give_up("temporary folder", errno);
	err = object_load(tables, &nowhere, OBJECT_KEEP_NOTHING, &object);
	rmdir(nowhere.folder);
	if (err)
		exit(1);
	tables_free(tables);
	return object;
}

unsigned long long variant_dropped(const struct object *object)
{
	int cpus = libbpf_num_possible_cpus();
	struct xnlb_counters *each = calloc((size_t)cpus, sizeof(*each));
	unsigned long long sum = 0;
	__u32 rule = 1;

	if (!each)
		give_up("memory", ENOMEM);
	if (bpf_map_lookup_elem(object_map(object, "counters"), &rule, each))
		give_up("map counters", errno);
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += each[cpu].other_bucket;
	free(each);
	return sum;
}
