// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb explain: which node takes this packet, and why. */
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "cli/flow.h"
#include "cli/json.h"
#include "cli/verbs.h"
#include "config/config.h"
#include "core/words.h"
#include "dataplane/interface.h"
#include "dataplane/state.h"

/* ---- where the tables come from ---- */

static enum cli_exit tables_from_config(const struct cli_args *args, struct tables **out)
{
	const struct node *node;
	struct secrets secrets;
	struct config *config;
	int err;

	if (config_read(args->config, &config))
		return CLI_CONFIG;
	/* Who takes a packet can be asked anywhere; what happens to it here, only on a node. */
	node = args->node ? config_self(config, args->node) : config_here(config);
	err = node || !args->node ? config_secrets(config, &secrets) : -EINVAL;
	if (!err) {
		err = tables_build(&config->cluster, cluster_nodes(&config->cluster), &secrets.hash,
				   out);
		sodium_memzero(&secrets, sizeof(secrets));
		if (err)
			say_error("cannot build the tables: %s", strerror(-err));
		else
			(*out)->setup.node = node ? node->id : 0;
	}
	config_free(config);
	return err ? CLI_CONFIG : CLI_DONE;
}

static enum cli_exit tables_from_state(const struct cli_args *args, struct tables **out)
{
	struct instance instance;
	struct state *state;
	int err;

	if (instance_open(args->instance, INSTANCE_READ, &instance))
		return CLI_FAILURE;
	err = state_read(&instance, STATE_ALL, &state);
	instance_close(&instance);
	if (err)
		return CLI_FAILURE;
	if (state->setup_error == -EPERM) {
		say_error("explaining what is attached needs CAP_SYS_ADMIN, to read the hash key "
			  "from the program: run it as root, or explain from a configuration with "
			  "-c");
	} else if (state->setup_error) {
		say_error("the XDP program of instance %s cannot be read (%s): attach again, or "
			  "explain from a configuration with -c",
			  instance.name, strerror(-state->setup_error));
	}
	if (state->setup_error) {
		state_free(state);
		return CLI_FAILURE;
	}
	*out = state->tables;
	state->tables = NULL;
	state_free(state);
	return CLI_DONE;
}

/* ---- one flow ---- */

/* Is it asked on a node, so that there is a "here"? */
static bool is_here(const struct tables *tables)
{
	return tables->setup.node != 0;
}

static const char *node_name(const struct tables *tables, uint8_t id)
{
	return id <= XNLB_NODES_MAX ? tables->node[id].name : "";
}

static json_t *json_explanation(const struct tables *tables, const struct explanation *e)
{
	return json_pack("{s:s?, s:s, s:s, s:s, s:i, s:b, s:o}", "node",
			 is_here(tables) ? node_name(tables, tables->setup.node) : NULL, "verdict",
			 word_of(verdict_words, e->verdict), "reason", reason_name(e->reason),
			 "rule", e->rule ? tables->rule[e->rule].name : "", "bucket", e->bucket,
			 "moving", e->moves, "owner",
			 e->owner ? json_pack("{s:i, s:s}", "id", e->owner, "name",
					      node_name(tables, e->owner))
				  : json_null());
}

static void print_rule(const struct tables *tables, const struct explanation *e)
{
	const struct xnlb_rule *rule = &tables->rule[e->rule];
	char ports[PORTS_TEXT_SIZE];

	if (!e->rule) {
		printf("  rule    none\n");
		return;
	}
	printf("  rule    %s: %s, %s ports %s, %s", rule->name, rule->ip,
	       word_of(protocol_words, rule->protocol),
	       ports_text(rule->port_first, rule->port_last, ports),
	       word_of(filter_words, rule->filter));
	if (rule->filter == XNLB_FILTER_MULTIPLE)
		printf(", affinity %s", word_of(affinity_words, rule->affinity));
	putchar('\n');
}

/* What this node does with it, and what the decision does not see. */
static void print_here(const struct tables *tables, const struct flow *flow,
		       const struct explanation *e)
{
	printf("  here    %s: %s (%s: %s)\n", node_name(tables, tables->setup.node),
	       word_of(verdict_words, e->verdict), reason_name(e->reason), reason_text(e->reason));
	if (interface_holds(0, &flow->src) == 1)
		printf("  note    %s\n",
		       "the source is this machine: its own packets to a cluster IP "
		       "never leave it and are always answered here");
	if (e->moves || e->reason == XNLB_REASON_NO_LEASE)
		printf("  note    %s\n",
		       "that is for a first packet; of a connection that this node has, all are "
		       "accepted here");
	if (e->reason == XNLB_REASON_NO_RULE)
		printf("  note    %s\n",
		       "if it belongs to a connection of this node, it is accepted here");
	if (e->reason == XNLB_REASON_DEFAULT_NODE && flow->proto == IPPROTO_TCP)
		printf("  note    %s\n",
		       "that is for a SYN; what follows is taken by the node that "
		       "has the connection");
	if (e->reason == XNLB_REASON_DEFAULT_NODE && flow->proto == IPPROTO_UDP)
		printf("  note    %s\n",
		       "if a socket of this node is there for it, else it is dropped (no-socket)");
}

