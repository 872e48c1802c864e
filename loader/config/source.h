/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A text that people wrote, places in it, and errors about it:
 *
 *	web.yaml:7:13: error: interval: "50" has no unit: us, ms, s, m or h
 *	    interval: 50
 *	              ^
 *
 * Errors are collected and printed in the order of the file. Whatever the text holds, what is
 * printed is one line of valid UTF-8 without control characters, cut to the width of a page.
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stddef.h>
#include <stdio.h>

/* Where something stands in the text, counted from 1, columns in characters; line 0: nowhere. */
struct mark {
	unsigned int line, column;
};

struct source {
	char *path; /* as the user gave it */
	char *text;
	size_t length;
};

/* Copies both. NULL if memory is short. */
struct source *source_new(const char *path, const char *text, size_t length);
void source_free(struct source *source);

/* Prints one error at once. */
void source_error(const struct source *source, FILE *out, struct mark mark, const char *message);

/* The first character that no configuration may hold: its place and name; or line 0. */
struct mark source_bad_character(const struct source *source, char what[64]);

/* The first tab in the indentation of line `line` or the one after it, or line 0. */
struct mark source_tab(const struct source *source, unsigned int line);

#define REPORT_MAX 200 /* errors that are printed; more are counted */

struct report {
	const struct source *source;
	unsigned int errors; /* all of them */
	unsigned int kept;
	struct fault {
		struct mark mark;
		unsigned int order; /* keeps errors of one place in the order they were found */
		char text[256];
	} fault[REPORT_MAX];
};

void report_error(struct report *report, struct mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sorts and prints. */
void report_print(struct report *report, FILE *out);

#endif
