// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Errors with their place in a text. Knows nothing of YAML or of what the text means. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/source.h"

#define WIDTH  120 /* characters of a source line that are printed */
#define BEFORE 60  /* of these before the caret, where the line is cut */

#define RED   "\033[1;31m"
#define GREEN "\033[1;32m"
#define PLAIN "\033[0m"

struct source *source_new(const char *path, const char *text, size_t length)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->path = strdup(path);
	source->text = malloc(length + 1);
	if (!source->path || !source->text) {
		source_free(source);
		return NULL;
	}
	memcpy(source->text, text, length);
	source->text[length] = '\0';
	source->length = length;
	return source;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	free(source->path);
	free(source->text);
	free(source);
}

/* Decodes one UTF-8 character. Its length, or 0 if the bytes are none. */
static size_t decode(const char *at, const char *end, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)at;
	size_t length = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c = p[0];

	if (length > (size_t)(end - at) || (p[0] >= 0x80 && p[0] < 0xc0) || p[0] > 0xf4)
		return 0;
	if (length > 1)
		c &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return length;
}

/* Control characters, line separators that editors count and YAML does not, direction marks. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       c == 0xfffe || c == 0xffff;
}

/* Prints up to `max` characters, unprintable ones as "?"; a tab is one blank. */
static void print_clean(FILE *out, const char *at, const char *end, size_t max)
{
	for (size_t n = 0; n < max && at < end; n++) {
		uint32_t c = 0;
		size_t length = decode(at, end, &c);

		if (c == '\t')
			fputc(' ', out);
		else if (!length || is_control(c))
			fputc('?', out);
		else
			fwrite(at, 1, length, out);
		at += length ? length : 1;
	}
}

/* `count` characters further on, or the end. */
static const char *skip(const char *at, const char *end, size_t count)
{
	while (count-- && at < end) {
		uint32_t c;
		size_t length = decode(at, end, &c);

		at += length ? length : 1;
	}
	return at;
}

static const char *after_bom(const struct source *source)
{
	bool bom = source->length >= 3 && !memcmp(source->text, "\xef\xbb\xbf", 3);

	return source->text + (bom ? 3 : 0);
}

/* Start and end of a line without its line break; false if there is none. */
static bool find_line(const struct source *source, unsigned int line, const char **start,
		      const char **stop)
{
	const char *end = source->text + source->length, *at = after_bom(source), *next;

	for (unsigned int n = 1; n < line; n++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	next = memchr(at, '\n', (size_t)(end - at));
	*start = at;
	*stop = next ? next : end;
	if (*stop > *start && (*stop)[-1] == '\r')
		(*stop)--;
	return true;
}

static void print_place(const struct source *source, FILE *out, struct mark mark, bool color)
{
	const char *at, *end;
	size_t column = mark.column - 1;
	bool cut;

	if (!find_line(source, mark.line, &at, &end) || at == end)
		return;
	fputs("  ", out);
	cut = skip(at, end, WIDTH) < end && column > BEFORE;
	if (cut) {
		at = skip(at, end, column - BEFORE);
		column = BEFORE;
		fputs("...", out);
	}
	print_clean(out, at, end, WIDTH);
	if (skip(at, end, WIDTH) < end)
		fputs("...", out);
	fprintf(out, "\n  %*s%s^%s\n", (int)(column + (cut ? 3 : 0)), "", color ? GREEN : "",
		color ? PLAIN : "");
}

void source_error(const struct source *source, FILE *out, struct mark mark, const char *message)
{
	const char *no_color = getenv("NO_COLOR");
	bool color = isatty(fileno(out)) && (!no_color || !*no_color);

	fputs(source->path, out);
	if (mark.line)
		fprintf(out, ":%u:%u", mark.line, mark.column);
	fprintf(out, ": %serror:%s ", color ? RED : "", color ? PLAIN : "");
	print_clean(out, message, message + strlen(message), SIZE_MAX);
	fputc('\n', out);
	if (mark.line)
		print_place(source, out, mark, color);
}

struct mark source_bad_character(const struct source *source, char what[64])
{
	const char *end = source->text + source->length;
	struct mark mark = {1, 1};
	size_t length;

	for (const char *at = after_bom(source); at < end; at += length, mark.column++) {
		uint32_t c = 0;

		length = decode(at, end, &c);
		if (!length) {
			snprintf(what, 64, "byte 0x%02x is not UTF-8", (unsigned char)*at);
			return mark;
		}
		if (c == '\n') {
			mark.line++;
			mark.column = 0;
		} else if (c != '\t' && is_control(c) &&
			   (c != '\r' || at + 1 == end || at[1] != '\n')) {
			snprintf(what, 64, "the control character U+%04X is not allowed", c);
			return mark;
		}
	}
	return (struct mark){0, 0};
}

struct mark source_tab(const struct source *source, unsigned int line)
{
	const char *at, *end;

	for (unsigned int n = line; n <= line + 1 && find_line(source, n, &at, &end); n++) {
		size_t blanks = strspn(at, " ");

		if (at[blanks] == '\t')
			return (struct mark){n, (unsigned int)blanks + 1};
	}
	return (struct mark){0, 0};
}

void report_error(struct report *report, struct mark mark, const char *format, ...)
{
	struct fault *fault;
	va_list args;

	if (report->errors++ >= REPORT_MAX)
		return;
	fault = &report->fault[report->kept];
	fault->mark = mark;
	fault->order = report->kept++;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}

static int compare(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;

	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.column != b->mark.column)
		return a->mark.column < b->mark.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void report_print(struct report *report, FILE *out)
{
	qsort(report->fault, report->kept, sizeof(report->fault[0]), compare);
	for (unsigned int i = 0; i < report->kept; i++)
		source_error(report->source, out, report->fault[i].mark, report->fault[i].text);
	if (report->errors > report->kept)
		fprintf(out, "%s: error: and %u more errors\n", report->source->path,
			report->errors - report->kept);
}
