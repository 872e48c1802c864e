// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Messages on stderr. Knows nothing of xnlb. */
#include <stdarg.h>
#include <stdio.h>

#include "base/say.h"

static void say(const char *kind, const char *format, va_list args)
{
	flockfile(stderr);
	fprintf(stderr, "xnlb: %s", kind);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
}

#define SAY(kind)                        \
	do {                             \
		va_list args;            \
                                         \
		va_start(args, format);  \
		say(kind, format, args); \
		va_end(args);            \
	} while (0)

void say_error(const char *format, ...)
{
	SAY("");
}

void say_warning(const char *format, ...)
{
	SAY("warning: ");
}

void say_note(const char *format, ...)
{
	SAY("note: ");
}
