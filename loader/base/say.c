// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Messages on stderr. Knows nothing of xnlb. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"

struct kind {
	const char *level; /* what the journal understands: "<4>", as the kernel's messages */
	const char *word;
};

static const struct kind error = {"<3>", ""}, warning = {"<4>", "warning: "},
			 note = {"<6>", "note: "};

/* systemd says which file the journal reads; a redirected stderr is another one. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char text[64];
	struct stat file;

	if (!stream || fstat(STDERR_FILENO, &file))
		return false;
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)file.st_dev, (uintmax_t)file.st_ino);
	return !strcmp(stream, text);
}

static void say(const struct kind *kind, const char *format, va_list args)
{
	flockfile(stderr);
	fprintf(stderr, "%sxnlb: %s", is_journal() ? kind->level : "", kind->word);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
}

#define SAY(kind)                         \
	do {                              \
		va_list args;             \
                                          \
		va_start(args, format);   \
		say(&kind, format, args); \
		va_end(args);             \
	} while (0)

void say_error(const char *format, ...)
{
	SAY(error);
}

void say_warning(const char *format, ...)
{
	SAY(warning);
}

void say_note(const char *format, ...)
{
	SAY(note);
}
