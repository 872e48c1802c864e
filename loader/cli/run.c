// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb run: attaches, and keeps the membership live until it is stopped. */
#include <unistd.h>

#include "cli/node.h"
#include "cli/verbs.h"
#include "daemon/daemon.h"
#include "dataplane/instance.h"

static enum cli_exit run(const struct cli_args *args)
{
	struct attached attached;
	struct config *config;
	enum cli_exit code;

	if (!args->config)
		return cli_misuse(&verb_run, "-c FILE is missing");
	if (instance_check_machine())
		return CLI_FAILURE;
	if (config_read(args->config, &config))
		return CLI_CONFIG;
	code = node_attach(config, args, &verb_run, true, &attached);
	if (code == CLI_DONE) {
		const struct daemon_setup setup = {.cluster = &config->cluster,
						   .tables = attached.tables,
						   .link = &attached.link,
						   .instance = attached.instance};

		code = daemon_run(&setup) ? CLI_FAILURE : CLI_DONE;
		tables_free(attached.tables);
		close(attached.claim);
	}
	config_free(config);
	return code;
}

const struct verb verb_run = {
	.name = "run",
	.group = CLI_OPERATE,
	.options = CLI_FILE | CLI_NODE | CLI_INSTANCE | CLI_HOOKS,
	.help = "Be a node: attach, and keep the membership live",
	.text = "The daemon, in the foreground: attaches as `xnlb attach' does, exchanges "
		"heartbeats\n"
		"with the other nodes and takes its share of what those that live have. SIGTERM "
		"or\n"
		"SIGINT: it leaves the cluster, gives up its share, and ends; what is attached\n"
		"stays, and accepts nothing but packets of its connections.",
	.run = run,
};
