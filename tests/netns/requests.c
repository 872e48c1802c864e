// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * requests: makes HTTP requests, each on a connection of its own from another pair of client
 * address and port, and counts the bodies of the answers.
 *
 * The pairs are random but repeat with the seed, so shares are those of independent flows and the
 * same in each run. Output: `BODY COUNT` a line, sorted, then `failed COUNT`; the first failures
 * go to stderr. Exit status 1 if a request failed. With -r at most so many begin in a second; with
 * -l each is listed first, as it ends: `request SRC:PORT DST:PORT BEGAN TOOK BODY`, in milliseconds
 * since the start, which `start UPTIME` tells (of CLOCK_BOOTTIME); BODY is "-" if it failed.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "frame.h"
#include "link.h"

#define BODIES_MAX   16
#define BODY_SIZE    32
#define TIMEOUT_US   10000000
#define FAILURES_SAY 5
#define PORT_FIRST   1024
#define PORTS	     (65536 - PORT_FIRST)

struct request {
	int fd; /* -1: idle */
	bool asked;
	uint64_t start_us;
	uint8_t addr[16];
	uint16_t port;
	size_t size;
	char answer[1024];
};

static struct {
	struct arg_addr dst, from; /* `from`: the first client address */
	uint32_t port, count, clients, concurrency, seed, rate, list;
} opt = {.port = 80, .count = 1000, .clients = 250, .concurrency = 64, .seed = 1};

static struct {
	char body[BODIES_MAX][BODY_SIZE];
	uint32_t count[BODIES_MAX];
	uint32_t bodies, failed, done, begun;
} tally;

static uint8_t *used; /* a bit for each pair of client and port */
static int epoll;

/* xorshift64* */
static uint64_t draw(void)
{
	static uint64_t state;

	if (!state)
		state = opt.seed * 0x9e3779b97f4a7c15 | 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d >> 16;
}

/* A pair of client address and port that was not used before. */
static void draw_client(struct request *r)
{
	size_t last = frame_addr_size(opt.dst.family) - 1;
	uint64_t client, port, bit;

	do {
		client = draw() % opt.clients;
		port = draw() % PORTS;
		bit = client * PORTS + port;
	} while (used[bit / 8] >> bit % 8 & 1);
	used[bit / 8] |= (uint8_t)(1u << bit % 8);
	memcpy(r->addr, opt.from.bytes, sizeof(r->addr));
	r->addr[last] = (uint8_t)(opt.from.bytes[last] + client);
	r->port = (uint16_t)(PORT_FIRST + port);
}

static socklen_t fill(struct sockaddr_storage *to, const uint8_t addr[16], uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (opt.dst.family == AF_INET) {
		memcpy(&in.sin_addr, addr, 4);
		memcpy(to, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, addr, 16);
	memcpy(to, &in6, sizeof(in6));
	return sizeof(in6);
}

static uint64_t first_us; /* when all began */

static void tell_start(void)
{
	struct timespec now;

	if (!opt.list)
		return;
	setlinebuf(stdout);
	clock_gettime(CLOCK_BOOTTIME, &now);
	printf("start %lld\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void tell(const struct request *r, const char *body)
{
	const char *format = opt.dst.family == AF_INET6 ? "request [%s]:%u [%s]:%u %.1f %.1f %s\n"
							: "request %s:%u %s:%u %.1f %.1f %s\n";
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	if (!opt.list)
		return;
	inet_ntop(opt.dst.family, r->addr, from, sizeof(from));
	inet_ntop(opt.dst.family, opt.dst.bytes, to, sizeof(to));
	printf(format, from, r->port, to, opt.port, (double)(r->start_us - first_us) / 1000,
	       (double)(now_us() - r->start_us) / 1000, body ? body : "-");
}

static void finish(struct request *r, const char *failure, int error)
{
	char text[INET6_ADDRSTRLEN];

	if (failure && tally.failed++ < FAILURES_SAY) {
		inet_ntop(opt.dst.family, r->addr, text, sizeof(text));
		fprintf(stderr, "requests: from %s port %u: %s%s%s\n", text, r->port, failure,
			error ? ": " : "", error ? strerror(error) : "");
	}
	if (failure)
		tell(r, NULL);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	tally.done++;
}

/* Opens the connection of one more request. */
static void begin(struct request *r)
{
	const int on = 1;
	struct sockaddr_storage address = {0};
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = r};
	socklen_t size;

	r->fd = socket(opt.dst.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (r->fd < 0)
		err(1, "socket");
	if (setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		err(1, "setsockopt");
	r->asked = false;
	r->size = 0;
	r->start_us = now_us();
	tally.begun++;
	do {
		draw_client(r);
		size = fill(&address, r->addr, r->port);
	} while (bind(r->fd, (struct sockaddr *)&address, size) && errno == EADDRINUSE);
	size = fill(&address, opt.dst.bytes, (uint16_t)opt.port);
	if (connect(r->fd, (struct sockaddr *)&address, size) && errno != EINPROGRESS)
		finish(r, "connect", errno);
	else if (epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &event))
		err(1, "epoll");
}

static void count_body(struct request *r)
{
	const char *body;
	uint32_t i;
	int length;

	r->answer[r->size] = '\0';
	body = strstr(r->answer, "\r\n\r\n");
	if (strncmp(r->answer, "HTTP/1.1 200 ", 13) != 0 || !body) {
		finish(r, r->size ? "not an answer" : "closed without an answer", 0);
		return;
	}
	body += 4;
	length = (int)strcspn(body, "\r\n");
	for (i = 0; i < tally.bodies; i++) {
		if (!strncmp(tally.body[i], body, (size_t)length) && !tally.body[i][length])
			break;
	}
	if (i == BODIES_MAX || length >= BODY_SIZE) {
		finish(r, "an answer too many, or too long", 0);
		return;
	}
	if (i == tally.bodies) {
		snprintf(tally.body[i], BODY_SIZE, "%.*s", length, body);
		tally.bodies++;
	}
	tally.count[i]++;
	tell(r, tally.body[i]);
	finish(r, NULL, 0);
}

static void ask(struct request *r)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error) {
		finish(r, "connect", error);
		return;
	}
	if (send(r->fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(text) - 1) {
		finish(r, "send", errno);
		return;
	}
	r->asked = true;
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, r->fd, &event))
		err(1, "epoll");
}

