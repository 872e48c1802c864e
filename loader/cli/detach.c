// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb detach: takes back what attach did. */
#include "cli/verbs.h"
#include "daemon/socket.h"
#include "daemon/wishes.h"
#include "dataplane/detach.h"

static enum cli_exit run(const struct cli_args *args)
{
	char done[XNLB_NAME_SIZE];

	if (detach(args->instance, done))
		return CLI_FAILURE;
	wishes_forget(done);
	socket_forget(done);
	return CLI_DONE;
}

const struct verb verb_detach = {
	.name = "detach",
	.group = CLI_OPERATE,
	.options = CLI_INSTANCE,
	.help = "Take back what attach did: the interface is as before",
	.text = "Removes programs, pins, addresses and filters and restores the sysctls. What\n"
		"somebody else changed since is left as it is, with a warning. --instance is\n"
		"needed only where several are attached.",
	.run = run,
};
