// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb status: what is attached, read from the pinned maps, as text and as JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "cli/json.h"
#include "cli/verbs.h"
#include "core/mac.h"
#include "core/words.h"
#include "dataplane/state.h"

/* What status says of one rule, or of the traffic that no rule covers (number 0). */
struct rule_line {
	const struct xnlb_rule *rule;
	const char *protocol, *mode;
	char ports[PORTS_TEXT_SIZE];
	double share; /* of this node, in percent */
	unsigned long long accepted, dropped;
};

static unsigned long long sum_verdict(const struct xnlb_counters *counters,
				      enum xnlb_verdict verdict)
{
	const unsigned long long *packets = (const unsigned long long *)counters;
	unsigned long long sum = 0;

	for (int reason = 0; reason < XNLB_REASONS; reason++)
		if (reason_verdict(reason) == verdict)
			sum += packets[reason];
	return sum;
}

static struct rule_line rule_line(const struct state *state, __u32 number)
{
	const struct tables *tables = state->tables;
	struct rule_line line = {
		.rule = &tables->rule[number],
		.protocol = "any",
		.mode = "default",
		.share = 100.0 * tables_share(tables, number, (uint8_t)tables->cluster.node) /
			 XNLB_BUCKETS,
		.accepted = sum_verdict(&state->counters[number], XNLB_VERDICT_ACCEPT),
		.dropped = sum_verdict(&state->counters[number], XNLB_VERDICT_DROP),
	};

	if (number) {
		line.protocol = word_of(protocol_words, line.rule->protocol);
		line.mode = word_of(filter_words, line.rule->filter);
	}
	if (number == 0 && tables->cluster.default_action == XNLB_DEFAULT_DROP)
		line.share = 0;
	ports_text(line.rule->port_first, line.rule->port_last, line.ports);
	return line;
}

static unsigned long long reason_packets(const struct state *state, enum xnlb_reason reason)
{
	unsigned long long sum = 0;

	for (__u32 i = 0; i <= state->tables->cluster.rules; i++)
		sum += ((const unsigned long long *)&state->counters[i])[reason];
	return sum;
}

/* Was it attached without a daemon? Then its lease has no end. */
static bool is_static(const struct state *state)
{
	return state->live.lease_ns == XNLB_LEASE_FOREVER;
}

/* ---- text ---- */

static void print_head(const struct state *state, const struct instance *instance)
{
	const struct tables *tables = state->tables;
	const struct xnlb_cluster *cluster = &tables->cluster;
	char mac[MAC_TEXT_SIZE];

	printf("Cluster %s, %s, cluster MAC %s\n", cluster->name,
	       word_of(mode_words, cluster->mode), mac_text(cluster->cluster_mac, mac));
	printf("  cluster IPs");
	for (__u32 i = 0; i < cluster->ips; i++)
		printf("%s %s", i ? "," : "", tables->ip[i].text);
	printf("\n  this node   %s (id %u) on %s, XDP %s, tc %s", tables->node[cluster->node].name,
	       cluster->node, cluster->interface, word_of(xdp_words, cluster->xdp_hook),
	       word_of(tc_words, cluster->tc_hook));
	if (strcmp(instance->name, cluster->name) != 0)
		printf(", instance %s", instance->name);
	printf("\n  membership  ");
	if (is_static(state))
		printf("all nodes of the configuration: no daemon runs, so nobody watches the "
		       "nodes\n");
	else
		printf("view %llu, %s\n", state->live.view_epoch,
		       state->leased ? "converged" : "this node takes no new connections");
}

static void print_nodes(const struct tables *tables)
{
	printf("\n%-20s %3s  %s\n", "NODE", "ID", "STATE");
	for (unsigned int id = 1; id <= XNLB_NODES_MAX; id++)
		if (tables->node[id].name[0])
			printf("%-20s %3u  %s%s\n", tables->node[id].name, id,
			       word_of(state_words, tables->node[id].state),
			       id == tables->cluster.node ? ", this node" : "");
}

static void print_rules(const struct state *state)
{
	printf("\n%-16s %-16s %-5s %-11s %-9s %-8s %7s %12s %12s\n", "RULE", "IP", "PROTO", "PORTS",
	       "MODE", "AFFINITY", "SHARE", "ACCEPTED", "DROPPED");
	for (__u32 i = 1; i <= state->tables->cluster.rules + 1; i++) {
		/* what no rule covers comes last */
		__u32 number = i <= state->tables->cluster.rules ? i : 0;
		struct rule_line line = rule_line(state, number);

		printf("%-16s %-16s %-5s %-11s %-9s %-8s %6.2f%% %12llu %12llu\n", line.rule->name,
		       line.rule->ip, line.protocol, line.ports, line.mode,
		       word_of(affinity_words, line.rule->affinity), line.share, line.accepted,
		       line.dropped);
	}
}

static void print_counters(const struct state *state)
{
	bool titled = false;

	for (int reason = 0; reason < XNLB_REASONS; reason++) {
		unsigned long long packets = reason_packets(state, reason);

		if (!packets)
			continue;
		if (!titled)
			printf("\n%-16s %-7s %12s\n", "REASON", "VERDICT", "PACKETS");
		titled = true;
		printf("%-16s %-7s %12llu  %s\n", reason_name(reason),
		       word_of(verdict_words, reason_verdict(reason)), packets,
		       reason_text(reason));
	}
}

