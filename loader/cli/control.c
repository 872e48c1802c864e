// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verbs that ask a running daemon, or all of a cluster, to do something. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/say.h"
#include "cli/client.h"
#include "cli/drain.h"
#include "cli/json.h"
#include "cli/verbs.h"
#include "daemon/request.h"

#define ANSWERS_MS 3500 /* daemon/control.h: after 3 s nothing comes any more */
#define POLL_MS	   50

/* ---- the request ---- */

/* What is no number stays as it is: request_parse says so. */
static json_t *operand_value(const char *text)
{
	uint64_t number;
	const char *end = number_parse(text, &number);

	return end && !*end ? json_integer((json_int_t)number) : json_string(text);
}

/* NULL where an operand is no UTF-8. */
static json_t *make_request(const struct cli_args *args)
{
	json_t *request = json_pack("{s:s}", "verb", args->verb->name);
	const char *operand = args->operand[0];
	int err = 0;

	if (operand && args->verb == &verb_weight)
		err |= json_object_set_new(request, "weight", operand_value(operand));
	else if (operand)
		err |= json_object_set_new(request, "rule", json_string(operand));
	if (args->timeout)
		err |= json_object_set_new(request, "timeout", json_string(args->timeout));
	if (args->all)
		err |= json_object_set_new(request, "all", json_true());
	if (!err)
		return request;
	json_decref(request);
	return NULL;
}

/* By the API's own parser: what is wrong is wrong usage. */
static enum cli_exit check_request(const struct cli_args *args, const json_t *request)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	char error[REQUEST_ERROR_SIZE];
	struct control_request parsed;
	enum cli_exit code = CLI_DONE;

	if (!text)
		return cli_misuse(args->verb, "what is given is no UTF-8, or memory is short");
	if (request_parse(text, strlen(text), &parsed, error))
		code = cli_misuse(args->verb, "%s", error);
	free(text);
	return code;
}

/* ---- the answers ---- */

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "?";
}

/* All that nodes may answer but "taken", and what to say of it. */
static const struct {
	const char *answer, *text;
} refusals[] = {
	{"none", "no answer"},
	{"suspended", "is suspended: `xnlb resume' first"},
};

static void print_answer(const struct cli_args *args, const json_t *node)
{
	const char *name = member(node, "name"), *answer = member(node, "answer");

	if (!strcmp(answer, "no-rule") && args->operand[0]) {
		printf("%s: no rule \"%s\"\n", name, args->operand[0]);
		return;
	}
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!strcmp(refusals[i].answer, answer))
			answer = refusals[i].text;
	printf("%s: %s\n", name, answer);
}

/* How many nodes' answer is this? */
static unsigned int count_answers(const json_t *document, const char *answer)
{
	unsigned int count = 0;
	size_t index;
	json_t *node;

	json_array_foreach(json_object_get(document, "nodes"), index, node) {
		count += !strcmp(member(node, "answer"), answer);
	}
	return count;
}

static enum cli_exit say_failed(const struct client *client, int status, const json_t *answer)
{
	if (status < 0)
		say_error("the daemon of instance %s does not answer: %s", client->instance,
			  strerror(-status));
	else
		say_error("the daemon refuses: %s", member(answer, "error"));
	return CLI_FAILURE;
}

static enum cli_exit collect(struct client *client, json_int_t number, json_t **out)
{
	char path[64];
	int waited = 0;

	snprintf(path, sizeof(path), "/v1/control/%lld", (long long)number);
	for (;;) {
		json_t *answer = NULL;
		int status = client_ask(client, path, NULL, &answer);
		enum cli_exit code;

		if (status == 200 && (!count_answers(answer, "none") || waited >= ANSWERS_MS)) {
			*out = answer;
			return CLI_DONE;
		}
		code = status == 200 ? CLI_DONE : say_failed(client, status, answer);
		json_decref(answer);
		if (code)
			return code;
		drain_pause(POLL_MS);
		waited += POLL_MS;
	}
}

static enum cli_exit ask(struct client *client, const json_t *request, json_t **answers)
{
	json_t *answer = NULL;
	int status = client_ask(client, "/v1/control", request, &answer);
	json_int_t number = json_integer_value(json_object_get(answer, "request"));
	enum cli_exit code = status == 202 ? CLI_DONE : say_failed(client, status, answer);

	json_decref(answer);
	return code ? code : collect(client, number, answers);
}

/* ---- the verb ---- */

static enum cli_exit show(const struct cli_args *args, struct client *client, json_t *answers)
{
	const json_t *nodes = json_object_get(answers, "nodes");
	bool taken = count_answers(answers, "taken") == json_array_size(nodes);
	enum cli_exit code = taken ? CLI_DONE : CLI_DEGRADED, drained = CLI_DONE;
	size_t index;
	json_t *node;

