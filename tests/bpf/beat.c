// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "bpf/beat.h"

struct programs beat_programs;
static struct tables *tables;
static struct ring_buffer *ring;

struct arrived arrived;

static int take(void *context, void *data, size_t size)
{
	(void)context;
	cr_assert_geq(size, sizeof(arrived.arrival));
	memcpy(&arrived.arrival, data, sizeof(arrived.arrival));
	cr_assert_eq(size, sizeof(arrived.arrival) + arrived.arrival.length);
	memcpy(arrived.frame, (uint8_t *)data + sizeof(arrived.arrival), arrived.arrival.length);
	arrived.count++;
	return 0;
}

uint64_t beat_boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

void beat_set_live(uint64_t lease_ns)
{
	struct xnlb_live live = {.epoch = 1,
				 .lease_ns = lease_ns,
				 .lease_jiffies = UINT64_MAX,
				 .view_epoch = 5,
				 .view_rank = 2ull << 40 | 1ull << 32,
				 .incarnation = MY_LIFE};

	programs_write(&beat_programs, "live", 0, &live);
}

struct xnlb_live beat_live(void)
{
	struct xnlb_live live;
	uint32_t zero = 0;

	cr_assert_eq(bpf_map_lookup_elem(object_map(&beat_programs.object, "live"), &zero, &live),
		     0);
	return live;
}

struct xnlb_peer beat_peer(uint32_t id)
{
	struct xnlb_peer peer;

	cr_assert_eq(bpf_map_lookup_elem(object_map(&beat_programs.object, "peers"), &id, &peer),
		     0);
	return peer;
}

void beat_came(uint64_t sequence, uint64_t ago_ns, uint64_t haste)
{
	struct xnlb_peer peer = {.incarnation = LIFE,
				 .sequence = sequence,
				 .arrival_ns = beat_boottime() - ago_ns,
				 .haste = haste};

	programs_write(&beat_programs, "peers", 2, &peer);
}

struct xnlb_stranger beat_stranger(uint32_t id)
{
	int map = object_map(&beat_programs.object, "strangers");
	struct xnlb_stranger stranger;

	cr_assert_eq(bpf_map_lookup_elem(map, &id, &stranger), 0);
	return stranger;
}

void beat_load_as(uint8_t self)
{
	struct xnlb_peer peer = {.incarnation = LIFE, .sequence = SEQUENCE};

	tables = programs_tables(&test_cluster, self, &test_key);
	for (int i = 0; i < 8; i++)
		((uint8_t *)&tables->setup.cluster)[i] = (uint8_t)(i + 1);
	tables->setup.auth[0] = (struct xnlb_auth_key){{1, 2}, 3, {0}};
	tables->setup.auth[3] = (struct xnlb_auth_key){{4, 5}, 200, {0}};
	programs_load(tables, &beat_programs);
	programs_write(&beat_programs, "peers", 2, &peer);
	beat_set_live(beat_boottime() + SECOND / 2);
	ring = ring_buffer__new(object_map(&beat_programs.object, "heartbeats"), take, NULL, NULL);
	cr_assert_not_null(ring);
	memset(&arrived, 0, sizeof(arrived));
}

void beat_load(void)
{
	beat_load_as(1);
}

void beat_unload(void)
{
	ring_buffer__free(ring);
	programs_close(&beat_programs);
	tables_free(tables);
}

struct heartbeat beat_sample(void)
{
	struct heartbeat beat = {
		.type = XNLB_FRAME_HEARTBEAT,
		.node = 2,
		.incarnation = LIFE,
		.sequence = SEQUENCE + 1,
		.state = XNLB_STATE_ACTIVE,
		.view = {.id.epoch = 5, .members = 3},
		.heard = 1,
		.heard_incarnation = {MY_LIFE},
	};

	beat.view.incarnation[0] = MY_LIFE;
	beat.view.incarnation[1] = LIFE;
	view_seal(&beat.view, 1);
	return beat;
}

static size_t at(const struct shape *shape)
{
	size_t tags = 0;

	while (tags < 3 && shape->tag[tags])
		tags++;
	return HEADERS4 + 4 * tags + (strchr(shape->dst, ':') ? 20 : 0);
}

void beat_address(uint8_t out[16], const char *text)
{
	struct ip_addr ip;

	cr_assert_eq(ip_parse(text, &ip), 0);
	memset(out, 0, 16);
	if (ip.family == 6) {
		memcpy(out, ip.bytes, 16);
		return;
	}
	out[10] = out[11] = 0xff;
	memcpy(out + 12, ip.bytes, 4);
}

/* The tag over addresses and frame, where it belongs. */
static void put_tag(uint8_t *frame, size_t length, const struct shape *shape)
{
	static const uint64_t secrets[2][2] = {{1, 2}, {4, 5}};
	const uint64_t *secret = shape->secret ? shape->secret : secrets[shape->key == 200];
	uint8_t input[32 + XNLB_FRAME_MAX], key[16];

	for (int i = 0; i < 16; i++)
		key[i] = (uint8_t)(secret[i / 8] >> (i % 8 * 8));
	beat_address(input, shape->src);
	beat_address(input + 16, shape->dst);
	memcpy(input + 32, frame, length - XNLB_FRAME_TAG);
	crypto_shorthash_siphashx24(frame + length - XNLB_FRAME_TAG, input,
				    32 + length - XNLB_FRAME_TAG, key);
}

size_t beat_build(const struct heartbeat *beat, const struct shape *shape, uint8_t out[PACKET_MAX])
{
	struct wire_identity identity = {.cluster = shape->cluster ? shape->cluster : CLUSTER,
					 .key = shape->key ? shape->key : 3};
	static const struct wire_extension extension[8] = {
		{.type = XNLB_EXTENSION_RESIDUAL, .bits = {1}}};
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written,
		length = wire_write(beat, &identity, extension, shape->extensions, &written, frame);
	struct packet packet = {.to = shape->to,
				.from = NODE2_MAC,
				.tag = {shape->tag[0], shape->tag[1]},
				.src = shape->src,
				.dst = shape->dst,
				.proto = IPPROTO_UDP,
				.sport = XNLB_FRAME_PORT,
				.dport = XNLB_FRAME_PORT,
				.payload = (uint16_t)length};
	size_t size = packet_build(&packet, out);

	if (shape->version)
		frame[offsetof(struct xnlb_frame_head, version)] = shape->version;
	put_tag(frame, length, shape);
	cr_assert_eq(size, at(shape) + length);
	memcpy(out + at(shape), frame, length);
	return size;
}

const struct shape beat_plain = {.src = NODE4, .dst = IP4};

enum xnlb_reason beat_run(const char *what, const uint8_t *packet, size_t size)
{
	static struct outcome outcome;

	programs_run(&beat_programs, beat_programs.xdp, what, packet, size, &outcome);
	cr_expect_eq(outcome.counted.packets, 1, "%s", what);
	cr_expect_eq(outcome.counted.rule, 0, "%s", what);
	ring_buffer__consume(ring);
	return outcome.counted.reason;
}

enum xnlb_reason beat_send(const char *what, const struct heartbeat *beat,
			   const struct shape *shape)
{
	uint8_t packet[PACKET_MAX];
	size_t size = beat_build(beat, shape, packet);

	return beat_run(what, packet, size);
}
