// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How many instructions the verifier looks at: a limit with room for older and newer kernels, and
 * it depends on what the loader has written into the programs' constants.
 */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/programs.h"
#include "unit/random.h"

/* For older kernels, whose verifiers prune less, VERIFIED_MAX in the environment is another. */
static unsigned int limit(void)
{
	const char *given = getenv("VERIFIED_MAX");

	return given && *given ? (unsigned int)strtoul(given, NULL, 10) : 8000;
}

static void check(const char *what, const struct tables *tables)
{
	struct programs programs;

	programs_load(tables, &programs);
	const struct {
		const char *name;
		int fd;
	} list[] = {{"xnlb_xdp", programs.xdp},
		    {"xnlb_ingress", programs.ingress},
		    {"xnlb_egress", programs.egress}};

	for (size_t i = 0; i < COUNT(list); i++) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		cr_assert_eq(bpf_obj_get_info_by_fd(list[i].fd, &info, &size), 0);
		cr_expect(info.verified_insns > 0 && info.verified_insns <= limit(),
			  "%s, %s: %u instructions", list[i].name, what, info.verified_insns);
		printf("# %s, %s: %u instructions of at most %u\n", list[i].name, what,
		       info.verified_insns, limit());
	}
	programs_close(&programs);
}

/* As many of everything as there may be. */
static void largest_cluster(struct cluster *cluster)
{
	*cluster = (struct cluster){
		.nodes = XNLB_NODES_MAX, .ips = XNLB_IPS_MAX, .rules = XNLB_RULES_MAX};
	for (uint8_t i = 0; i < XNLB_NODES_MAX; i++) {
		struct ip_addr *ip = &cluster->ip[i];

		cluster->node[i].id = i + 1;
		snprintf(cluster->node[i].name, sizeof(cluster->node[i].name), "node%u", i + 1u);
		ip->family = i % 2 ? 6 : 4;
		for (int byte = 0; byte < (i % 2 ? 16 : 4); byte++)
			ip->bytes[byte] = (uint8_t)random_word();
	}
	for (unsigned int i = 0; i < XNLB_RULES_MAX; i++) {
		struct rule *rule = &cluster->rule[i];

		*rule = (struct rule){.ip = RULE_IP_ALL,
				      .protocol = XNLB_BOTH,
				      .port_first = (uint16_t)i,
				      .port_last = (uint16_t)i,
				      .filter = XNLB_FILTER_MULTIPLE,
				      .affinity = (enum xnlb_affinity)(i % 3)};
		for (int node = 0; node < XNLB_NODES_MAX; node++)
			rule->weight[node] = (uint8_t)(1 + random_below(100));
	}
}

Test(verifier, limit, .timeout = 60)
{
	static struct cluster cluster;
	struct tables *tables;

	tables = programs_tables(&test_cluster, 1, &test_key);
	check("a small cluster", tables);
	tables->setup.default_drop = 1;
	check("default: drop", tables);
	memset(&tables->setup, 0, sizeof(tables->setup));
	check("nothing written", tables);
	tables_free(tables);

	largest_cluster(&cluster);
	tables = programs_tables(&cluster, XNLB_NODES_MAX, &test_key);
	check("the largest cluster", tables);
	tables_free(tables);
}
