// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * program_cost FOLDER KEYFILE: what the XDP program pinned in FOLDER costs for a frame of each
 * kind, in instructions of an emulated CPU (cycles.h): a client's, whichever way it is decided, one
 * to another address, and a heartbeat of another node with a right tag. One line each: what became
 * of it and the number.
 *
 * Each run is a system call of its own with a fresh frame, as an accepted one is stamped and a
 * heartbeat is new only once. The least of many runs is the one without an interrupt; the least of
 * a program that does nothing is taken off.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xnlb/tables.h>
#include "config/keyfile.h"
#include "core/wire.h"
#include "cycles.h"

#define RUNS	   200
#define HEADERS	   (14 + 20 + 8)
#define PACKET_MAX (HEADERS + XNLB_FRAME_MAX)
#define OUR_LIFE   0x11111111
#define LIFE	   0x22222222 /* the other node's */
#define NODES	   4	      /* that many; the cluster's */

static const uint8_t cluster_ip[4] = {192, 168, 1, 100}, client_ip[4] = {10, 1, 2, 3};

struct packet {
	size_t size;
	uint8_t bytes[PACKET_MAX];
};

__attribute__((noreturn)) static void give_up(const char *what, int err)
{
	fprintf(stderr, "program_cost: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static int pin(const char *folder, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		give_up(path, errno);
	return fd;
}

/* The program that all are compared with. */
static int load_nothing(void)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "nothing", "GPL", code, 2, NULL);

	if (fd < 0)
		give_up("program that does nothing", fd);
	return fd;
}

static void put_headers(struct packet *packet, const uint8_t mac[6], const uint8_t from[4],
			const uint8_t to[4], uint8_t protocol, size_t size)
{
	uint8_t *ip = packet->bytes + 14;

	memset(packet, 0, sizeof(*packet));
	packet->size = size;
	memcpy(packet->bytes, mac, 6);
	packet->bytes[6] = 0x52;
	packet->bytes[12] = 0x08;
	ip[0] = 0x45;
	ip[2] = (uint8_t)((size - 14) >> 8);
	ip[3] = (uint8_t)(size - 14);
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, from, 4);
	memcpy(ip + 16, to, 4);
}

/* A segment of an open connection, from port 40000 to port 80. */
static void put_client(struct packet *packet, const uint8_t mac[6], const uint8_t to[4])
{
	static const uint8_t tcp[] = {0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1};

	put_headers(packet, mac, client_ip, to, IPPROTO_TCP, 78);
	memcpy(packet->bytes + 34, tcp, sizeof(tcp));
}

static void put_tag(uint8_t *frame, size_t length, const uint8_t from[4], const uint8_t to[4],
		    const struct secrets *secrets)
{
	uint8_t input[32 + XNLB_FRAME_MAX] = {[10] = 0xff, [11] = 0xff, [26] = 0xff, [27] = 0xff};
	uint8_t key[16];

	for (int i = 0; i < 16; i++)
		key[i] = (uint8_t)(secrets->auth[0].key[i / 8] >> (i % 8 * 8));
	memcpy(input + 12, from, 4);
	memcpy(input + 28, to, 4);
	memcpy(input + 32, frame, length - XNLB_FRAME_TAG);
	crypto_shorthash_siphashx24(frame + length - XNLB_FRAME_TAG, input,
				    32 + length - XNLB_FRAME_TAG, key);
}

/* Of node `id` in a cluster of four that hear each other. */
static void put_heartbeat(struct packet *packet, const struct xnlb_cluster *cluster, uint8_t id,
			  uint64_t sequence, const struct secrets *secrets)
{
	const struct wire_identity identity = {.cluster = be64toh((uint64_t)secrets->cluster),
					       .key = secrets->auth[0].id};
	const uint8_t from[4] = {192, 168, 1, id};
	struct heartbeat beat = {.type = XNLB_FRAME_HEARTBEAT,
				 .node = id,
				 .incarnation = LIFE,
				 .sequence = sequence,
				 .state = XNLB_STATE_ACTIVE,
				 .view = {.id.epoch = 5, .members = (1 << NODES) - 1},
				 .heard = ((1 << NODES) - 1) & ~node_bit(id)};
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, length;

	for (unsigned int i = 0; i < NODES; i++) {
		beat.view.incarnation[i] = i == cluster->node - 1 ? OUR_LIFE : LIFE;
		if (beat.heard & node_bit((uint8_t)(i + 1)))
			beat.heard_incarnation[i] = beat.view.incarnation[i];
	}
	view_seal(&beat.view, 1);
	length = wire_write(&beat, &identity, NULL, 0, &written, frame);
	put_tag(frame, length, from, cluster_ip, secrets);
	put_headers(packet, cluster->cluster_mac, from, cluster_ip, IPPROTO_UDP, HEADERS + length);
	packet->bytes[34] = packet->bytes[36] = XNLB_FRAME_PORT >> 8;
	packet->bytes[35] = packet->bytes[37] = XNLB_FRAME_PORT & 0xff;
	packet->bytes[38] = (uint8_t)((length + 8) >> 8);
	packet->bytes[39] = (uint8_t)(length + 8);
	memcpy(packet->bytes + HEADERS, frame, length);
}

