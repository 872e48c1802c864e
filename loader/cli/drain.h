/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Waiting until the connections of a node, or of a rule, have ended. */
#ifndef CLI_DRAIN_H
#define CLI_DRAIN_H

#include "cli/cli.h"
#include "cli/client.h"

/*
 * Waits for the daemon that was asked, if it has taken the request: `answers` says so, and gets
 * "left", the number of connections at the end. `rule` is a name or "all"; NULL: the whole node.
 * CLI_DONE, or CLI_DEGRADED (reported) if some are left or it was interrupted; CLI_FAILURE.
 */
enum cli_exit drain_wait(struct client *client, const char *rule, json_t *answers);

void drain_pause(int ms);

#endif
