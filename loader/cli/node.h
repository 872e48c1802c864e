/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `attach` and `run` have in common: a node of the configuration, attached on this machine. */
#ifndef CLI_NODE_H
#define CLI_NODE_H

#include "cli/cli.h"
#include "config/config.h"
#include "core/tables.h"
#include "dataplane/interface.h"

struct attached {
	struct tables *tables; /* tables_free */
	struct interface link;
	const char *instance;
	int claim; /* a daemon's on the instance: close it at the end; else -1 */
};

/*
 * Checks the configuration against this machine and attaches it as args say; all that is wrong is
 * reported. For a daemon no new flow is accepted until it says so. `*out` counts with CLI_DONE.
 */
enum cli_exit node_attach(const struct config *config, const struct cli_args *args,
			  const struct verb *verb, bool daemon, struct attached *out);

#endif
