// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * path_cost [native|generic]: what it costs to receive frames from `wire` to `nic`, links that
 * bench/lab.sh makes, in instructions of an emulated CPU (cycles.h). Each frame is one send(2) of a
 * packet socket, and what it wakes runs before that returns: the driver, whatever judges the frame,
 * and for an accepted one the stack up to the queue of a UDP socket, which is emptied afterwards.
 * The median of the same frames sent to a device that discards is taken off.
 *
 * With a mode of XDP all are dropped by a program that does nothing else: what comes before a
 * program can decide.
 *
 * Lines: dropped, accepted (the first packet of a flow) and following (later ones of it), each with
 * the number of frames, and their least, median and greatest number of instructions.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cycles.h"
#include "../bench/frame.h"

#define FLOWS  1024
#define ROUNDS 3 /* packets of a flow */
#define SENDER 3 /* descriptor that lab.sh leaves open: the namespace of the sender */
#define PORT   7001

static uint8_t frame[FLOWS][FRAME_SIZE];
static bool accepted[FLOWS];

struct list {
	unsigned int count;
	uint64_t value[FLOWS * ROUNDS];
};

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "path_cost: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* UDP without a checksum, each from another client and port. */
static void make_frames(void)
{
	static const struct frame_kind kind = {4, CLUSTER_4, IPPROTO_UDP, 0, PORT};

	for (uint32_t i = 0; i < FLOWS; i++) {
		uint32_t mixed = i * 2654435761u;

		frame_build(&kind, frame_to, frame[i]);
		frame_from(frame[i], htonl(0x0a000000u | mixed >> 8),
			   htons((uint16_t)(1024 + mixed % 60000)));
	}
}

static int open_sender(const char *device)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(device)};
	int on = 1, s = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		give_up(device);
	return s;
}

static int open_receiver(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof(at)))
		give_up("receiver");
	return s;
}

/* Until this process ends. */
static void drop_all(const char *mode)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_EXIT},
	};
	/* As xnlb's: it may decide about frames of several pages. */
	LIBBPF_OPTS(bpf_prog_load_opts, load, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = strcmp(mode, "native") ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "drop", "GPL", code, 2, &load);

	if (program < 0 || bpf_link_create(program, (int)if_nametoindex("nic"), BPF_XDP, &opts) < 0)
		give_up(mode);
}

static void enter(int network)
{
	if (setns(network, CLONE_NEWNET))
		give_up("network namespace");
}

static uint64_t send_one(int sender, const uint8_t bytes[FRAME_SIZE])
{
	uint64_t begin = instructions_now();

	if (send(sender, bytes, FRAME_SIZE, 0) != FRAME_SIZE)
		give_up("sending");
	return instructions_now() - begin;
}

static bool arrived(int receiver)
{
	uint8_t buffer[FRAME_SIZE];

	if (recv(receiver, buffer, sizeof(buffer), 0) >= 0)
		return true;
	if (errno != EAGAIN)
		give_up("receiving");
	return false;
}

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

static uint64_t at(struct list *list, unsigned int place)
{
	qsort(list->value, list->count, sizeof(list->value[0]), compare);
	return list->value[place];
}

static void add(struct list *list, uint64_t value)
{
	list->value[list->count++] = value;
}

static uint64_t sending_alone(int sender)
{
	static struct list all;

	for (unsigned int i = 0; i < FLOWS; i++)
		add(&all, send_one(sender, frame[i]));
	return at(&all, FLOWS / 2);
}

static void tell(const char *what, struct list *list, uint64_t alone)
{
	if (list->count)
		printf("%s %u %lld %lld %lld\n", what, list->count,
		       (long long)(at(list, 0) - alone),
		       (long long)(at(list, list->count / 2) - alone),
		       (long long)(at(list, list->count - 1) - alone));
}

int main(int argc, char **argv)
{
	static struct list dropped, first, following;
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), discard, wire;
	int receiver = open_receiver();
	uint64_t alone;

	if (home < 0)
		give_up("/proc/self/ns/net");
	enter(SENDER);
	discard = open_sender("discard");
	wire = open_sender("wire");
	enter(home);
	if (argc > 1)
		drop_all(argv[1]);
	make_frames();
	alone = sending_alone(discard);

	for (unsigned int round = 0; round < ROUNDS; round++) {
		for (unsigned int i = 0; i < FLOWS; i++) {
			uint64_t all = send_one(wire, frame[i]);
			bool came = arrived(receiver);

			if (round && came != accepted[i]) {
				fputs("path_cost: a flow is accepted and dropped\n", stderr);
				return 1;
			}
			accepted[i] = came;
			add(!came ? &dropped : round ? &following : &first, all);
		}
	}
	printf("sender %u %llu\n", FLOWS, (unsigned long long)alone);
	tell("dropped", &dropped, alone);
	tell("accepted", &first, alone);
	tell("following", &following, alone);
	return 0;
}
