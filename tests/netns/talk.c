// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * talk: keeps TCP connections to an echo server and talks on each: a number goes out, and the next
 * one when it has come back, at most one in PAUSE_MS.
 *
 * On SIGUSR1 it prints all connections, a line each, and "end": tcp SRC:PORT DST:PORT STATE NUMBER.
 * STATE is "open", or what ended it, in one word; NUMBER: how many came back. Runs until SIGTERM.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "frame.h"
#include "link.h"

#define TALKS_MAX 1024
#define PAUSE_MS  20

struct talk {
	int fd; /* -1: ended */
	const char *state;
	uint16_t port;
	uint32_t number; /* the one that is out, or goes out next */
	bool out;
	uint64_t next_us;
};

static struct {
	struct arg_addr dst, from; /* `from`: the client's address */
	uint32_t port, count;
} opt = {.port = 7001, .count = 200};

static struct talk talks[TALKS_MAX];

static socklen_t fill(struct sockaddr_storage *to, const uint8_t addr[16], uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memcpy(&in.sin_addr, addr, 4);
	memcpy(&in6.sin6_addr, addr, 16);
	if (opt.dst.family == AF_INET) {
		memcpy(to, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(to, &in6, sizeof(in6));
	return sizeof(in6);
}

static void begin(struct talk *talk)
{
	struct sockaddr_storage from, to;
	socklen_t size = fill(&from, opt.from.bytes, 0);

	fill(&to, opt.dst.bytes, (uint16_t)opt.port);
	talk->fd = socket(opt.dst.family, SOCK_STREAM, 0);
	if (talk->fd < 0 || bind(talk->fd, (struct sockaddr *)&from, size) ||
	    connect(talk->fd, (struct sockaddr *)&to, size) ||
	    getsockname(talk->fd, (struct sockaddr *)&from, &size))
		err(1, "connection");
	talk->port = ntohs(opt.dst.family == AF_INET ? ((struct sockaddr_in *)&from)->sin_port
						     : ((struct sockaddr_in6 *)&from)->sin6_port);
	talk->state = "open";
}

static void end(struct talk *talk, const char *state)
{
	close(talk->fd);
	talk->fd = -1;
	talk->state = state;
}

static const char *word(int error)
{
	return error == ECONNRESET ? "reset" : error == ETIMEDOUT ? "timeout" : "error";
}

static void say(struct talk *talk)
{
	if (send(talk->fd, &talk->number, sizeof(talk->number), MSG_NOSIGNAL) < 0) {
		end(talk, word(errno));
		return;
	}
	talk->out = true;
	talk->next_us = now_us() + PAUSE_MS * 1000;
}

static void hear(struct talk *talk)
{
	uint32_t number;
	ssize_t size = recv(talk->fd, &number, sizeof(number), MSG_DONTWAIT);

	if (size < 0) {
		if (errno != EAGAIN)
			end(talk, word(errno));
	} else if (size == 0) {
		end(talk, "closed");
	} else if (size != sizeof(number) || number != talk->number || !talk->out) {
		end(talk, "garbled");
	} else {
		talk->number++;
		talk->out = false;
	}
}

static void print_end(const uint8_t addr[16], uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(opt.dst.family, addr, text, sizeof(text));
	printf(opt.dst.family == AF_INET ? " %s:%u" : " [%s]:%u", text, port);
}

static void report(void)
{
	for (uint32_t i = 0; i < opt.count; i++) {
		fputs("tcp", stdout);
		print_end(opt.from.bytes, talks[i].port);
		print_end(opt.dst.bytes, (uint16_t)opt.port);
		printf(" %s %u\n", talks[i].state, talks[i].number);
	}
	puts("end");
	fflush(stdout);
}

/* One look at all of them; false when it is time to go. */
static bool round_of_all(int signals)
{
	struct pollfd polls[TALKS_MAX + 1] = {{signals, POLLIN, 0}};
	struct signalfd_siginfo info;

	for (uint32_t i = 0; i < opt.count; i++) {
		struct talk *talk = &talks[i];

		if (talk->fd >= 0 && !talk->out && now_us() >= talk->next_us)
			say(talk);
		polls[i + 1] = (struct pollfd){talk->fd, POLLIN, 0};
	}
	if (poll(polls, opt.count + 1, PAUSE_MS) < 0)
		err(1, "poll");
	for (uint32_t i = 0; i < opt.count; i++)
		if (polls[i + 1].revents)
			hear(&talks[i]);
	if (!polls[0].revents)
		return true;
	if (read(signals, &info, sizeof(info)) != sizeof(info))
		err(1, "signal");
	if (info.ssi_signo == SIGUSR1)
		report();
	return info.ssi_signo != SIGTERM;
}

static const char usage[] = "talk -d IP -f CLIENT [-p PORT] [-n CONNECTIONS]";

static const struct arg rows[] = {
	{'d', ARG_ADDR, &opt.dst, 0},
	{'f', ARG_ADDR, &opt.from, 0},
	{'p', ARG_NUMBER, &opt.port, 0},
	{'n', ARG_NUMBER, &opt.count, 0},
};

int main(int argc, char **argv)
{
	sigset_t mask;
	int signals;

	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (!opt.dst.family || opt.from.family != opt.dst.family || opt.count > TALKS_MAX)
		errx(2, "usage: %s", usage);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, 0);
	if (signals < 0)
		err(1, "start");
	for (uint32_t i = 0; i < opt.count; i++)
		begin(&talks[i]);
	puts("talking");
	fflush(stdout);
	while (round_of_all(signals))
		;
	return 0;
}