	if (!args->json)
		json_array_foreach(nodes, index, node) {
			print_answer(args, node);
		}
	fflush(stdout);
	if (args->verb->options & CLI_DRAIN && !args->no_wait)
		drained = drain_wait(client, args->operand[0], answers);
	if (args->json && json_print(json_incref(answers)))
		return CLI_FAILURE;
	return drained ? drained : code;
}

/* Says what is missing to ask one. */
static enum cli_exit no_client(const struct client *client, int err)
{
	const char *of = client->instance[0] ? " of instance " : "";

	if (err == -ENOENT) {
		say_error("no daemon%s%s runs: `xnlb run -c FILE' starts one", of,
			  client->instance);
		return CLI_NO_DAEMON;
	}
	if (err == -EACCES)
		say_error("the daemon%s%s may not be asked: Permission denied; run it as root", of,
			  client->instance);
	return CLI_FAILURE;
}

static enum cli_exit run(const struct cli_args *args)
{
	json_t *request = make_request(args), *answers = NULL;
	enum cli_exit code = check_request(args, request);
	struct client client;
	int err;

	if (code) {
		json_decref(request);
		return code;
	}
	err = client_open(args->instance, &client);
	code = err ? no_client(&client, err) : ask(&client, request, &answers);
	if (!code)
		code = show(args, &client, answers);
	json_decref(answers);
	json_decref(request);
	client_close(&client);
	return code;
}

#define ANY (CLI_INSTANCE | CLI_JSON | CLI_ALL)

#define ALL_TEXT "--all asks all nodes of the cluster. Prints a line for each node that was asked."

const struct verb verb_start = {
	.name = "start",
	.group = CLI_CONTROL,
	.options = ANY,
	.help = "Have a node that was stopped take its share again",
	.text = ALL_TEXT,
	.run = run,
};

const struct verb verb_stop = {
	.name = "stop",
	.group = CLI_CONTROL,
	.options = ANY,
	.help = "Give up this node's share, at once; its connections go on",
	.text = "The daemon goes on too, and hears the others. " ALL_TEXT,
	.run = run,
};

const struct verb verb_drainstop = {
	.name = "drainstop",
	.group = CLI_CONTROL,
	.options = ANY | CLI_DRAIN,
	.help = "Take nothing new, and stop when the last connection has ended",
	.text = "Waits until this node's connections have ended, or the timeout has; exits with\n"
		"5 if some are left. Ctrl-C ends the waiting, not the drain. " ALL_TEXT,
	.run = run,
};

const struct verb verb_suspend = {
	.name = "suspend",
	.group = CLI_CONTROL,
	.options = ANY,
	.help = "Stop, and refuse to start until it is resumed",
	.text = ALL_TEXT,
	.run = run,
};

const struct verb verb_resume = {
	.name = "resume",
	.group = CLI_CONTROL,
	.options = ANY,
	.help = "End a suspension: the node is again what it was before",
	.text = ALL_TEXT,
	.run = run,
};

const struct verb verb_enable = {
	.name = "enable",
	.group = CLI_CONTROL,
	.operands = "RULE",
	.least = 1,
	.most = 1,
	.options = ANY,
	.help = "Take this node's share of a rule (or all) again",
	.text = ALL_TEXT,
	.run = run,
};

const struct verb verb_disable = {
	.name = "disable",
	.group = CLI_CONTROL,
	.operands = "RULE",
	.least = 1,
	.most = 1,
	.options = ANY,
	.help = "Give up this node's share of a rule (or all)",
	.text = "Its connections go on. " ALL_TEXT,
	.run = run,
};

const struct verb verb_drain = {
	.name = "drain",
	.group = CLI_CONTROL,
	.operands = "RULE",
	.least = 1,
	.most = 1,
	.options = ANY | CLI_DRAIN,
	.help = "The same, and wait until the rule's connections have ended",
	.text = "Waits until this node's connections of the rule (or all) have ended, or the\n"
		"timeout has; exits with 5 if some are left. Ctrl-C ends the waiting, not the\n"
		"drain. " ALL_TEXT,
	.run = run,
};

const struct verb verb_weight = {
	.name = "weight",
	.group = CLI_CONTROL,
	.operands = "PERCENT",
	.least = 1,
	.most = 1,
	.options = ANY,
	.help = "Take so much of the weights that the configuration gives the node",
	.text = "0 to 100. With 0 it takes nothing new, and stays a member. " ALL_TEXT,
	.run = run,
};
