// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb attach: checks the configuration against this machine and attaches it. */
#include "cli/node.h"
#include "cli/verbs.h"
#include "dataplane/instance.h"

static enum cli_exit run(const struct cli_args *args)
{
	struct attached attached;
	struct config *config;
	enum cli_exit code;

	if (!args->config)
		return cli_misuse(&verb_attach, "-c FILE is missing");
	if (instance_check_machine())
		return CLI_FAILURE;
	if (config_read(args->config, &config))
		return CLI_CONFIG;
	code = node_attach(config, args, &verb_attach, false, &attached);
	if (code == CLI_DONE)
		tables_free(attached.tables);
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
