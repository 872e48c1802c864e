// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * YAML by libfyaml's events, into a small tree that remembers where everything stands. Events
 * rather than libfyaml's documents: nothing is resolved or expanded, so no input grows, and
 * duplicate keys are left to the reader, which reports them like all other errors.
 */
#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "config/yaml.h"

#define CHUNK 65536

struct yaml_chunk {
	struct yaml_chunk *older;
	size_t size;
	max_align_t bytes[];
};

struct builder {
	struct report *report;
	struct yaml_document *document;
	struct yaml *open[YAML_DEPTH_MAX]; /* mappings and lists not yet closed */
	struct yaml *key[YAML_DEPTH_MAX];  /* the key whose value comes next */
	unsigned int depth;
	unsigned int documents;
	int err;
};

static void *take_memory(struct yaml_document *document, size_t size)
{
	struct yaml_chunk *chunk = document->chunks;
	void *memory;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!chunk || chunk->size - document->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->older = document->chunks;
		document->chunks = chunk;
		document->used = 0;
	}
	memory = (char *)chunk->bytes + document->used;
	document->used += size;
	return memory;
}

void yaml_free(struct yaml_document *document)
{
	struct yaml_chunk *chunk = document->chunks, *older;

	for (; chunk; chunk = older) {
		older = chunk->older;
		free(chunk);
	}
	*document = (struct yaml_document){0};
}

static void fail(struct builder *b, struct mark mark, const char *text)
{
	report_error(b->report, mark, "%s", text);
	b->err = -EINVAL;
}

static void out_of_memory(struct builder *b)
{
	report_error(b->report, (struct mark){0, 0}, "memory is short");
	b->err = -ENOMEM;
}

/* libfyaml counts from 0 and gives no place to what was left empty. */
static struct mark place(const struct builder *b, const struct fy_mark *mark)
{
	const struct yaml *key = b->depth ? b->key[b->depth - 1] : NULL;

	if (mark && mark->line >= 0)
		return (struct mark){(unsigned int)mark->line + 1, (unsigned int)mark->column + 1};
	if (key)
		return key->mark;
	return b->depth ? b->open[b->depth - 1]->mark : (struct mark){1, 1};
}

static struct yaml *add_node(struct builder *b, enum yaml_kind kind, struct mark mark)
{
	struct yaml *node;

	if (++b->document->nodes > YAML_NODES_MAX) {
		fail(b, mark, "too many items for a configuration");
		return NULL;
	}
	node = take_memory(b->document, sizeof(*node));
	if (!node) {
		out_of_memory(b);
		return NULL;
	}
	node->kind = kind;
	node->mark = mark;
	return node;
}

static void append(struct yaml *parent, struct yaml *node)
{
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
}

/* Hangs a finished or opening node where it belongs. */
static void place_node(struct builder *b, struct yaml *node)
{
	unsigned int top = b->depth - 1;

	if (!b->depth) {
		b->document->root = node;
	} else if (b->open[top]->kind == YAML_LIST) {
		append(b->open[top], node);
	} else if (!b->key[top]) {
		if (node->kind == YAML_TEXT)
			b->key[top] = node;
		else
			fail(b, node->mark, "a key is a word, not a list or a mapping");
	} else {
		node->key = b->key[top];
		append(b->open[top], node);
		b->key[top] = NULL;
	}
}

static void open_node(struct builder *b, enum yaml_kind kind, struct mark mark)
{
	struct yaml *node;

	if (b->depth == YAML_DEPTH_MAX) {
		fail(b, mark, "nested too deeply for a configuration");
		return;
	}
	node = add_node(b, kind, mark);
	if (!node)
		return;
	place_node(b, node);
	b->open[b->depth] = node;
	b->key[b->depth++] = NULL;
}

/* Backslashes, and quotes in single quotes. */
static unsigned int count_escapes(const char *text, size_t length, enum fy_scalar_style style)
{
	char mark = style == FYSS_SINGLE_QUOTED ? '\'' : '\\';
	unsigned int count = 0;

	if (style == FYSS_PLAIN)
		return 0;
	for (size_t i = 0; i + 1 < length; i++) {
		if (text[i] == mark) {
			count++;
			i++;
		}
	}
	return count;
}

/*
 * What no configuration needs is refused before libfyaml (0.7.12) unfolds it: for empty lines in a
 * block text (|, >) it takes quadratic time, for each line of one room on the stack, and it loses
 * memory with more than a few lines or escapes (its issues 315 and 233).
 */
static const char *refused_text(const struct source *source, struct fy_token *token)
{
	const struct fy_mark *start = fy_token_start_mark(token);
	const struct fy_mark *end = fy_token_end_mark(token);
	enum fy_scalar_style style = fy_token_scalar_style(token);
	size_t length;

	if (style != FYSS_PLAIN && style != FYSS_SINGLE_QUOTED && style != FYSS_DOUBLE_QUOTED)
		return "block texts (| and >) are not supported";
	if (!start || !end || start->input_pos > end->input_pos || end->input_pos > source->length)
		return NULL; /* nothing was written */
	length = end->input_pos - start->input_pos;
	if (start->line != end->line)
		return "a text may not go on in the next line";
	if (length > YAML_TEXT_MAX)
		return "this text is too long for a configuration";
	if (count_escapes(source->text + start->input_pos, length, style) > YAML_ESCAPES_MAX)
		return "more escapes than a text of a configuration needs";
	return NULL;
}

