/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `attach` and `run` have in common: a node of the configuration, attached on this machine. */
#ifndef CLI_NODE_H
#define CLI_NODE_H

#include "cli/cli.h"
#include "config/config.h"
#include "core/tables.h"
#include "dataplane/attach.h"
#include "dataplane/interface.h"

/* A node of the configuration on this machine. */
struct place {
	struct tables *tables; /* tables_free */
	struct interface link;
};

/*
 * What such a verb begins with: the hooks that args ask for, the machine, the configuration
 * (config_free). CLI_DONE, or another one (reported).
 */
enum cli_exit node_begin(const struct cli_args *args, const struct verb *verb,
			 struct attach_options *options, struct config **config);

/*
 * Checks the configuration against this machine. `name`: of the node, NULL: by the host name;
 * `daemon`: no new flow is accepted until it says so. All that is wrong is reported, also conflicts
 * with other instances. CLI_DONE: `*out` counts.
 */
enum cli_exit node_prepare(const struct config *config, const char *name, const char *instance,
			   bool daemon, struct place *out);

/* Attaches it, and says so. CLI_DONE, CLI_CONFIG or CLI_FAILURE (reported). */
enum cli_exit node_attach(const struct config *config, const struct place *place,
			  const char *instance, struct attach_options options,
			  struct attach_result *result);

#endif
