// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* HTTP at the socket: libmicrohttpd inside the event loop, with no thread of its own. */
#include "daemon/api.h"

#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/answer.h"
#include "daemon/request.h"
#include "daemon/socket.h"

#define CONNECTIONS 16 /* at a time; others wait */
#define IDLE_S	    2u
#define LONGEST_US  5000000		/* from connecting to the answer, however slowly it goes */
#define MEMORY	    ((size_t)16 * 1024) /* of a connection, for its headers */

struct visit {
	int fd; /* -1: nobody */
	uint64_t since;
};

struct api {
	const struct api_setup *setup;
	int fd;
	struct MHD_Daemon *http;
	sd_event_source *ready, *timer;
	struct visit visit[CONNECTIONS];
};

/* A request whose body comes in. */
struct body {
	size_t size; /* may be more than there is room for */
	char bytes[REQUEST_MAX];
};

/* ---- one request ---- */

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct answer *answer)
{
	char *text = answer->document ? json_dumps(answer->document, JSON_COMPACT) : NULL;
	struct MHD_Response *response = NULL;
	enum MHD_Result result = MHD_NO;

	if (text)
		response =
			MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (response) {
		MHD_add_response_header(response, "Content-Type", "application/json");
		MHD_add_response_header(response, "Cache-Control", "no-store");
		/* One request a connection: none is held by who has got what he wanted. */
		MHD_add_response_header(response, "Connection", "close");
		if (answer->allow)
			MHD_add_response_header(response, "Allow", answer->allow);
		result = MHD_queue_response(connection, answer->status, response);
		MHD_destroy_response(response);
	} else {
		free(text);
	}
	json_decref(answer->document);
	return result;
}

/* Who connected: root, or whom the daemon runs as? */
static bool may_change(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static size_t announced_size(struct MHD_Connection *connection)
{
	const char *text =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");

	return text ? strtoull(text, NULL, 10) : 0;
}

static void take_bytes(struct body *body, const char *bytes, size_t size)
{
	if (body->size + size <= sizeof(body->bytes))
		memcpy(body->bytes + body->size, bytes, size);
	body->size += size;
}

/* Called with the headers, with each part of the body, and at its end. */
static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *bytes,
				  size_t *size, void **memory)
{
	struct api *api = data;
	struct body *body = *memory;
	struct question question = {
		.method = method,
		.path = url,
		.type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"),
		.may_change = may_change(connection),
		.body = body ? body->bytes : NULL,
		.size = body ? body->size : announced_size(connection),
	};
	struct answer out;

	(void)version;
	if (!body) {
		if (answer_early(&question, &out))
			return send_answer(connection, &out);
		*memory = calloc(1, sizeof(*body));
		return *memory ? MHD_YES : MHD_NO;
	}
	if (*size) {
		take_bytes(body, bytes, *size);
		*size = 0;
		return MHD_YES;
	}
	answer(api->setup, &question, &out);
	return send_answer(connection, &out);
}

static void on_done(void *data, struct MHD_Connection *connection, void **memory,
		    enum MHD_RequestTerminationCode code)
{
	(void)data;
	(void)connection;
	(void)code;
	free(*memory);
	*memory = NULL;
}

/* ---- how long somebody may stay ---- */

static void on_visit(void *data, struct MHD_Connection *connection, void **memory,
		     enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct api *api = data;
	struct visit *visit = *memory;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED && visit)
		visit->fd = -1;
	if (code != MHD_CONNECTION_NOTIFY_STARTED || !info)
		return;
	for (int i = 0; i < CONNECTIONS; i++) {
		if (api->visit[i].fd >= 0)
			continue;
		api->visit[i].fd = info->connect_fd;
		sd_event_now(api->setup->event, CLOCK_MONOTONIC, &api->visit[i].since);
		*memory = &api->visit[i];
		return;
	}
}

/* Ends who has been there for too long; returns when the next one will have been. */
static uint64_t end_visits(struct api *api)
{
	uint64_t now = 0, next = UINT64_MAX;

	sd_event_now(api->setup->event, CLOCK_MONOTONIC, &now);
	for (int i = 0; i < CONNECTIONS; i++) {
		struct visit *visit = &api->visit[i];
		uint64_t end = visit->since + LONGEST_US;

		if (visit->fd < 0)
			continue;
		if (end <= now)
			shutdown(visit->fd, SHUT_RDWR); /* it is closed by who reads its end */
		else if (end < next)
			next = end;
	}
	return next;
}

/* ---- the event loop ---- */

static int go_on(struct api *api)
{
	uint64_t now = 0, next;
	MHD_UNSIGNED_LONG_LONG wait_ms;
	int err;

	next = end_visits(api);
	MHD_run(api->http);
	sd_event_now(api->setup->event, CLOCK_MONOTONIC, &now);
	if (MHD_get_timeout(api->http, &wait_ms) == MHD_YES && now + wait_ms * 1000 < next)
		next = now + wait_ms * 1000;
	err = sd_event_source_set_time(api->timer, next);
	if (err < 0)
		return err;
	return sd_event_source_set_enabled(api->timer,
					   next == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	return go_on(data);
}

static int on_time(sd_event_source *source, uint64_t time, void *data)
{
	(void)source;
	(void)time;
	return go_on(data);
}

static int join_loop(struct api *api)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->http, MHD_DAEMON_INFO_EPOLL_FD);
	int err;

	if (!info)
		return -EINVAL;
	err = sd_event_add_time(api->setup->event, &api->timer, CLOCK_MONOTONIC, UINT64_MAX, 1,
				on_time, api);
	if (err < 0)
		return err;
	return sd_event_add_io(api->setup->event, &api->ready, info->epoll_fd, EPOLLIN, on_ready,
			       api);
}

static int start_http(struct api *api)
{
	api->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, api,
				     MHD_OPTION_LISTEN_SOCKET, api->fd, MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				     IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
				     MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
				     MHD_OPTION_NOTIFY_CONNECTION, on_visit, api, MHD_OPTION_END);
	if (!api->http)
		return errno ? -errno : -EINVAL;
	return join_loop(api);
}

int api_open(const struct api_setup *setup, struct api **out)
{
	struct api *api = calloc(1, sizeof(*api));
	int err;

	if (!api) {
		say_error("out of memory");
		return -ENOMEM;
	}
	api->setup = setup;
	for (int i = 0; i < CONNECTIONS; i++)
		api->visit[i].fd = -1;
	api->fd = socket_listen(setup->instance);
	if (api->fd < 0) {
		err = api->fd;
		free(api);
		return err;
	}
	/* Who does not wait for his answer is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	err = start_http(api);
	if (err < 0) {
		say_error("cannot start the API: %s", strerror(-err));
		api_close(api);
		return err;
	}
	*out = api;
	return 0;
}

void api_close(struct api *api)
{
	if (!api)
		return;
	sd_event_source_disable_unref(api->ready);
	sd_event_source_disable_unref(api->timer);
	if (api->http)
		MHD_quiesce_daemon(api->http); /* else it closes the socket itself */
	if (api->http)
		MHD_stop_daemon(api->http);
	socket_close(api->setup->instance, api->fd);
	free(api);
}
