// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb run: attaches, and keeps the membership live until it is stopped. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/node.h"
#include "cli/verbs.h"
#include "daemon/daemon.h"
#include "dataplane/claim.h"

/* What a reload needs again. */
struct again {
	const struct cli_args *args;
	char instance[XNLB_NAME_SIZE]; /* configurations come and go */
	struct attach_options options;
};

static int prepare(void *data, struct deployment *out)
{
	const struct again *again = data;
	struct config *config;
	struct place place;

	if (config_read(again->args->config, &config))
		return -EINVAL;
	if (node_prepare(config, again->args->node, again->instance, true, &place) != CLI_DONE) {
		config_free(config);
		return -EINVAL;
	}
	*out = (struct deployment){&config->cluster, place.tables, place.link, config};
	return 0;
}

static void release(void *data, struct deployment *site)
{
	(void)data;
	config_free(site->config);
}

static void ignore_conflict(unsigned int ip, const char *problem, void *data)
{
	(void)ip;
	(void)problem;
	(void)data;
}

/* Conflicts were told when the configuration was read. */
static int replace(void *data, struct tables *tables, const struct interface *link)
{
	const struct again *again = data;
	struct attach_options options = again->options;
	struct attach_result result;

	options.caller = ATTACH_RELOAD;
	options.conflicts = (struct conflict_sink){ignore_conflict, NULL};
	return attach(tables, link, again->instance, &options, &result);
}

/* The configuration is the daemon's from here on. */
static enum cli_exit run_daemon(struct again *again, struct config *config)
{
	struct daemon_setup setup = {.instance = again->instance,
				     .prepare = prepare,
				     .release = release,
				     .attach = replace,
				     .data = again};
	struct attach_result result;
	struct place place;
	enum cli_exit code = node_prepare(config, again->args->node, again->instance, true, &place);

	if (code == CLI_DONE) {
		code = node_attach(config, &place, again->instance, again->options, &result);
		if (code != CLI_DONE)
			tables_free(place.tables);
	}
	if (code != CLI_DONE) {
		config_free(config);
		return code;
	}
	setup.site = (struct deployment){&config->cluster, place.tables, place.link, config};
	setup.carried = result.carried;
	return daemon_run(&setup) ? CLI_FAILURE : CLI_DONE;
}

static enum cli_exit run(const struct cli_args *args)
{
	struct again again = {.args = args, .options.caller = ATTACH_DAEMON};
	struct config *config;
	enum cli_exit code;
	int claim;

	code = node_begin(args, &verb_run, &again.options, &config);
	if (code != CLI_DONE)
		return code;
	snprintf(again.instance, sizeof(again.instance), "%s",
		 args->instance ? args->instance : config->cluster.name);
	claim = instance_claim(again.instance);
	if (claim < 0) {
		config_free(config);
		return CLI_FAILURE;
	}
	code = run_daemon(&again, config);
	close(claim);
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
		"stays, and accepts nothing but packets of its connections. SIGHUP: it reads the\n"
		"configuration again.",
	.run = run,
};