static void print_warnings(const struct state *state)
{
	for (unsigned int i = 0; i < state->warnings; i++)
		printf("%sWarning: %s\n", i ? "" : "\n", state->warning[i]);
}

/* ---- JSON ---- */

static json_t *json_node(const struct tables *tables, unsigned int id)
{
	return json_pack("{s:i, s:s, s:s}", "id", id, "name", tables->node[id].name, "state",
			 word_of(state_words, tables->node[id].state));
}

static json_t *json_nodes(const struct tables *tables)
{
	json_t *nodes = json_array();

	for (unsigned int id = 1; id <= XNLB_NODES_MAX; id++)
		if (tables->node[id].name[0])
			json_array_append_new(nodes, json_node(tables, id));
	return nodes;
}

static json_t *json_convergence(const struct state *state)
{
	json_t *members = json_array();

	for (unsigned int id = 1; id <= XNLB_NODES_MAX; id++)
		if (state->tables->node[id].state == XNLB_NODE_LIVE)
			json_array_append_new(members, json_integer(id));
	return json_pack(
		"{s:s, s:I, s:o}", "state",
		is_static(state) ? "static"
		: state->leased	 ? "converged"
				 : "idle",
		"epoch",
		(json_int_t)(is_static(state) ? state->live.epoch : state->live.view_epoch),
		"members", members);
}

static json_t *json_rule(const struct state *state, __u32 number)
{
	struct rule_line line = rule_line(state, number);

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:I, s:I}", "name", line.rule->name, "ip",
		line.rule->ip, "protocol", line.protocol, "ports", line.ports, "mode", line.mode,
		"affinity", word_of(affinity_words, line.rule->affinity), "share", line.share,
		"accepted", (json_int_t)line.accepted, "dropped", (json_int_t)line.dropped);
}

static json_t *json_rules(const struct state *state)
{
	json_t *rules = json_array();

	for (__u32 i = 1; i <= state->tables->cluster.rules; i++)
		json_array_append_new(rules, json_rule(state, i));
	return rules;
}

static json_t *json_counters(const struct state *state)
{
	json_t *counters = json_object();

	for (int reason = 0; reason < XNLB_REASONS; reason++)
		json_object_set_new(counters, reason_name(reason),
				    json_integer((json_int_t)reason_packets(state, reason)));
	return counters;
}

static json_t *json_strings(const struct state *state)
{
	json_t *warnings = json_array();

	for (unsigned int i = 0; i < state->warnings; i++)
		json_array_append_new(warnings, json_string(state->warning[i]));
	return warnings;
}

static json_t *json_ips(const struct tables *tables)
{
	json_t *ips = json_array();

	for (__u32 i = 0; i < tables->cluster.ips; i++)
		json_array_append_new(ips, json_string(tables->ip[i].text));
	return ips;
}

static enum cli_exit print_json(const struct state *state, const struct instance *instance)
{
	const struct tables *tables = state->tables;
	const struct xnlb_cluster *cluster = &tables->cluster;
	json_t *document = json_document();
	char mac[MAC_TEXT_SIZE];
	json_t *more;

	more = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
		"cluster", cluster->name, "instance", instance->name, "mode",
		word_of(mode_words, cluster->mode), "cluster_mac",
		mac_text(cluster->cluster_mac, mac), "ips", json_ips(tables), "node",
		json_node(tables, cluster->node), "interface", cluster->interface, "xdp",
		word_of(xdp_words, cluster->xdp_hook), "tc", word_of(tc_words, cluster->tc_hook),
		"convergence", json_convergence(state), "nodes", json_nodes(tables), "rules",
		json_rules(state), "default", json_rule(state, 0), "counters", json_counters(state),
		"warnings", json_strings(state));
	if (json_object_update_new(document, more)) {
		json_decref(document);
		document = NULL;
	}
	return json_print(document);
}

static enum cli_exit run(const struct cli_args *args)
{
	enum cli_exit code = CLI_DONE;
	struct instance instance;
	struct state *state;
	int err;

	if (instance_open(args->instance, INSTANCE_READ, &instance))
		return CLI_FAILURE;
	err = state_read(&instance, STATE_ALL, &state);
	instance_close(&instance);
	if (err)
		return CLI_FAILURE;
	if (args->json) {
		code = print_json(state, &instance);
	} else {
		print_head(state, &instance);
		print_nodes(state->tables);
		print_rules(state);
		print_counters(state);
		print_warnings(state);
	}
	if (code == CLI_DONE && state->warnings)
		code = CLI_DEGRADED;
	state_free(state);
	return code;
}

const struct verb verb_status = {
	.name = "status",
	.alias = "query",
	.group = CLI_OBSERVE,
	.options = CLI_JSON | CLI_INSTANCE,
	.help = "Show cluster, nodes, rules, counters and warnings",
	.text = "SHARE is this node's part of the rule's buckets. Exits with 5 if something is\n"
		"not as attach left it; the warnings say what.",
	.run = run,
};
