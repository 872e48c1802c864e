// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/answer.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/duration.h"
#include "base/version.h"
#include "daemon/clock.h"
#include "daemon/report.h"
#include "daemon/request.h"
#include "daemon/words.h"

/* What was asked for ends in what comes after the path of its row. */
struct route {
	const char *method, *path;
	void (*answer)(const struct api_setup *setup, const struct question *question,
		       const char *rest, struct answer *out);
};

static void refuse(struct answer *out, unsigned int status, const char *text)
{
	*out = (struct answer){.status = status, .document = json_pack("{s:s}", "error", text)};
}

static void no_such_thing(struct answer *out)
{
	refuse(out, MHD_HTTP_NOT_FOUND, "there is nothing of this name");
}

/* ---- GET /v1/status ---- */

static void status(const struct api_setup *setup, const struct question *question, const char *rest,
		   struct answer *out)
{
	struct control_state control;
	struct report_live live = {.control = &control};
	struct instance instance;
	struct timespec now;
	struct state *state;
	int err;

	(void)question;
	(void)rest;
	pthread_mutex_lock(setup->machine);
	instance_claimed(setup->instance, &instance);
	err = state_read(&instance, STATE_SHOWN, &state);
	pthread_mutex_unlock(setup->machine);
	if (err) {
		refuse(out, MHD_HTTP_INTERNAL_SERVER_ERROR,
		       "the pinned maps cannot be read; the daemon's messages say why");
		return;
	}
	control_state(setup->control, &control);
	live.news = setup->news(setup->data);
	live.refused = setup->refused;
	clock_gettime(CLOCK_REALTIME, &now);
	live.unix_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	live.now = clock_now();
	*out = (struct answer){.status = MHD_HTTP_OK,
			       .document = report(state, setup->instance, &live)};
	state_free(state);
}

/* ---- POST /v1/control ---- */

static void refuse_request(struct answer *out, const struct control_request *request, int err)
{
	char text[REQUEST_ERROR_SIZE];

	if (err == -EBUSY) {
		refuse(out, MHD_HTTP_CONFLICT,
		       "other nodes have not answered the request before: ask again in 3 s");
	} else if (err == -EINVAL) {
		/* Verb and weight have been looked at. */
		snprintf(text, sizeof(text), "\"rule\": \"%s\" is no rule", request->rule);
		refuse(out, MHD_HTTP_BAD_REQUEST, text);
	} else {
		refuse(out, MHD_HTTP_INTERNAL_SERVER_ERROR, strerror(-err));
	}
}

static void ask(const struct api_setup *setup, const struct question *question, const char *rest,
		struct answer *out)
{
	char text[REQUEST_ERROR_SIZE];
	struct control_request request;
	uint32_t number;
	int err;

	(void)rest;
	if (request_parse(question->body, question->size, &request, text)) {
		refuse(out, MHD_HTTP_BAD_REQUEST, text);
		return;
	}
	err = control_ask(setup->control, &request, &number);
	if (err) {
		refuse_request(out, &request, err);
		return;
	}
	*out = (struct answer){.status = MHD_HTTP_ACCEPTED,
			       .document = json_pack("{s:i, s:I}", "schema_version",
						     XNLB_SCHEMA_VERSION, "request",
						     (json_int_t)number)};
}

/* ---- GET /v1/control/NUMBER ---- */

static json_t *nodes(const struct cluster *cluster, const struct control_answers *answers)
{
	json_t *array = json_array();

	for (uint8_t id = 1; id <= XNLB_NODES_MAX; id++) {
		const struct node *node = cluster_node(cluster, id);

		if (!(answers->asked & node_bit(id)))
			continue;
		json_array_append_new(array,
				      json_pack("{s:i, s:s, s:s}", "id", id, "name",
						node ? node->name : "", "answer",
						word_of(answer_words, answers->answer[id - 1])));
	}
	return array;
}

static void answers(const struct api_setup *setup, const struct question *question,
		    const char *rest, struct answer *out)
{
	struct control_answers answers;
	uint64_t number;
	const char *end = number_parse(rest, &number);

	(void)question;
	if (!end || *end || number > UINT32_MAX ||
	    control_answers(setup->control, (uint32_t)number, &answers)) {
		refuse(out, MHD_HTTP_NOT_FOUND, "there is no such request, or it is too old");
		return;
	}
	*out = (struct answer){.status = MHD_HTTP_OK,
			       .document = json_pack("{s:i, s:o}", "schema_version",
						     XNLB_SCHEMA_VERSION, "nodes",
						     nodes(setup->cluster, &answers))};
}

/* ---- the table ---- */

static const struct route routes[] = {
	{"GET", "/v1/status", status},
	{"POST", "/v1/control", ask},
	{"GET", "/v1/control/", answers},
};

/* What follows the path, or NULL. A path that ends with / wants something there. */
static const char *rest_of(const struct route *route, const char *path)
{
	size_t length = strlen(route->path);

	if (strncmp(path, route->path, length) != 0)
		return NULL;
	return (route->path[length - 1] == '/') == (path[length] != '\0') ? path + length : NULL;
}

static const struct route *find(const char *path, const char **rest)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		*rest = rest_of(&routes[i], path);
		if (*rest)
			return &routes[i];
	}
	return NULL;
}

/* "application/json", also with a parameter behind. */
static bool is_json(const char *type)
{
	static const char json[] = "application/json";

	return type && !strncasecmp(type, json, sizeof(json) - 1) &&
	       (!type[sizeof(json) - 1] || strchr("; \t", type[sizeof(json) - 1]));
}

bool answer_early(const struct question *question, struct answer *out)
{
	const char *rest;
	const struct route *route = find(question->path, &rest);
	bool changes = route && !strcmp(route->method, "POST");

	if (!route) {
		no_such_thing(out);
	} else if (strcmp(route->method, question->method) != 0) {
		refuse(out, MHD_HTTP_METHOD_NOT_ALLOWED, "another method is needed");
		out->allow = route->method;
	} else if (changes && !question->may_change) {
		refuse(out, MHD_HTTP_FORBIDDEN,
		       "only root and the daemon's user may change something");
	} else if (changes && !is_json(question->type)) {
		refuse(out, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		       "the body must be of Content-Type application/json");
	} else if (question->size > REQUEST_MAX) {
		refuse(out, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than 4096 bytes");
	} else {
		return false;
	}
	return true;
}

void answer(const struct api_setup *setup, const struct question *question, struct answer *out)
{
	const char *rest;
	const struct route *route;

	if (answer_early(question, out))
		return;
	route = find(question->path, &rest);
	route->answer(setup, question, rest, out);
}