static void print_explanation(const struct tables *tables, const struct flow *flow,
			      const struct explanation *e)
{
	char text[FLOW_TEXT_SIZE];

	printf("%s\n", flow_text(flow, text));
	print_rule(tables, e);
	printf("  bucket  %u of %d%s\n", e->bucket, XNLB_BUCKETS,
	       e->moves ? ", being handed over" : "");
	if (e->owner)
		printf("  owner   %s (id %u)\n", node_name(tables, e->owner), e->owner);
	else if (is_here(tables))
		printf("  owner   no node takes it\n");
	else
		printf("  owner   no node takes it (%s: %s)\n", reason_name(e->reason),
		       reason_text(e->reason));
	if (is_here(tables))
		print_here(tables, flow, e);
}

/* Parses and explains; the message for a failure goes to `problem`. */
static int explain(const struct tables *tables, const char *const word[3], struct flow *flow,
		   struct explanation *e, char *problem, size_t size)
{
	const char *bad;
	int err;

	if (flow_parse(word[0], word[1], word[2], flow, &bad)) {
		snprintf(
			problem, size,
			"\"%s\" is not understood; it is like tcp 192.0.2.7:40000 192.168.1.100:80 "
			"or udp [2001:db8::7]:5000 [fd00::100]:53",
			bad);
		return -EINVAL;
	}
	err = tables_explain(tables, flow, e);
	if (err == -EADDRNOTAVAIL)
		snprintf(problem, size, "%s: its address is not a cluster IP", word[2]);
	else if (err)
		snprintf(problem, size, "source and destination are of different families");
	return err;
}

static enum cli_exit explain_one(const struct tables *tables, const struct cli_args *args)
{
	char problem[256];
	struct explanation e;
	struct flow flow;

	if (explain(tables, args->operand, &flow, &e, problem, sizeof(problem))) {
		say_error("%s", problem);
		return CLI_USAGE;
	}
	if (args->json) {
		json_t *document = json_document();

		json_object_update_new(document, json_explanation(tables, &e));
		return json_print(document);
	}
	print_explanation(tables, &flow, &e);
	return CLI_DONE;
}

/* ---- many flows, one a line of standard input ---- */

static int explain_line(const struct tables *tables, char *line, bool json, char *problem,
			size_t size)
{
	const char *word[3];
	struct explanation e;
	struct flow flow;
	char *rest = line;
	int err;

	for (int i = 0; i < 3; i++) {
		word[i] = strtok_r(rest, " \t\n", &rest);
		if (!word[i]) {
			snprintf(problem, size, "a line is PROTO SRC:PORT DST:PORT");
			return -EINVAL;
		}
	}
	err = explain(tables, word, &flow, &e, problem, size);
	if (err)
		return err;
	if (json) {
		json_t *object = json_explanation(tables, &e);

		json_dumpf(object, stdout, JSON_COMPACT);
		json_decref(object);
		putchar('\n');
	} else {
		printf("%s %s %s %s %s\n", word[0], word[1], word[2],
		       e.owner ? node_name(tables, e.owner) : "-", reason_name(e.reason));
	}
	return 0;
}

static enum cli_exit explain_lines(const struct tables *tables, bool json)
{
	enum cli_exit code = CLI_DONE;
	unsigned long number = 0;
	char problem[256];
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) >= 0) {
		number++;
		if (explain_line(tables, line, json, problem, sizeof(problem))) {
			say_error("line %lu: %s", number, problem);
			code = CLI_USAGE;
		}
	}
	free(line);
	return code;
}

static enum cli_exit run(const struct cli_args *args)
{
	bool lines = args->operands == 1 && !strcmp(args->operand[0], "-");
	struct tables *tables = NULL;
	enum cli_exit code;

	if (!lines && args->operands != 3)
		return cli_misuse(&verb_explain, "PROTO SRC:PORT DST:PORT, or - are needed");
	code = args->config ? tables_from_config(args, &tables) : tables_from_state(args, &tables);
	if (code != CLI_DONE)
		return code;
	code = lines ? explain_lines(tables, args->json) : explain_one(tables, args);
	tables_free(tables);
	return code;
}

const struct verb verb_explain = {
	.name = "explain",
	.group = CLI_OBSERVE,
	.operands = "PROTO SRC:PORT DST:PORT",
	.least = 1,
	.most = 3,
	.options = CLI_JSON | CLI_INSTANCE | CLI_FILE | CLI_NODE,
	.help = "Say which node takes a packet, and why",
	.text = "PROTO is tcp, udp, icmp, icmpv6 or a number; protocols other than tcp and udp\n"
		"have no ports. IPv6 addresses stand in brackets: [fd00::100]:80. The answer\n"
		"comes from what is attached, or with -c from a configuration, by the function\n"
		"that the XDP program itself uses. With -c on a machine that is no node of the\n"
		"file, and without --node, it says what the owner does. With - as the only\n"
		"operand, flows are read from standard input, one a line, and answered by a line\n"
		"each: the flow, its owner and the reason here, or with -j an object.",
	.run = run,
};
