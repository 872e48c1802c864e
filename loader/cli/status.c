// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb status: what a daemon says of itself, or the pinned maps; show.c prints it. */
#include <errno.h>
#include <stdio.h>

#include "base/say.h"
#include "cli/client.h"
#include "cli/json.h"
#include "cli/show.h"
#include "cli/verbs.h"
#include "daemon/report.h"

static enum cli_exit from_maps(const char *name, json_t **out)
{
	struct instance instance;
	struct state *state;
	int err;

	if (instance_open(name, INSTANCE_READ, &instance))
		return CLI_FAILURE;
	err = state_read(&instance, STATE_ALL, &state);
	instance_close(&instance);
	if (err)
		return CLI_FAILURE;
	*out = report(state, instance.name, NULL);
	state_free(state);
	return CLI_DONE;
}

/* The daemon may be stopped in a debugger, or worse: the maps are still there. */
static enum cli_exit from_daemon(struct client *client, json_t **out)
{
	json_t *answer = NULL;
	enum cli_exit code;

	if (client_ask(client, "/v1/status", NULL, &answer) == 200) {
		*out = answer;
		return CLI_DONE;
	}
	json_decref(answer);
	code = from_maps(client->instance, out);
	if (!code)
		report_warn(*out, "the daemon does not answer: this is what the pinned maps say");
	return code;
}

static enum cli_exit run(const struct cli_args *args)
{
	json_t *document = NULL;
	struct client client;
	enum cli_exit code;
	bool degraded;
	int err = client_open(args->instance, &client);

	if (!err)
		code = from_daemon(&client, &document);
	else if (err == -ENOENT || err == -EACCES)
		code = from_maps(args->instance, &document);
	else
		code = CLI_FAILURE;
	client_close(&client);
	if (code)
		return code;
	degraded = json_array_size(json_object_get(document, "warnings")) > 0;
	if (args->json || !document) {
		code = json_print(document);
	} else {
		show(document);
		json_decref(document);
	}
	return code || !degraded ? code : CLI_DEGRADED;
}

const struct verb verb_status = {
	.name = "status",
	.alias = "query",
	.group = CLI_OBSERVE,
	.options = CLI_JSON | CLI_INSTANCE,
	.help = "Show cluster, nodes, rules, counters, history and warnings",
	.text = "SHARE is this node's part of the rule's buckets. Exits with 5 if something is\n"
		"not as it should be; the warnings say what. Where a daemon runs it is asked,\n"
		"else the pinned maps are read.",
	.run = run,
};