static void listen_to(struct request *r)
{
	ssize_t size;

	if (!r->asked) {
		ask(r);
		return;
	}
	while (r->size < sizeof(r->answer) - 1) {
		size = recv(r->fd, r->answer + r->size, sizeof(r->answer) - 1 - r->size, 0);
		if (size < 0 && errno == EAGAIN)
			return;
		if (size < 0) {
			finish(r, "receive", errno);
			return;
		}
		if (!size)
			break;
		r->size += (size_t)size;
	}
	count_body(r);
}

static bool may_begin(void)
{
	if (tally.begun >= opt.count)
		return false;
	return !opt.rate || tally.begun < (now_us() - first_us) * (uint64_t)opt.rate / 1000000;
}

static void run(void)
{
	struct request *requests = calloc(opt.concurrency, sizeof(*requests));
	struct epoll_event events[64];
	uint32_t i;
	int n;

	if (!requests)
		errx(1, "no memory");
	for (i = 0; i < opt.concurrency; i++)
		requests[i].fd = -1;
	first_us = now_us();
	tell_start();
	while (tally.done < opt.count) {
		for (i = 0; i < opt.concurrency; i++) {
			struct request *r = &requests[i];

			if (r->fd >= 0 && now_us() - r->start_us > TIMEOUT_US)
				finish(r, r->asked ? "no answer" : "no connection", 0);
			if (r->fd < 0 && may_begin())
				begin(r);
		}
		n = epoll_wait(epoll, events, 64, opt.rate ? 1 : 100);
		while (n-- > 0)
			listen_to(events[n].data.ptr);
	}
	free(requests);
}

static int by_body(const void *a, const void *b)
{
	return strcmp(tally.body[*(const uint32_t *)a], tally.body[*(const uint32_t *)b]);
}

static const char usage[] = "requests -d IP -f FIRST_CLIENT [-p PORT] [-n REQUESTS]\n"
			    "  [-c CLIENTS] [-w CONCURRENCY] [-s SEED]\n"
			    "  [-r REQUESTS_A_SECOND] [-l]";

static const struct arg rows[] = {
	{'d', ARG_ADDR, &opt.dst, 0},	    {'f', ARG_ADDR, &opt.from, 0},
	{'p', ARG_NUMBER, &opt.port, 0},    {'n', ARG_NUMBER, &opt.count, 0},
	{'s', ARG_NUMBER, &opt.seed, 0},    {'w', ARG_NUMBER, &opt.concurrency, 0},
	{'c', ARG_NUMBER, &opt.clients, 0}, {'r', ARG_NUMBER, &opt.rate, 0},
	{'l', ARG_FLAG, &opt.list, 0},
};

int main(int argc, char **argv)
{
	uint32_t i, order[BODIES_MAX];

	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (!opt.dst.family || opt.from.family != opt.dst.family || !opt.clients ||
	    opt.clients > 250 || !opt.concurrency)
		errx(2, "usage: %s", usage);
	used = calloc(opt.clients, PORTS / 8);
	epoll = epoll_create1(0);
	if (!used || epoll < 0)
		err(1, "start");
	run();
	for (i = 0; i < tally.bodies; i++)
		order[i] = i;
	qsort(order, tally.bodies, sizeof(order[0]), by_body);
	for (i = 0; i < tally.bodies; i++)
		printf("%s %u\n", tally.body[order[i]], tally.count[order[i]]);
	printf("failed %u\n", tally.failed);
	return tally.failed ? 1 : 0;
}
