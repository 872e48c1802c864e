// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the API takes for a request, and what it says of all else. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/request.h"
#include "daemon/words.h"

Test(request, each_verb_with_what_it_takes)
{
	static const struct {
		const char *text;
		struct control_request request;
	} rows[] = {
		{"{\"verb\":\"start\"}", {.verb = CONTROL_START}},
		{"{\"verb\":\"stop\",\"all\":true}", {.verb = CONTROL_STOP, .all = true}},
		{"{\"verb\":\"stop\",\"all\":false}", {.verb = CONTROL_STOP}},
		{"{\"verb\":\"drainstop\"}", {.verb = CONTROL_DRAINSTOP}},
		{"{\"timeout\":\"30s\",\"verb\":\"drainstop\"}",
		 {.verb = CONTROL_DRAINSTOP, .timeout_ms = 30000}},
		{"{\"verb\":\"suspend\"}", {.verb = CONTROL_SUSPEND}},
		{"{\"verb\":\"resume\"}", {.verb = CONTROL_RESUME}},
		{"{\"verb\":\"enable\",\"rule\":\"web\"}", {.verb = CONTROL_ENABLE, .rule = "web"}},
		{"{\"verb\":\"disable\",\"rule\":\"all\"}",
		 {.verb = CONTROL_DISABLE, .rule = "all"}},
		{" {\"verb\":\"drain\",\"rule\":\"a.b\",\"timeout\":\"500ms\"}\n",
		 {.verb = CONTROL_DRAIN, .rule = "a.b", .timeout_ms = 500}},
		{"{\"verb\":\"weight\",\"weight\":0}", {.verb = CONTROL_WEIGHT}},
		{"{\"verb\":\"weight\",\"weight\":100}", {.verb = CONTROL_WEIGHT, .weight = 100}},
		{"{\"verb\":\"drainstop\",\"timeout\":\"1ms\"}",
		 {.verb = CONTROL_DRAINSTOP, .timeout_ms = 1}},
		{"{\"verb\":\"drainstop\",\"timeout\":\"4294967295ms\"}",
		 {.verb = CONTROL_DRAINSTOP, .timeout_ms = UINT32_MAX}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct control_request out;
		char error[REQUEST_ERROR_SIZE] = "";
		int err = request_parse(rows[i].text, strlen(rows[i].text), &out, error);

		cr_assert_eq(err, 0, "%s: %s", rows[i].text, error);
		cr_expect(out.verb == rows[i].request.verb && out.all == rows[i].request.all &&
				  !strcmp(out.rule, rows[i].request.rule) &&
				  out.weight == rows[i].request.weight &&
				  out.timeout_ms == rows[i].request.timeout_ms,
			  "%s", rows[i].text);
	}
}

static void expect_error(const char *text, size_t size, const char *expected)
{
	struct control_request out = {.verb = CONTROL_VERBS, .weight = 77, .rule = "before"};
	char error[REQUEST_ERROR_SIZE] = "";

	cr_expect_eq(request_parse(text, size, &out, error), -EINVAL, "%.60s", text);
	cr_expect_str_eq(error, expected);
	cr_expect(out.verb == CONTROL_VERBS && out.weight == 77 && !strcmp(out.rule, "before"),
		  "untouched: %.60s", text);
}

Test(request, what_is_wrong_is_quoted)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"[]", "not a JSON object"},
		{"{}", "\"verb\" is missing"},
		{"{\"verb\":5}", "\"verb\": 5 is no verb"},
		{"{\"verb\":\"\"}", "\"verb\": \"\" is no verb"},
		{"{\"verb\":\"strat\"}", "\"verb\": \"strat\" is no verb: did you mean \"start\"?"},
		{"{\"verb\":\"start\",\"all\":1}", "\"all\": 1 is neither true nor false"},
		{"{\"verb\":\"start\",\"wait\":1}", "unknown field \"wait\""},
		{"{\"verb\":\"weight\",\"wieght\":1}",
		 "unknown field \"wieght\": did you mean \"weight\"?"},
		{"{\"verb\":\"weight\"}", "\"weight\" is missing: weight needs one"},
		{"{\"verb\":\"weight\",\"weight\":101}",
		 "\"weight\": 101 is not a whole number of percent from 0 to 100"},
		{"{\"verb\":\"weight\",\"weight\":-1}",
		 "\"weight\": -1 is not a whole number of percent from 0 to 100"},
		{"{\"verb\":\"weight\",\"weight\":256}",
		 "\"weight\": 256 is not a whole number of percent from 0 to 100"},
		{"{\"verb\":\"weight\",\"weight\":50.0}",
		 "\"weight\": 50.0 is not a whole number of percent from 0 to 100"},
		{"{\"verb\":\"weight\",\"weight\":\"50\"}",
		 "\"weight\": \"50\" is not a whole number of percent from 0 to 100"},
		{"{\"verb\":\"drain\"}", "\"rule\" is missing: drain needs one"},
		{"{\"verb\":\"drain\",\"rule\":\"a b\"}",
		 "\"rule\": \"a b\" is neither a rule's name nor \"all\""},
		{"{\"verb\":\"drain\",\"rule\":null}",
		 "\"rule\": null is neither a rule's name nor \"all\""},
		{"{\"verb\":\"drain\",\"rule\":\"\xc3\xa9\"}",
		 "\"rule\": \"\\u00E9\" is neither a rule's name nor \"all\""},
		{"{\"verb\":\"start\",\"rule\":\"web\"}", "\"rule\" is nothing that start takes"},
		{"{\"verb\":\"stop\",\"timeout\":\"3s\"}",
		 "\"timeout\" is nothing that stop takes"},
		{"{\"verb\":\"drainstop\",\"timeout\":30}",
		 "\"timeout\": 30 is not a duration such as \"30s\""},
		{"{\"verb\":\"drainstop\",\"timeout\":\"30\"}",
		 "\"timeout\": \"30\" has no unit: us, ms, s, m or h"},
		{"{\"verb\":\"drainstop\",\"timeout\":\"30 s\"}",
		 "\"timeout\": \"30 s\" is not a duration such as 50ms: a whole number and us, "
		 "ms, s, m or h"},
		{"{\"verb\":\"drainstop\",\"timeout\":\"999us\"}",
		 "\"timeout\": \"999us\" is not from 1ms to 49 days"},
		{"{\"verb\":\"drainstop\",\"timeout\":\"4294967296ms\"}",
		 "\"timeout\": \"4294967296ms\" is not from 1ms to 49 days"},
		{"{\"\xc3\xa9\":1}", "unknown field \"??\""},
		{"{\"verb\":\"stop\",\"verb\":\"start\"}",
		 "not JSON: duplicate object key near '\"verb\"', line 1, column 21"},
		{"", "not JSON: '[' or '{' expected near end of file, line 1, column 0"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_error(rows[i].text, strlen(rows[i].text), rows[i].error);
}

