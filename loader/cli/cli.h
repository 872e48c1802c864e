/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame of the command: what a verb is, what it may return, what it is given.
 *
 * A verb is a `const struct verb verb_NAME`, listed in the table of xnlb.c, in a file of its own
 * (those that ask a daemon share control.c). The struct says which options and operands it takes;
 * main parses them (argp) before it calls `run`, so a letter means the same with every verb. Data
 * goes to stdout, messages to stderr (base/say.h).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

/* What the process returns. */
enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILURE = 1,
	CLI_USAGE = 2,	   /* wrong options or operands */
	CLI_CONFIG = 3,	   /* an error in the configuration or the key file; nothing was changed */
	CLI_NO_DAEMON = 4, /* the verb needs a running daemon */
	CLI_DEGRADED = 5,  /* it answers, but something is not as it should be */
};

/* Options; a verb names those that it takes. -h (--help) is everybody's. */
enum cli_option {
	CLI_JSON = 1 << 0,     /* -j, --json */
	CLI_INSTANCE = 1 << 1, /* --instance NAME */
	CLI_FILE = 1 << 2,     /* -c, --config FILE */
	CLI_NODE = 1 << 3,     /* --node NAME */
	CLI_KEYS = 1 << 4,     /* --keys */
	CLI_HOOKS = 1 << 5,    /* --xdp MODE, --tc HOOK */
	CLI_ALL = 1 << 6,      /* --all */
	CLI_DRAIN = 1 << 7,    /* --timeout DURATION, --no-wait */
};

#define CLI_OPERANDS 8

struct verb;

/* What was given. Strings are argv's; NULL or false if not given. */
struct cli_args {
	const struct verb *verb;
	bool json;
	bool keys;
	bool all;
	bool no_wait;
	const char *timeout;  /* as given */
	const char *instance; /* checked: usable as a folder's name */
	const char *config;
	const char *node;
	const char *xdp, *tc; /* as given; the verb knows which words there are */
	unsigned int operands;
	const char *operand[CLI_OPERANDS];
};

enum cli_group { CLI_PREPARE, CLI_OPERATE, CLI_CONTROL, CLI_OBSERVE, CLI_GROUPS };

struct verb {
	const char *name;
	const char *alias; /* a second name, or NULL */
	enum cli_group group;
	const char *operands; /* as the usage line shows them: "PROTO SRC:PORT DST:PORT"; or NULL */
	unsigned int least, most; /* number of operands */
	unsigned int options;	  /* enum cli_option */
	const char *help;	  /* one line, for the list of verbs */
	const char *text;	  /* more for -h, may be NULL */
	enum cli_exit (*run)(const struct cli_args *args);
};

/*
 * Parses argv[1..] for `verb`; argv[0] is "xnlb VERB". Exits by itself after -h (0) and, with a
 * message, on wrong usage (CLI_USAGE).
 */
void cli_parse(const struct verb *verb, int argc, char **argv, struct cli_args *args);

/* For what cli_parse cannot see: says what is wrong with the operands and returns CLI_USAGE. */
enum cli_exit cli_misuse(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
