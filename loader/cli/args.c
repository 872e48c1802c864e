// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options and operands of all verbs, by argp. One table: a letter means one thing everywhere. */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/name.h"
#include "base/say.h"
#include "cli/cli.h"

#define KEY_INSTANCE 0x100
#define KEY_NODE     0x101
#define KEY_KEYS     0x102
#define KEY_USAGE    0x103
#define KEY_XDP	     0x104
#define KEY_TC	     0x105
#define KEY_ALL	     0x106
#define KEY_TIMEOUT  0x107
#define KEY_NO_WAIT  0x108

static const struct option_row {
	unsigned int bit; /* enum cli_option; 0: every verb's */
	struct argp_option option;
} option_rows[] = {
	{CLI_JSON, {"json", 'j', NULL, 0, "Print JSON", 0}},
	{CLI_FILE, {"config", 'c', "FILE", 0, "The configuration", 0}},
	{CLI_NODE, {"node", KEY_NODE, "NAME", 0, "This node; else it is found by host name", 0}},
	{CLI_INSTANCE,
	 {"instance", KEY_INSTANCE, "NAME", 0, "Which cluster on this host; default: its name", 0}},
	{CLI_HOOKS,
	 {"xdp", KEY_XDP, "MODE", 0, "native or generic; default: native, else generic", 0}},
	{CLI_HOOKS, {"tc", KEY_TC, "HOOK", 0, "tcx or clsact; default: tcx, else clsact", 0}},
	{CLI_ALL, {"all", KEY_ALL, NULL, 0, "All nodes of the cluster, not this one alone", 0}},
	{CLI_DRAIN,
	 {"timeout", KEY_TIMEOUT, "DURATION", 0, "End the drain then, as 30s; default: never", 0}},
	{CLI_DRAIN, {"no-wait", KEY_NO_WAIT, NULL, 0, "Do not wait until it has ended", 0}},
	{CLI_KEYS, {"keys", KEY_KEYS, NULL, 0, "List the keys of the configuration instead", 0}},
	{0, {"help", 'h', NULL, 0, "Print this help", -1}},
	{0, {"usage", KEY_USAGE, NULL, OPTION_HIDDEN, NULL, -1}},
};

#define OPTION_ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

struct parse {
	const struct verb *verb;
	struct cli_args *args;
};

static void take_instance(struct argp_state *state, struct cli_args *args, char *arg)
{
	if (!name_valid(arg, NAME_PLAIN))
		argp_error(state, "--instance \"%s\": a name is up to 63 of A-Z a-z 0-9 _ -", arg);
	args->instance = arg;
}

static void take_operand(struct argp_state *state, const struct verb *verb, struct cli_args *args,
			 char *arg)
{
	if (!verb->most && verb->options & CLI_FILE && !args->config)
		argp_error(state, "\"%s\": did you mean -c %s?", arg, arg);
	if (args->operands >= verb->most)
		argp_error(state, "one operand too many: \"%s\"", arg);
	args->operand[args->operands++] = arg;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	struct cli_args *args = parse->args;

	switch (key) {
	case 'j':
		args->json = true;
		return 0;
	case 'c':
		args->config = arg;
		return 0;
	case KEY_NODE:
		args->node = arg;
		return 0;
	case KEY_XDP:
		args->xdp = arg;
		return 0;
	case KEY_TC:
		args->tc = arg;
		return 0;
	case KEY_INSTANCE:
		take_instance(state, args, arg);
		return 0;
	case KEY_KEYS:
		args->keys = true;
		return 0;
	case KEY_ALL:
		args->all = true;
		return 0;
	case KEY_TIMEOUT:
		args->timeout = arg;
		return 0;
	case KEY_NO_WAIT:
		args->no_wait = true;
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case KEY_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case ARGP_KEY_ARG:
		take_operand(state, parse->verb, args, arg);
		return 0;
	case ARGP_KEY_END:
		/* --keys asks about no file */
		if (args->operands < parse->verb->least && !args->keys)
			argp_error(state, "%s is missing", parse->verb->operands);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void cli_parse(const struct verb *verb, int argc, char **argv, struct cli_args *args)
{
	struct argp_option options[OPTION_ROWS + 1] = {0};
	struct parse parse = {.verb = verb, .args = args};
	struct argp argp = {.options = options, .parser = take, .args_doc = verb->operands};
	unsigned int used = 0;
	char *doc = NULL;

	args->verb = verb;
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (!option_rows[i].bit || verb->options & option_rows[i].bit)
			options[used++] = option_rows[i].option;
	/* What follows \v is printed below the options. */
	if (asprintf(&doc, "%s.%s%s", verb->help, verb->text ? "\v" : "",
		     verb->text ? verb->text : "") < 0) {
		say_error("memory is short");
		exit(CLI_FAILURE);
	}
	argp.doc = doc;
	argp_err_exit_status = CLI_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &parse)) {
		say_error("memory is short");
		exit(CLI_FAILURE);
	}
	free(doc);
}

enum cli_exit cli_misuse(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "xnlb %s: ", verb->name);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\nTry `xnlb %s --help' for more information.\n", verb->name);
	va_end(args);
	return CLI_USAGE;
}
