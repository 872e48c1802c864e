// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rtnetlink on libmnl. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "dataplane/netlink.h"

/* Dumps that are interrupted in a row before it is given up. */
#define DUMP_TRIES 20

void *netlink_start(struct netlink_request *request, uint16_t type, uint16_t flags, size_t size)
{
	struct nlmsghdr *head;

	memset(request, 0, sizeof(*request));
	head = mnl_nlmsg_put_header(request->buffer);
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = 1;
	return mnl_nlmsg_put_extra_header(head, size);
}

static int talk(struct netlink_request *request, mnl_cb_t each, void *data)
{
	char answer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct mnl_socket *socket;
	unsigned int port;
	ssize_t size;
	int err = 0, more = MNL_CB_OK;

	socket = mnl_socket_open2(request->bus, SOCK_CLOEXEC);
	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		goto out;
	}
	port = mnl_socket_get_portid(socket);
	if (mnl_socket_sendto(socket, request, request->head.nlmsg_len) < 0) {
		err = -errno;
		goto out;
	}
	while (more > MNL_CB_STOP) {
		size = mnl_socket_recvfrom(socket, answer, sizeof(answer));
		if (size < 0) {
			if (errno == EINTR)
				continue;
			err = -errno;
			goto out;
		}
		more = mnl_cb_run(answer, size, 1, port, each, data);
		if (more < 0)
			err = -errno; /* EINTR: a change interrupted the dump */
	}
out:
	mnl_socket_close(socket);
	return err;
}

int netlink_do(struct netlink_request *request)
{
	request->head.nlmsg_flags |= NLM_F_ACK;
	return talk(request, NULL, NULL);
}

int netlink_get(struct netlink_request *request, mnl_cb_t each, void *data)
{
	return talk(request, each, data);
}

int netlink_dump(struct netlink_request *request, mnl_cb_t each, void *data)
{
	int err = -EINTR;

	request->head.nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; err == -EINTR && i < DUMP_TRIES; i++)
		err = talk(request, each, data);
	return err;
}