static void add_text(struct builder *b, struct fy_token *token, struct mark mark)
{
	const char *text = "", *refused = NULL;
	struct yaml *node;
	size_t length = 0;

	if (token)
		refused = refused_text(b->report->source, token);
	if (refused) {
		fail(b, mark, refused);
		return;
	}
	if (token)
		text = fy_token_get_text(token, &length);
	node = text ? add_node(b, YAML_TEXT, mark) : NULL;
	if (node)
		node->text = take_memory(b->document, length + 1);
	if (!node || !node->text) {
		if (!b->err)
			out_of_memory(b);
		return;
	}
	if (memchr(text, '\0', length)) {
		fail(b, mark, "a NUL character in a text");
		return;
	}
	memcpy(node->text, text, length);
	node->nothing = !length && (!token || fy_token_scalar_style(token) == FYSS_PLAIN);
	place_node(b, node);
}

static void refuse_extras(struct builder *b, struct fy_token *anchor, struct fy_token *tag)
{
	if (anchor)
		fail(b, place(b, fy_token_start_mark(anchor)), "anchors (&) are not supported");
	if (tag)
		fail(b, place(b, fy_token_start_mark(tag)), "tags (!) are not supported");
}

static void take_event(struct builder *b, struct fy_event *event)
{
	struct mark mark = place(b, fy_event_start_mark(event));

	switch (event->type) {
	case FYET_DOCUMENT_START:
		if (b->documents++)
			fail(b, mark, "a second document: a configuration is one");
		break;
	case FYET_ALIAS:
		fail(b, mark, "aliases (*) are not supported: write it out, or quote the text");
		break;
	case FYET_SCALAR:
		refuse_extras(b, event->scalar.anchor, event->scalar.tag);
		add_text(b, event->scalar.value, mark);
		break;
	case FYET_SEQUENCE_START:
		refuse_extras(b, event->sequence_start.anchor, event->sequence_start.tag);
		open_node(b, YAML_LIST, mark);
		break;
	case FYET_MAPPING_START:
		refuse_extras(b, event->mapping_start.anchor, event->mapping_start.tag);
		open_node(b, YAML_MAP, mark);
		break;
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		if (b->depth) /* always, as events are balanced */
			b->depth--;
		break;
	default:
		break;
	}
}

/* What libfyaml found wrong. A tab is named as such: its own message speaks of something else. */
static void report_syntax(struct builder *b, struct fy_diag *diag)
{
	struct fy_diag_error *error;
	bool any = false;
	void *next = NULL;

	while ((error = fy_diag_errors_iterate(diag, &next))) {
		unsigned int line = error->line > 0 ? (unsigned int)error->line : 1;
		unsigned int column = error->column > 0 ? (unsigned int)error->column : 1;
		struct mark tab = source_tab(b->report->source, line);

		if (tab.line)
			fail(b, tab, "a tab in the indentation: YAML wants spaces");
		else
			fail(b, (struct mark){line, column}, error->msg);
		any = true;
	}
	if (!any)
		fail(b, (struct mark){1, 1}, "this is not YAML 1.2");
}

/* The library's messages are collected, not printed. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)length;
}

static void run_parser(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	const struct source *source = b->report->source;
	struct fy_event *event;

	if (fy_parser_set_string(parser, source->text, source->length)) {
		out_of_memory(b);
		return;
	}
	while (!b->err && (event = fy_parser_parse(parser))) {
		take_event(b, event);
		fy_parser_event_free(parser, event);
	}
	if (!b->err && fy_parser_get_stream_error(parser))
		report_syntax(b, diag);
}

int yaml_read(struct report *report, struct yaml_document *document)
{
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE |
					    FYPCF_DEFAULT_VERSION_1_2};
	struct builder b = {.report = report, .document = document};
	struct fy_parser *parser = NULL;
	struct fy_diag *diag;
	char what[64];
	struct mark bad;

	*document = (struct yaml_document){0};
	bad = source_bad_character(report->source, what);
	if (bad.line) {
		report_error(report, bad, "%s", what);
		return -EINVAL;
	}
	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	diag_cfg.output_fn = swallow;
	diag_cfg.colorize = false;
	diag = fy_diag_create(&diag_cfg);
	if (diag) {
		fy_diag_set_collect_errors(diag, true);
		cfg.diag = diag;
		parser = fy_parser_create(&cfg);
	}
	if (parser)
		run_parser(&b, parser, diag);
	else
		out_of_memory(&b);
	if (parser)
		fy_parser_destroy(parser);
	if (diag)
		fy_diag_destroy(diag);
	return b.err;
}
