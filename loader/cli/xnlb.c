// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of verbs, and main. What a verb does is in its own file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/suggest.h"
#include "base/version.h"
#include "cli/cli.h"
#include "cli/verbs.h"

static const struct verb *const verbs[] = {
	&verb_check,   &verb_keygen, &verb_ip2mac,    &verb_attach,  &verb_detach,  &verb_run,
	&verb_start,   &verb_stop,   &verb_drainstop, &verb_suspend, &verb_resume,  &verb_enable,
	&verb_disable, &verb_drain,  &verb_weight,    &verb_status,  &verb_explain,
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char *const group_titles[CLI_GROUPS] = {
	[CLI_PREPARE] = "Prepare",
	[CLI_OPERATE] = "Operate",
	[CLI_CONTROL] = "Control a daemon that runs",
	[CLI_OBSERVE] = "Observe",
};

static const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i]->name, name) ||
		    (verbs[i]->alias && !strcmp(verbs[i]->alias, name)))
			return verbs[i];
	return NULL;
}

static void print_group(FILE *out, enum cli_group group)
{
	bool titled = false;

	for (size_t i = 0; i < VERBS; i++) {
		if (verbs[i]->group != group)
			continue;
		if (!titled)
			fprintf(out, "\n%s:\n", group_titles[group]);
		titled = true;
		fprintf(out, "  %-12s %s\n", verbs[i]->name, verbs[i]->help);
	}
}

static void print_help(FILE *out)
{
	fputs("Usage: xnlb VERB [OPTION...] [OPERAND...]\n"
	      "Network load balancing without a director: the nodes of a cluster share an IP\n"
	      "address, and each connection to it is answered by exactly one of them.\n",
	      out);
	for (enum cli_group group = 0; group < CLI_GROUPS; group++)
		print_group(out, group);
	fputs("\n`xnlb VERB --help' tells more; `xnlb --version' prints the version.\n", out);
}

static enum cli_exit unknown_verb(const char *name)
{
	struct suggest suggest = suggest_for(name);
	const char *best;

	for (size_t i = 0; i < VERBS; i++) {
		suggest_offer(&suggest, verbs[i]->name);
		if (verbs[i]->alias)
			suggest_offer(&suggest, verbs[i]->alias);
	}
	best = suggest_best(&suggest);
	if (best)
		say_error("unknown verb \"%s\": did you mean \"%s\"?", name, best);
	else
		say_error("unknown verb \"%s\": `xnlb help' lists them", name);
	return CLI_USAGE;
}

static enum cli_exit run_verb(const struct verb *verb, int argc, char **argv)
{
	struct cli_args args = {0};
	char title[32];

	snprintf(title, sizeof(title), "xnlb %s", verb->name);
	argv[0] = title;
	cli_parse(verb, argc, argv, &args);
	return verb->run(&args);
}

/* `xnlb help VERB` is `xnlb VERB --help`. */
static enum cli_exit help(int argc, char **argv)
{
	char option[] = "--help";
	char *help_argv[] = {argv[0], option, NULL};
	const struct verb *verb;

	if (argc < 2) {
		print_help(stdout);
		return CLI_DONE;
	}
	verb = verb_named(argv[1]);
	return verb ? run_verb(verb, 2, help_argv) : unknown_verb(argv[1]);
}

static enum cli_exit dispatch(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("xnlb " XNLB_VERSION);
		return CLI_DONE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(argc - 1, argv + 1);
	verb = verb_named(argv[1]);
	return verb ? run_verb(verb, argc - 1, argv + 1) : unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
	enum cli_exit code = dispatch(argc, argv);

	/* A full disk or a closed pipe must not look like success. */
	if ((fflush(stdout) || ferror(stdout)) && code == CLI_DONE) {
		say_error("cannot write the output: %m");
		code = CLI_FAILURE;
	}
	return code;
}
