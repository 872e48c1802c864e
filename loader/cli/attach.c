// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb attach: checks the configuration against this machine and attaches it. */
#include "cli/node.h"
#include "cli/verbs.h"

static enum cli_exit attach_config(const struct config *config, const struct cli_args *args,
				   const struct attach_options *options)
{
	const char *instance = args->instance ? args->instance : config->cluster.name;
	struct attach_result result;
	struct place place;
	enum cli_exit code = node_prepare(config, args->node, instance, false, &place);

	if (code != CLI_DONE)
		return code;
	code = node_attach(config, &place, instance, *options, &result);
	tables_free(place.tables);
	return code;
}

static enum cli_exit run(const struct cli_args *args)
{
	struct attach_options options = {.caller = ATTACH_COMMAND};
	struct config *config;
	enum cli_exit code;

	code = node_begin(args, &verb_attach, &options, &config);
	if (code != CLI_DONE)
		return code;
	code = attach_config(config, args, &options);
	config_free(config);
	return code;
}

const struct verb verb_attach = {
	.name = "attach",
	.group = CLI_OPERATE,
	.options = CLI_FILE | CLI_NODE | CLI_INSTANCE | CLI_HOOKS,
	.help = "Attach a cluster to this node's interface, or replace it",
	.text = "Loads the programs, makes the cluster IPs this node's, and exits; what is\n"
		"attached stays. All nodes of the file count as members. Attaching again\n"
		"replaces programs and tables without losing a packet. If anything fails, the\n"
		"machine is left as it was.",
	.run = run,
};
