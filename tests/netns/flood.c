// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flood: as many frames to the cluster as the machine makes, for some seconds: SYNs of random
 * clients, and heartbeats that are forged. For these it listens until it has heard one of the node
 * NODE; then it sends what that node would say next, with sequences that go on, and a wrong tag.
 *
 * -s SHARE: percent of heartbeats. Prints "flooding" when it begins; then, when it ends, SECONDS,
 * SYNs and HEARTBEATS that were sent, and frames a second.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xnlb/wire.h>

#include "args.h"
#include "frame.h"
#include "link.h"

#define SYNS	65536 /* different ones */
#define BATCH	256
#define HEADERS (14 + 20 + 8) /* of a heartbeat over IPv4 */
#define WAIT_MS 5000

static struct {
	const char *interface;
	uint8_t to_mac[6], own_mac[6];
	struct arg_addr dst, from;
	uint32_t port, share, node, seconds;
} opt = {.interface = "eth0", .port = 80, .node = 2, .seconds = 5};

static uint8_t syn[SYNS][64];
static size_t syn_size;
static uint8_t beat[BATCH][HEADERS + XNLB_FRAME_MAX];
static size_t beat_size;
static uint64_t sequence;

/* SplitMix64. */
static uint64_t draw(void)
{
	static uint64_t state;
	uint64_t x = state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void make_syns(void)
{
	uint8_t bytes[FRAME_MAX];

	for (size_t i = 0; i < SYNS; i++) {
		uint64_t random = draw();
		uint32_t host = (uint32_t)random >> opt.from.prefix, net;
		struct frame frame = {.family = AF_INET,
				      .proto = IPPROTO_TCP,
				      .sport = (uint16_t)(random >> 48),
				      .dport = (uint16_t)opt.port,
				      .flags = TH_SYN,
				      .seq = (uint32_t)draw()};

		memcpy(frame.to_mac, opt.to_mac, 6);
		memcpy(frame.from_mac, opt.own_mac, 6);
		memcpy(&net, opt.from.bytes, 4);
		net |= htonl(host);
		memcpy(frame.src, &net, 4);
		memcpy(frame.dst, opt.dst.bytes, 4);
		syn_size = frame_write(&frame, bytes);
		memcpy(syn[i], bytes, syn_size);
	}
}

static bool is_beat(const uint8_t *bytes, ssize_t size)
{
	return size >= (ssize_t)(HEADERS + XNLB_FRAME_MIN) && bytes[12] == 0x08 &&
	       bytes[23] == IPPROTO_UDP && (bytes[36] << 8 | bytes[37]) == XNLB_FRAME_PORT &&
	       bytes[HEADERS + offsetof(struct xnlb_frame_head, node)] == opt.node;
}

/* Waits for one of the node. */
static void hear_beat(int fd)
{
	uint8_t bytes[2048];
	uint64_t end = now_us() + WAIT_MS * 1000;
	ssize_t size;

	do {
		if (now_us() > end)
			errx(1, "node %u sends no heartbeats", opt.node);
		poll(&(struct pollfd){fd, POLLIN, 0}, 1, 100);
		size = recv(fd, bytes, sizeof(bytes), 0);
	} while (!is_beat(bytes, size));
	beat_size = (size_t)size;
	for (int i = 0; i < BATCH; i++)
		memcpy(beat[i], bytes, beat_size);
	for (int i = 0; i < 8; i++)
		sequence = sequence << 8 |
			   bytes[HEADERS + offsetof(struct xnlb_frame_head, sequence) + i];
}

/* As the node would go on: the next sequence. The tag is a guess. */
static void forge(uint8_t *bytes)
{
	uint64_t next = ++sequence, guess[2] = {draw(), draw()};

	for (int i = 0; i < 8; i++)
		bytes[HEADERS + offsetof(struct xnlb_frame_head, sequence) + i] =
			(uint8_t)(next >> (56 - 8 * i));
	memcpy(bytes + beat_size - XNLB_FRAME_TAG, guess, sizeof(guess));
}

/* Without a queue, so that what is sent has been sent. */
static int open_out(void)
{
	const int on = 1;
	uint8_t mac[6];
	int fd = link_open(opt.interface, mac);

	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		err(1, "packet socket");
	return fd;
}

static void flood(int fd, unsigned long sent[2])
{
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	size_t next = 0;

	for (int i = 0; i < BATCH; i++) {
		bool is_heartbeat = draw() % 100 < opt.share;

		if (is_heartbeat)
			forge(beat[i]);
		part[i] = is_heartbeat ? (struct iovec){beat[i], beat_size}
				       : (struct iovec){syn[next], syn_size};
		sent[is_heartbeat]++;
		next = draw() % SYNS;
		message[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &part[i], .msg_iovlen = 1}};
	}
	for (int done = 0; done < BATCH;) {
		int count = sendmmsg(fd, message + done, (unsigned int)(BATCH - done), 0);

		if (count < 0 && errno != ENOBUFS && errno != EAGAIN)
			err(1, "send");
		done += count > 0 ? count : 1;
	}
}

static const char usage[] =
	"flood -m CLUSTER_MAC -d CLUSTER_IP4 -f RANGE/PREFIX [-p PORT] [-s PERCENT_OF_HEARTBEATS]\n"
	"  [-n NODE] [-t SECONDS] [-i INTERFACE]";

static const struct arg rows[] = {
	{'i', ARG_TEXT, &opt.interface, 0}, {'m', ARG_MAC, opt.to_mac, 0},
	{'d', ARG_ADDR, &opt.dst, 0},	    {'f', ARG_ADDR, &opt.from, 0},
	{'p', ARG_NUMBER, &opt.port, 0},    {'s', ARG_NUMBER, &opt.share, 0},
	{'n', ARG_NUMBER, &opt.node, 0},    {'t', ARG_NUMBER, &opt.seconds, 0},
};

int main(int argc, char **argv)
{
	unsigned long sent[2] = {0};
	uint64_t begun, end;
	int in, out;

	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (opt.dst.family != AF_INET || opt.from.family != AF_INET || opt.from.prefix > 31)
		errx(2, "usage: %s", usage);
	in = link_open(opt.interface, opt.own_mac);
	make_syns();
	if (opt.share)
		hear_beat(in);
	close(in);
	out = open_out();
	puts("flooding");
	fflush(stdout);
	begun = now_us();
	end = begun + opt.seconds * 1000000ull;
	while (now_us() < end)
		flood(out, sent);
	end = now_us() - begun;
	printf("%.1f %lu %lu %.0f\n", (double)end / 1e6, sent[0], sent[1],
	       (double)(sent[0] + sent[1]) * 1e6 / (double)end);
	return 0;
}