struct outcome {
	uint64_t instructions;
	uint32_t code;
	bool stamped; /* another destination MAC than it came with */
};

static struct outcome run(int program, const struct packet *packet)
{
	static uint8_t out[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->bytes,
		    .data_size_in = (__u32)packet->size, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = 1);
	uint64_t begin = instructions_now(), end;
	int err = bpf_prog_test_run_opts(program, &opts);

	end = instructions_now();
	if (err)
		give_up("BPF_PROG_TEST_RUN", err);
	return (struct outcome){end - begin, opts.retval, memcmp(out, packet->bytes, 6) != 0};
}

static void keep_least(struct outcome *least, struct outcome outcome)
{
	if (least->instructions &&
	    (least->code != outcome.code || least->stamped != outcome.stamped))
		give_up("one frame, two outcomes", EINVAL);
	if (!least->instructions || outcome.instructions < least->instructions)
		*least = outcome;
}

/* The difference of the two for one frame; the outcome is the program's. */
static struct outcome measure(int program, int nothing, const struct packet *packet)
{
	struct outcome least = {0}, idle = {0};

	for (int i = 0; i < RUNS; i++) {
		keep_least(&idle, run(nothing, packet));
		keep_least(&least, run(program, packet));
	}
	least.instructions -= idle.instructions;
	return least;
}

static int count_arrival(void *context, void *data, size_t size)
{
	(void)data;
	(void)size;
	++*(unsigned int *)context;
	return 0;
}

/* The other node is known, in this life; our lease goes on, as if a daemon kept it. */
static void pretend_daemon(const char *folder, uint32_t id)
{
	struct xnlb_peer peer = {.incarnation = LIFE, .sequence = 1};
	struct xnlb_live live;
	__u32 zero = 0;
	int fd = pin(folder, "live");

	if (bpf_map_lookup_elem(fd, &zero, &live))
		give_up("map live", errno);
	live.lease_ns = UINT64_MAX / 2;
	live.lease_jiffies = UINT64_MAX;
	live.view_epoch = 5;
	live.view_rank = UINT64_MAX;
	live.incarnation = OUR_LIFE;
	if (bpf_map_update_elem(fd, &zero, &live, BPF_ANY) ||
	    bpf_map_update_elem(pin(folder, "peers"), &id, &peer, BPF_ANY))
		give_up("maps live and peers", errno);
}

/* As measure, each with the next sequence, and each read by a daemon that keeps up. */
static struct outcome measure_heartbeats(const char *folder, int program, int nothing,
					 const struct xnlb_cluster *cluster,
					 const struct secrets *secrets)
{
	uint8_t id = cluster->node == 1 ? 2 : 1;
	struct outcome least = {0}, idle = {0};
	unsigned int arrived = 0;
	struct ring_buffer *ring =
		ring_buffer__new(pin(folder, "heartbeats"), count_arrival, &arrived, NULL);
	struct packet packet;

	if (!ring)
		give_up("ring buffer", errno);
	for (unsigned int i = 0; i < RUNS; i++) {
		put_heartbeat(&packet, cluster, id, 2 + i, secrets);
		keep_least(&idle, run(nothing, &packet));
		keep_least(&least, run(program, &packet));
		ring_buffer__consume(ring);
	}
	ring_buffer__free(ring);
	if (arrived != RUNS)
		give_up("heartbeats that were not passed to the daemon", EINVAL);
	least.instructions -= idle.instructions;
	return least;
}

static void tell(const char *what, const struct outcome *outcome)
{
	printf("%s %llu\n", what, (unsigned long long)outcome->instructions);
}

int main(int argc, char **argv)
{
	static const uint8_t elsewhere[4] = {192, 168, 1, 200};
	struct xnlb_cluster cluster;
	struct secrets secrets;
	struct outcome outcome;
	struct packet packet;
	int program, nothing;
	__u32 zero = 0;

	if (argc != 3) {
		fputs("usage: program_cost FOLDER KEYFILE\n", stderr);
		return 2;
	}
	if (keyfile_secrets(argv[2], &secrets))
		return 1;
	if (bpf_map_lookup_elem(pin(argv[1], "cluster"), &zero, &cluster))
		give_up("map cluster", errno);
	program = pin(argv[1], "xnlb_xdp");
	nothing = load_nothing();
	pretend_daemon(argv[1], cluster.node == 1 ? 2 : 1);

	put_client(&packet, cluster.cluster_mac, cluster_ip);
	outcome = measure(program, nothing, &packet);
	if (outcome.code == XDP_PASS && !outcome.stamped)
		give_up("a client's frame that is nobody's", EINVAL);
	tell(outcome.code == XDP_PASS ? "accept" : "drop", &outcome);

	put_client(&packet, cluster.own_mac, elsewhere);
	outcome = measure(program, nothing, &packet);
	if (outcome.code != XDP_PASS || outcome.stamped)
		give_up("another address' frame that is not passed", EINVAL);
	tell("pass", &outcome);

	outcome = measure_heartbeats(argv[1], program, nothing, &cluster, &secrets);
	tell("heartbeat", &outcome);
	return 0;
}
