// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as a frame. Whatever they are: no crash; what is accepted makes sense, and writes a
 * frame that reads the same again; what is refused leaves the output as it was.
 */
#include <string.h>
#include <xnlb/hash.h>

#include "core/ask.h"
#include "core/closed.h"
#include "core/wire.h"
#include "daemon/residual.h"
#include "fuzz.h"

#define CLUSTER 0x0123456789abcdef

/* Padding is the same too: both were copied as a whole. */
static bool same(const void *a, const void *b, size_t size)
{
	return !memcmp(a, b, size);
}

static void write_again(const struct heartbeat *heartbeat, const uint8_t *frame,
			const uint32_t part[XNLB_PARTS])
{
	struct wire_identity identity = {.cluster = CLUSTER, .key = frame[6]};
	uint8_t again[XNLB_FRAME_MAX];
	struct heartbeat back;
	uint32_t part_back[XNLB_PARTS];
	size_t written, length;

	memcpy(identity.part, part, sizeof(identity.part));
	length = wire_write(heartbeat, &identity, NULL, 0, &written, again);
	REQUIRE(wire_read(again, length, CLUSTER, &back, part_back) == WIRE_OK);
	REQUIRE(same(heartbeat, &back, sizeof(back)));
	REQUIRE(!memcmp(part, part_back, sizeof(part_back)));
}

static void read_extensions(const uint8_t *frame, size_t length)
{
	struct wire_extension extension;
	size_t offset = 0, before = 0;

	while (wire_extension(frame, length, &offset, &extension)) {
		REQUIRE(offset > before && offset <= length - XNLB_FRAME_TAG);
		before = offset;
	}
}

/* What the boards make of it that read extensions: whatever is said, nothing breaks. */
static void hear(const struct heartbeat *heartbeat, const uint8_t *frame, size_t length)
{
	const struct ask own = {.number = 1, .of = ~0ull};
	const struct instant now = {1000000};
	const struct closed_own lists = {{{0}}};
	static struct closed closed;
	static struct residual residual;
	struct rule_set found[XNLB_NODES_MAX];
	struct wire_extension say[XNLB_NODES_MAX];
	struct residual_bits bits;
	struct asks asks = {.answered = 0};
	struct ask ask;
	bool answered;

	memset(&closed, 0, sizeof(closed));
	closed_hear(&closed, heartbeat, frame, length);
	closed_find(&closed, &lists, 1, &heartbeat->view, found);
	asks_begin(&asks, &own, now);
	if (asks_hear(&asks, 1, 7, heartbeat, frame, length, now, &ask, &answered)) {
		REQUIRE(ask.number && ask.of & 1);
		asks_answer(&asks, heartbeat->node, ask.number, 1);
		REQUIRE(asks_say(&asks, now, say) >= 1);
	}
	residual_init(&residual, 3, now);
	residual_hear(&residual, heartbeat, frame, length);
	residual_others(&residual, &heartbeat->view, 1, now, &bits);
}

/* The hash of a view is found by chance alone: without it nothing would come through. */
static void repair(uint8_t *frame, size_t length)
{
	static const uint8_t head[16] = "xNLB\x01\x01\x01\0\x01\x23\x45\x67\x89\xab\xcd\xef";
	struct xnlb_frame_member member;
	struct view view = {.id.epoch = 0};

	if (length < XNLB_FRAME_MIN || !(frame[5] & 0x40))
		return;
	memcpy(frame, head, sizeof(head));
	frame[76] = (uint8_t)(length >> 8);
	frame[77] = (uint8_t)length;
	if (length < XNLB_FRAME_MEMBERS(frame[19]) || frame[19] > XNLB_NODES_MAX)
		return;
	for (int i = 0; i < 8; i++) {
		view.id.epoch = view.id.epoch << 8 | frame[32 + i];
		view.members = view.members << 8 | frame[48 + i];
		view.digest = view.digest << 8 | frame[56 + i];
	}
	for (unsigned int i = 0; i < frame[19]; i++) {
		memcpy(&member, frame + sizeof(struct xnlb_frame_head) + i * sizeof(member),
		       sizeof(member));
		view.incarnation[i] = __builtin_bswap32((XNLB_RAW uint32_t)member.incarnation);
		view.weight[i] = member.weight;
		view.closed[i] = member.closed;
	}
	if (view.members)
		view_seal(&view, (uint8_t)(1 + __builtin_ctzll(view.members)));
	for (int i = 0; i < 8; i++) {
		frame[40 + i] = (uint8_t)(view.id.rank >> (56 - 8 * i));
		frame[64 + i] = (uint8_t)(view.hash >> (56 - 8 * i));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t frame[XNLB_FRAME_MAX + 8] = {0};
	struct heartbeat heartbeat, before;
	uint32_t part[XNLB_PARTS];

	if (size > sizeof(frame))
		size = sizeof(frame);
	memcpy(frame, data, size);
	repair(frame, size);
	memset(&before, 0x55, sizeof(before));
	memcpy(&heartbeat, &before, sizeof(before));
	if (wire_read(frame, size, CLUSTER, &heartbeat, part) != WIRE_OK) {
		REQUIRE(same(&heartbeat, &before, sizeof(before)));
		return 0;
	}
	REQUIRE(heartbeat.node >= 1 && heartbeat.node <= XNLB_NODES_MAX);
	REQUIRE(!heartbeat.view.id.epoch || view_valid(&heartbeat.view));
	REQUIRE(heartbeat.view.id.epoch || !state_operates(heartbeat.state));
	write_again(&heartbeat, frame, part);
	read_extensions(frame, size);
	hear(&heartbeat, frame, size);
	return 0;
}
