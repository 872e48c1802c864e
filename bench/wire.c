// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Packet sockets without a queue, and the frames, made beforehand. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "lab.h"
#include "wire.h"

#define FLOWS 65536
#define BATCH 1024 /* the most that the kernel takes at once */

struct wire {
	int socket[2]; /* by enum wire_to */
	struct mmsghdr message[FLOWS];
	struct iovec part[FLOWS];
	uint8_t frame[FLOWS][FRAME_SIZE];
};

/* Marsaglia: Xorshift RNGs. Journal of Statistical Software 8(14), 2003. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* UDP, whose checksum may be 0: conntrack would verify another. */
static void make_frames(struct wire *wire)
{
	static const struct frame_kind kind = {4, CLUSTER_4, IPPROTO_UDP, 0, 80};
	uint64_t state = 88172645463325252ull;

	for (unsigned int i = 0; i < FLOWS; i++) {
		uint64_t random = next_random(&state);

		frame_build(&kind, frame_to, wire->frame[i]);
		/* 10.0.0.0/8: a client that conntrack and the stack take for one. */
		frame_from(wire->frame[i], htonl(0x0a000000u | (uint32_t)random >> 8),
			   (uint16_t)(random >> 32));
		wire->part[i] = (struct iovec){wire->frame[i], FRAME_SIZE};
		wire->message[i].msg_hdr =
			(struct msghdr){.msg_iov = &wire->part[i], .msg_iovlen = 1};
	}
}

static int open_socket(const char *device)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(device)};
	int on = 1, s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		give_up(device, errno);
	return s;
}

struct wire *wire_open(void)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int home = network_here();

	if (!wire)
		give_up("memory", ENOMEM);
	make_frames(wire);
	network_enter(WIRE_NETWORK);
	wire->socket[TO_DISCARD] = open_socket("discard");
	wire->socket[TO_NIC] = open_socket("wire");
	network_enter(home);
	close(home);
	return wire;
}

void wire_close(struct wire *wire)
{
	close(wire->socket[TO_DISCARD]);
	close(wire->socket[TO_NIC]);
	free(wire);
}

/*
 * ns of this thread on its CPU, with the softirqs that its frames raised, each before the next
 * frame: wall time but what it waited for other processes. (A thread's CPU time leaves softirqs out
 * on kernels with CONFIG_IRQ_TIME_ACCOUNTING.)
 */
static double running(void)
{
	unsigned long long waited = 0;
	struct timespec t;
	FILE *file = fopen("/proc/thread-self/schedstat", "re");

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (file) {
		if (fscanf(file, "%*u %llu", &waited) != 1)
			waited = 0;
		fclose(file);
	}
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec - (double)waited;
}

double wire_send(struct wire *wire, enum wire_to to)
{
	double start = running();

	for (unsigned int sent = 0; sent < WIRE_FRAMES;) {
		unsigned int flow = sent % FLOWS, left = FLOWS - flow;
		int count = sendmmsg(wire->socket[to], &wire->message[flow],
				     left < BATCH ? left : BATCH, 0);

		if (count < 0)
			give_up("sending", errno);
		sent += (unsigned int)count;
	}
	return (running() - start) / WIRE_FRAMES;
}
