// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dataplane/flows.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/netlink.h"

#define NEW_SYN_RECV 12 /* TCP_NEW_SYN_RECV of the kernel: half-open */
#define STATES                                                                                    \
	(1u << TCP_ESTABLISHED | 1u << TCP_SYN_RECV | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 | \
	 1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING | 1u << NEW_SYN_RECV)

struct visit {
	void (*each)(const struct flow *flow, void *data);
	void *data;
};

/* A socket of IPv6 may speak IPv4: ::ffff:a.b.c.d. */
static void read_address(uint8_t family, const __be32 words[4], struct ip_addr *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memset(out, 0, sizeof(*out));
	if (family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, words, 4);
	} else if (!memcmp(words, mapped, sizeof(mapped))) {
		out->family = 4;
		memcpy(out->bytes, &words[3], 4);
	} else {
		out->family = 6;
		memcpy(out->bytes, words, 16);
	}
}

static int take(const struct nlmsghdr *head, void *data)
{
	const struct inet_diag_msg *message = mnl_nlmsg_get_payload(head);
	const struct visit *visit = data;
	struct flow flow = {.proto = IPPROTO_TCP,
			    .sport = ntohs(message->id.idiag_dport),
			    .dport = ntohs(message->id.idiag_sport)};

	if (mnl_nlmsg_get_payload_len(head) < sizeof(*message))
		return MNL_CB_OK;
	read_address(message->idiag_family, message->id.idiag_dst, &flow.src);
	read_address(message->idiag_family, message->id.idiag_src, &flow.dst);
	visit->each(&flow, visit->data);
	return MNL_CB_OK;
}

int flows_each(void (*each)(const struct flow *flow, void *data), void *data)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct visit visit = {each, data};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(families); i++) {
		struct netlink_request request;
		struct inet_diag_req_v2 *ask =
			netlink_start(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, sizeof(*ask));

		request.bus = NETLINK_SOCK_DIAG;
		ask->sdiag_family = families[i];
		ask->sdiag_protocol = IPPROTO_TCP;
		ask->idiag_states = STATES;
		err = netlink_dump(&request, take, &visit);
	}
	return err;
}
