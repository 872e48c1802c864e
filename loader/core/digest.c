// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Digests, field by field, so that neither padding nor byte order matter. */
#include "core/digest.h"

#include <string.h>

#include "core/mix.h"

static uint64_t mix_bytes(uint64_t state, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;

	state = mix(state, size);
	for (size_t i = 0; i < size; i++)
		state = mix(state, byte[i]);
	return state;
}

static uint64_t mix_text(uint64_t state, const char *text)
{
	return mix_bytes(state, text, strlen(text));
}

static uint64_t of_nodes(const struct cluster *cluster)
{
	uint64_t state = mix(0, cluster->nodes);

	for (unsigned int i = 0; i < cluster->nodes; i++)
		state = mix_text(mix(state, cluster->node[i].id), cluster->node[i].name);
	return state;
}

static uint64_t of_ips(const struct cluster *cluster)
{
	uint64_t state = mix(0, cluster->ips);

	for (unsigned int i = 0; i < cluster->ips; i++)
		state = mix_bytes(mix(state, cluster->ip[i].family), cluster->ip[i].bytes, 16);
	return state;
}

static uint64_t of_rules(const struct cluster *cluster)
{
	uint64_t state = mix(0, cluster->rules);

	for (unsigned int i = 0; i < cluster->rules; i++) {
		const struct rule *rule = &cluster->rule[i];

		state = mix_text(mix(state, rule->ip), rule->name);
		state = mix(mix(state, rule->protocol), rule->filter);
		state = mix(mix(state, (uint64_t)rule->port_first << 16 | rule->port_last),
			    rule->affinity);
		state = mix_bytes(state, rule->weight, sizeof(rule->weight));
		state = mix_bytes(state, rule->priority, sizeof(rule->priority));
	}
	return state;
}

uint64_t digest_cluster(const struct cluster *cluster, uint64_t seed, uint32_t part[XNLB_PARTS])
{
	const uint64_t parts[XNLB_PARTS] = {
		[XNLB_PART_MODE] = mix(mix(0, cluster->mode), cluster->default_action),
		[XNLB_PART_IPS] = of_ips(cluster),
		[XNLB_PART_NODES] = of_nodes(cluster),
		[XNLB_PART_RULES] = of_rules(cluster),
		[XNLB_PART_TIMES] = mix(mix(mix(cluster->quorum, cluster->heartbeat.interval_us),
					    cluster->heartbeat.tolerance),
					cluster->heartbeat.port),
		[XNLB_PART_SEED] = mix(0, seed),
	};
	uint64_t whole = 0;

	for (int i = 0; i < XNLB_PARTS; i++) {
		part[i] = (uint32_t)parts[i];
		whole = mix(whole, parts[i]);
	}
	return whole;
}
