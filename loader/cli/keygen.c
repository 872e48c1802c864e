// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb keygen: a new key file. */
#include <stdio.h>

#include "cli/json.h"
#include "cli/verbs.h"
#include "config/keyfile.h"

static enum cli_exit run(const struct cli_args *args)
{
	const char *path = args->operand[0];
	json_t *document;

	if (keyfile_create(path))
		return CLI_FAILURE;
	if (!args->json) {
		printf("%s: made, readable by you alone; copy it to every node of the cluster\n",
		       path);
		return CLI_DONE;
	}
	document = json_document();
	if (document && json_object_set_new(document, "file", json_string(path))) {
		json_decref(document);
		document = NULL;
	}
	return json_print(document);
}

const struct verb verb_keygen = {
	.name = "keygen",
	.group = CLI_PREPARE,
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.options = CLI_JSON,
	.help = "Make a key file with new random secrets",
	.text = "FILE must not exist. It is made with mode 0600 and holds the seed of the flow\n"
		"hash and the first key. Copy it to all nodes, over a channel that you trust.",
	.run = run,
};
