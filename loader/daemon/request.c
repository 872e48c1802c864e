// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/request.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/name.h"
#include "base/suggest.h"
#include "daemon/words.h"

#define TIMEOUT_MOST_US (UINT32_MAX * 1000ull)

enum field { FIELD_VERB, FIELD_ALL, FIELD_RULE, FIELD_WEIGHT, FIELD_TIMEOUT, FIELDS };

struct reading {
	struct control_request request;
	char *error;
};

__attribute__((format(printf, 2, 3))) static int wrong(const struct reading *reading,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reading->error, REQUEST_ERROR_SIZE, format, args);
	va_end(args);
	/* What is quoted may be cut in the middle of a letter. */
	for (char *c = reading->error; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -EINVAL;
}

/* The value as it was written, cut short: `"weight": 150 ...`. */
static int wrong_value(const struct reading *reading, const char *name, const json_t *value,
		       const char *what)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_COMPACT);
	int err = wrong(reading, "\"%s\": %.80s%s %s", name, text ? text : "?",
			text && strlen(text) > 80 ? "..." : "", what);

	free(text);
	return err;
}

static int read_verb(struct reading *reading, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	struct suggest suggest;
	char what[64];
	int verb;

	if (text && !word_value(verb_words, text, &verb)) {
		reading->request.verb = (enum control_verb)verb;
		return 0;
	}
	suggest = suggest_for(text ? text : "");
	for (const struct word *word = verb_words; word->word; word++)
		suggest_offer(&suggest, word->word);
	if (!suggest_best(&suggest))
		return wrong_value(reading, name, value, "is no verb");
	snprintf(what, sizeof(what), "is no verb: did you mean \"%s\"?", suggest_best(&suggest));
	return wrong_value(reading, name, value, what);
}

static int read_all(struct reading *reading, const char *name, const json_t *value)
{
	if (!json_is_boolean(value))
		return wrong_value(reading, name, value, "is neither true nor false");
	reading->request.all = json_is_true(value);
	return 0;
}

static int read_rule(struct reading *reading, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || !name_valid(text, NAME_DOTS))
		return wrong_value(reading, name, value, "is neither a rule's name nor \"all\"");
	memcpy(reading->request.rule, text, strlen(text) + 1);
	return 0;
}

static int read_weight(struct reading *reading, const char *name, const json_t *value)
{
	json_int_t weight = json_integer_value(value);

	if (!json_is_integer(value) || weight < 0 || weight > XNLB_WEIGHT_MAX)
		return wrong_value(reading, name, value,
				   "is not a whole number of percent from 0 to 100");
	reading->request.weight = (uint8_t)weight;
	return 0;
}

static int read_timeout(struct reading *reading, const char *name, const json_t *value)
{
	const char *text = json_string_value(value), *what;
	uint64_t us;

	if (!text)
		return wrong_value(reading, name, value, "is not a duration such as \"30s\"");
	what = duration_parse(text, &us);
	if (what)
		return wrong_value(reading, name, value, what);
	if (us < 1000 || us > TIMEOUT_MOST_US)
		return wrong_value(reading, name, value, "is not from 1ms to 49 days");
	reading->request.timeout_ms = (uint32_t)(us / 1000);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct reading *reading, const char *name, const json_t *value);
} fields[FIELDS] = {
	[FIELD_VERB] = {"verb", read_verb},	     [FIELD_ALL] = {"all", read_all},
	[FIELD_RULE] = {"rule", read_rule},	     [FIELD_WEIGHT] = {"weight", read_weight},
	[FIELD_TIMEOUT] = {"timeout", read_timeout},
};

/* Bits of enum field. Every verb takes "verb" and "all". */
static const struct {
	unsigned int must, may;
} verb_fields[CONTROL_VERBS] = {
	[CONTROL_DRAINSTOP] = {0, 1u << FIELD_TIMEOUT},
	[CONTROL_ENABLE] = {1u << FIELD_RULE, 0},
	[CONTROL_DISABLE] = {1u << FIELD_RULE, 0},
	[CONTROL_DRAIN] = {1u << FIELD_RULE, 1u << FIELD_TIMEOUT},
	[CONTROL_WEIGHT] = {1u << FIELD_WEIGHT, 0},
};

static int read_field(struct reading *reading, const char *name, const json_t *value,
		      unsigned int *given)
{
	struct suggest suggest = suggest_for(name);

	for (int i = 0; i < FIELDS; i++) {
		if (!strcmp(fields[i].name, name)) {
			*given |= 1u << i;
			return fields[i].read(reading, name, value);
		}
		suggest_offer(&suggest, fields[i].name);
	}
	if (suggest_best(&suggest))
		return wrong(reading, "unknown field \"%.80s\": did you mean \"%s\"?", name,
			     suggest_best(&suggest));
	return wrong(reading, "unknown field \"%.80s\"", name);
}

/* Has the verb what it needs, and nothing that it cannot take? */
static int check_fields(const struct reading *reading, unsigned int given)
{
	enum control_verb verb = reading->request.verb;
	unsigned int may =
		verb_fields[verb].must | verb_fields[verb].may | 1u << FIELD_VERB | 1u << FIELD_ALL;

	for (int i = 0; i < FIELDS; i++) {
		if (verb_fields[verb].must & ~given & 1u << i)
			return wrong(reading, "\"%s\" is missing: %s needs one", fields[i].name,
				     word_of(verb_words, verb));
		if (given & ~may & 1u << i)
			return wrong(reading, "\"%s\" is nothing that %s takes", fields[i].name,
				     word_of(verb_words, verb));
	}
	return 0;
}

static int read_object(struct reading *reading, json_t *object)
{
	unsigned int given = 0;
	const char *name;
	json_t *value;
	int err = 0;

	json_object_foreach(object, name, value) {
		err = read_field(reading, name, value, &given);
		if (err)
			return err;
	}
	if (!(given & 1u << FIELD_VERB))
		return wrong(reading, "\"verb\" is missing");
	return check_fields(reading, given);
}

int request_parse(const char *bytes, size_t size, struct control_request *out,
		  char error[REQUEST_ERROR_SIZE])
{
	struct reading reading = {.error = error};
	json_error_t place;
	json_t *object;
	int err;

	error[0] = '\0';
	if (size > REQUEST_MAX)
		return wrong(&reading, "more than %d bytes", REQUEST_MAX);
	object = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &place);
	if (!object)
		return wrong(&reading, "not JSON: %s, line %d, column %d", place.text, place.line,
			     place.column);
	if (json_is_object(object))
		err = read_object(&reading, object);
	else
		err = wrong(&reading, "not a JSON object");
	json_decref(object);
	if (!err)
		*out = reading.request;
	return err;
}