Test(request, sizes)
{
	char text[REQUEST_MAX + 2], error[REQUEST_ERROR_SIZE];
	struct control_request out;

	snprintf(text, sizeof(text), "%-*s", REQUEST_MAX + 1, "{\"verb\":\"stop\"}");
	cr_expect_eq(request_parse(text, REQUEST_MAX, &out, error), 0);
	expect_error(text, REQUEST_MAX + 1, "more than 4096 bytes");
	/* long ones are cut where they are quoted */
	snprintf(text, sizeof(text), "{\"verb\":\"%0400d\"}", 0);
	cr_expect_eq(request_parse(text, strlen(text), &out, error), -EINVAL);
	cr_expect_eq(strlen(error), strlen("\"verb\": ... is no verb") + 80, "%s", error);
	/* an end inside of the text is no end */
	expect_error("{\"verb\":\"stop\"}\0", 16,
		     "not JSON: end of file expected near end of file, line 1, column 16");
}

Test(request, each_verb_has_a_word)
{
	for (int verb = CONTROL_START; verb < CONTROL_VERBS; verb++)
		cr_expect_str_neq(word_of(verb_words, verb), "?", "verb %d", verb);
	for (int answer = 0; answer < CONTROL_ANSWERS; answer++)
		cr_expect_str_neq(word_of(answer_words, answer), "?", "answer %d", answer);
}
