// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * echo PORT...: the servers on a node. On each port, all addresses and both families: UDP packets
 * go back to their sender from the address that they were sent to, and what comes in a TCP
 * connection goes back in it. Runs until it is killed.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_port(int family, int type, unsigned int port)
{
	const int on = 1, room = 4 << 20;
	int fd = socket(family, type | SOCK_NONBLOCK, 0);

	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		err(1, "setsockopt");
	if (family == AF_INET6) {
		struct sockaddr_in6 any = {.sin6_family = AF_INET6,
					   .sin6_port = htons((uint16_t)port)};

		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ||
		    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
		    bind(fd, (struct sockaddr *)&any, sizeof(any)))
			err(1, "port %u, IPv6", port);
	} else {
		struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

		if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
		    bind(fd, (struct sockaddr *)&any, sizeof(any)))
			err(1, "port %u, IPv4", port);
	}
	if (type == SOCK_STREAM && listen(fd, 65535))
		err(1, "port %u, TCP", port);
	return fd;
}

enum kind { DATAGRAMS, LISTENER, CONNECTION };

static void watch_fd(int epoll, enum kind kind, int fd)
{
	struct epoll_event event = {.events = EPOLLIN,
				    .data.u64 = (uint64_t)kind << 32 | (uint32_t)fd};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll");
}

/* The answer leaves from the address asked, by the route to the client: not by interface. */
static void forget_interface(struct msghdr *message)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
	}
}

static void echo_all(int fd)
{
	for (;;) {
		_Alignas(struct cmsghdr) char control[256];
		char data[2048];
		struct sockaddr_storage peer;
		struct iovec part = {data, sizeof(data)};
		struct msghdr message = {&peer,	  sizeof(peer),	   &part, 1,
					 control, sizeof(control), 0};
		ssize_t size = recvmsg(fd, &message, 0);

		if (size < 0)
			return;
		part.iov_len = (size_t)size;
		forget_interface(&message);
		if (sendmsg(fd, &message, 0) < 0)
			warn("echo");
	}
}

static void accept_all(int epoll, int fd)
{
	for (;;) {
		int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK);

		if (connection < 0 && errno != ECONNABORTED)
			return;
		if (connection >= 0)
			watch_fd(epoll, CONNECTION, connection);
	}
}

/* Echoes little: what does not fit into the peer's window ends the connection. */
static void echo_stream(int fd)
{
	char data[2048];
	ssize_t size = recv(fd, data, sizeof(data), 0);

	if (size < 0 && errno == EAGAIN)
		return;
	if (size <= 0 || send(fd, data, (size_t)size, MSG_NOSIGNAL) != size)
		close(fd);
}

static void handle(int epoll, uint64_t event)
{
	int fd = (int)(uint32_t)event;

	switch ((enum kind)(event >> 32)) {
	case DATAGRAMS:
		echo_all(fd);
		break;
	case LISTENER:
		accept_all(epoll, fd);
		break;
	case CONNECTION:
		echo_stream(fd);
	}
}

int main(int argc, char **argv)
{
	static const int families[] = {AF_INET, AF_INET6};
	int epoll = epoll_create1(0), i;

	if (epoll < 0)
		err(1, "epoll");
	if (argc < 2)
		errx(2, "usage: echo PORT...");
	for (i = 0; i < 2 * (argc - 1); i++) {
		unsigned int port = (unsigned int)strtoul(argv[1 + i / 2], NULL, 10);
		int family = families[i % 2];

		watch_fd(epoll, DATAGRAMS, open_port(family, SOCK_DGRAM, port));
		watch_fd(epoll, LISTENER, open_port(family, SOCK_STREAM, port));
	}
	for (;;) {
		struct epoll_event events[16];
		int n = epoll_wait(epoll, events, 16, -1);

		for (i = 0; i < n; i++)
			handle(epoll, events[i].data.u64);
	}
}
