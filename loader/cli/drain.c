// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/drain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"

#define POLL_MS 200

/* How far it is. */
struct drain {
	bool goes_on;
	json_int_t left;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

void drain_pause(int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&time, NULL);
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value && !strcmp(value, text);
}

static json_int_t connections_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "connections"));
}

static void add_rule(struct drain *drain, const json_t *rule)
{
	drain->goes_on = drain->goes_on || is_text(rule, "state", "draining");
	drain->left += connections_of(rule);
}

/* Of a rule by its name, of all with what no rule covers, or of the node. */
static struct drain read_drain(const json_t *status, const char *name)
{
	const json_t *membership = json_object_get(status, "membership");
	struct drain drain = {.left = 0};
	bool all = name && !strcmp(name, "all");
	size_t index;
	json_t *rule;

	if (!name) {
		drain.goes_on = is_text(membership, "asked", "draining");
		drain.left = connections_of(membership);
		return drain;
	}
	json_array_foreach(json_object_get(status, "rules"), index, rule) {
		if (all || is_text(rule, "name", name))
			add_rule(&drain, rule);
	}
	if (all)
		add_rule(&drain, json_object_get(status, "default"));
	return drain;
}

static void tell(json_int_t left)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%lld connection%s left\n", (long long)left,
			left == 1 ? " is" : "s are");
}

static bool has_taken(const json_t *status, const json_t *answers)
{
	const char *self =
		json_string_value(json_object_get(json_object_get(status, "node"), "name"));
	size_t index;
	json_t *node;

	json_array_foreach(json_object_get(answers, "nodes"), index, node) {
		if (self && is_text(node, "name", self))
			return is_text(node, "answer", "taken");
	}
	return false;
}

static enum cli_exit end(const struct drain *drain, json_t *answers)
{
	json_object_set_new(answers, "left", json_integer(drain->left));
	if (interrupted)
		say_note("the drain goes on: `xnlb status' shows how far it is");
	else if (drain->left)
		say_warning("%lld connection%s left", (long long)drain->left,
			    drain->left == 1 ? " is" : "s are");
	return drain->left || interrupted ? CLI_DEGRADED : CLI_DONE;
}

enum cli_exit drain_wait(struct client *client, const char *rule, json_t *answers)
{
	const struct sigaction action = {.sa_handler = on_interrupt};
	struct drain drain = {.left = 0};
	json_int_t told = -1;

	sigaction(SIGINT, &action, NULL);
	do {
		json_t *status = NULL;
		int code = client_ask(client, "/v1/status", NULL, &status);
		bool taken = code == 200 && has_taken(status, answers);

		if (code == 200 && taken)
			drain = read_drain(status, rule);
		json_decref(status);
		if (interrupted)
			break;
		if (code != 200) {
			say_error("the daemon of instance %s does not answer any more",
				  client->instance);
			return CLI_FAILURE;
		}
		if (!taken)
			return CLI_DONE;
		if (drain.goes_on && drain.left != told)
			tell(drain.left);
		told = drain.left;
		if (drain.goes_on)
			drain_pause(POLL_MS);
	} while (drain.goes_on && !interrupted);
	return end(&drain, answers);
}
