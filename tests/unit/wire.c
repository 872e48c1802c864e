// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "core/wire.h"
#include "random.h"

#define CLUSTER 0x1122334455667788

static const struct wire_identity identity = {
	.cluster = CLUSTER, .key = 3, .part = {1, 2, 3, 4, 5, 0xffffffff}};

static struct heartbeat sample(void)
{
	struct heartbeat beat = {
		.type = XNLB_FRAME_HEARTBEAT,
		.node = 2,
		.incarnation = 0xdeadbeef,
		.sequence = 0x0102030405060708,
		.state = XNLB_STATE_ACTIVE,
		.weight = 50,
		.closed = 9,
		.digest = 77,
		.view = {.id.epoch = 5, .members = 0x3, .digest = 77},
		.last = {4, 1ull << 40},
		.last_with = 0x1,
		.heard = 0x5,
		.acked = 0x1,
	};

	beat.view.incarnation[0] = 11;
	beat.view.incarnation[1] = 0xdeadbeef;
	beat.view.weight[0] = 100;
	view_seal(&beat.view, 1);
	beat.heard_incarnation[0] = 11;
	beat.heard_incarnation[2] = 33;
	beat.ack[0] = 0xabcd;
	return beat;
}

static size_t write_plain(const struct heartbeat *beat, uint8_t out[XNLB_FRAME_MAX])
{
	size_t written;

	return wire_write(beat, &identity, NULL, 0, &written, out);
}

static enum wire_fault read_plain(const uint8_t *frame, size_t length)
{
	struct heartbeat beat;
	uint32_t part[XNLB_PARTS];

	return wire_read(frame, length, CLUSTER, &beat, part);
}

Test(wire, the_bytes_are_those_of_the_document)
{
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];
	size_t length = write_plain(&beat, frame);

	/* Head, three members filled up to 40 bytes, tag. */
	cr_assert_eq(length, 152 + 40 + 16);
	cr_assert_arr_eq(
		frame, "xNLB\x01\x01\x03\x00\x11\x22\x33\x44\x55\x66\x77\x88\x02\x01\x01\x03", 20);
	cr_assert_arr_eq(frame + 20, "\xde\xad\xbe\xef\x01\x02\x03\x04\x05\x06\x07\x08", 12);
	cr_assert_arr_eq(frame + 72, "\x03\x32\x09\x00\x00\xd0\x00\x00", 8);
	cr_assert_arr_eq(frame + 152, "\0\0\0\x0b\0\0\0\x0b\xab\xcd\x64\x00", 12);
	cr_assert_arr_eq(frame + 176, "\0\0\0\0\0\0\0\x21\0\0\0\0\0\0\0\0", 16);
}

Test(wire, what_is_written_reads_back)
{
	struct heartbeat beat = sample(), back;
	uint8_t frame[XNLB_FRAME_MAX];
	uint32_t part[XNLB_PARTS];

	memset(&back, 0xff, sizeof(back));
	cr_assert_eq(wire_read(frame, write_plain(&beat, frame), CLUSTER, &back, part), WIRE_OK);
	cr_assert_eq(memcmp(&beat.view, &back.view, sizeof(beat.view)), 0);
	cr_assert_arr_eq(back.heard_incarnation, beat.heard_incarnation,
			 sizeof(back.heard_incarnation));
	cr_assert_arr_eq(back.ack, beat.ack, sizeof(back.ack));
	cr_assert_arr_eq(part, identity.part, sizeof(part));
	cr_assert_eq(back.node, 2);
	cr_assert_eq(back.incarnation, beat.incarnation);
	cr_assert_eq(back.sequence, beat.sequence);
	cr_assert_eq(back.state, beat.state);
	cr_assert_eq(back.weight, beat.weight);
	cr_assert_eq(back.closed, beat.closed);
	cr_assert_eq(back.digest, beat.digest);
	cr_assert_eq(back.last.epoch, beat.last.epoch);
	cr_assert_eq(back.last.rank, beat.last.rank);
	cr_assert_eq(back.last_with, beat.last_with);
	cr_assert_eq(back.heard, beat.heard);
	cr_assert_eq(back.acked, beat.acked);
}

Test(wire, flags_and_leave)
{
	struct heartbeat beat = sample(), back;
	uint8_t frame[XNLB_FRAME_MAX];
	uint32_t part[XNLB_PARTS];

	for (int i = 0; i < 4; i++) {
		beat.join = i & 1;
		beat.out = i & 2;
		beat.type = i ? XNLB_FRAME_LEAVE : XNLB_FRAME_HEARTBEAT;
		cr_assert_eq(wire_read(frame, write_plain(&beat, frame), CLUSTER, &back, part),
			     WIRE_OK);
		cr_assert(back.join == beat.join && back.out == beat.out && back.type == beat.type);
	}
}

Test(wire, extensions_are_as_many_as_fit)
{
	struct wire_extension extension[8], back;
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];
	size_t length, written, offset = 0;

	memset(extension, 0, sizeof(extension));
	for (int i = 0; i < 8; i++) {
		extension[i].type = i % 2 ? XNLB_EXTENSION_CLOSED : XNLB_EXTENSION_RESIDUAL;
		extension[i].part = (uint8_t)i;
		extension[i].bits[7] = 1ull << i;
	}
	length = wire_write(&beat, &identity, extension, 8, &written, frame);
	cr_assert_eq(written, 8);
	cr_assert_eq(read_plain(frame, length), WIRE_OK);
	for (int i = 0; i < 8; i++) {
		cr_assert(wire_extension(frame, length, &offset, &back));
		cr_assert(back.type == extension[i].type && back.part == i &&
				  back.bits[7] == extension[i].bits[7] && !back.bits[0],
			  "extension %d", i);
	}
	cr_assert_not(wire_extension(frame, length, &offset, &back));

	beat.heard = ~0ull & ~2ull;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		beat.heard_incarnation[i] = i == 1 ? 0 : 1;
	length = wire_write(&beat, &identity, extension, 8, &written, frame);
	cr_assert_eq(written, 1, "the largest cluster leaves room for one");
	cr_assert_leq(length, XNLB_FRAME_MAX);
	cr_assert_eq(read_plain(frame, length), WIRE_OK);
}

Test(wire, none_at_all_takes_eight_bytes)
{
	struct wire_extension none = {.type = XNLB_EXTENSION_RESIDUAL, .part = XNLB_EXTENSION_NONE};
	struct wire_extension some = {.type = XNLB_EXTENSION_RESIDUAL, .bits = {1}}, back = some;
	struct wire_extension both[2] = {none, some};
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, offset = 0, length = wire_write(&beat, &identity, both, 2, &written, frame);

	cr_assert_eq(length, 152 + 40 + 8 + 72 + 16);
	cr_assert_eq(read_plain(frame, length), WIRE_OK);
	cr_assert(wire_extension(frame, length, &offset, &back));
	cr_assert(back.part == XNLB_EXTENSION_NONE && !back.bits[0]);
	cr_assert(wire_extension(frame, length, &offset, &back));
	cr_assert(back.part == 0 && back.bits[0] == 1);
	cr_assert_not(wire_extension(frame, length, &offset, &back));
}

Test(wire, unknown_extensions_are_skipped)
{
	struct wire_extension extension = {.type = XNLB_EXTENSION_CLOSED, .part = 1}, back;
	struct wire_extension two[2] = {extension, extension};
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, offset = 0, length = wire_write(&beat, &identity, two, 2, &written, frame);

	frame[152 + 40] = 99;
	cr_assert_eq(read_plain(frame, length), WIRE_OK);
	cr_assert(wire_extension(frame, length, &offset, &back));
	cr_assert_not(wire_extension(frame, length, &offset, &back));
}

/* One byte changed, and what is wrong then. */
static const struct row {
	size_t at;
	uint8_t value;
	enum wire_fault fault;
	const char *what;
} rows[] = {
	{0, 'X', WIRE_MAGIC, "magic"},
	{4, 2, WIRE_VERSION, "version"},
	{5, 0, WIRE_TYPE, "type 0"},
	{5, 3, WIRE_TYPE, "type 3"},
	{7, 4, WIRE_FILL, "unknown flag"},
	{8, 0, WIRE_CLUSTER, "cluster"},
	{16, 0, WIRE_NODE, "node 0"},
	{16, 4, WIRE_NODE, "node beyond count"},
	{19, 65, WIRE_NODE, "count 65"},
	{19, 2, WIRE_NODE, "count below a set"},
	{19, 60, WIRE_NODE, "count beyond the frame"},
	{72, 5, WIRE_TYPE, "state 5"},
	{73, 101, WIRE_TYPE, "weight 101"},
	{75, 1, WIRE_FILL, "reserved"},
	{76, 1, WIRE_LENGTH, "length"},
	{79, 1, WIRE_FILL, "reserved2"},
	{39, 6, WIRE_VIEW, "epoch"},
	{55, 7, WIRE_VIEW, "one member more"},
	{103, 4, WIRE_VIEW, "last_with beyond the view"},
	{111, 1, WIRE_NODE, "an incarnation of a node that is not heard"},
	{111, 7, WIRE_NODE, "a heard node without incarnation"},
	{119, 0, WIRE_NODE, "an acknowledgement of a node that is not acknowledged"},
	{152 + 39, 1, WIRE_FILL, "after the members"},
};

Test(wire, broken_frames_are_refused_by_name)
{
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = write_plain(&beat, frame);

		frame[rows[i].at] = rows[i].value;
		cr_assert_eq(read_plain(frame, length), rows[i].fault, "%s: %d", rows[i].what,
			     read_plain(frame, length));
	}
}

Test(wire, no_life_and_no_sequence_are_refused)
{
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];

	beat.sequence = 0;
	cr_assert_eq(read_plain(frame, write_plain(&beat, frame)), WIRE_TYPE);
	beat = sample();
	beat.incarnation = 0;
	cr_assert_eq(read_plain(frame, write_plain(&beat, frame)), WIRE_TYPE);
}

Test(wire, who_operates_has_a_view)
{
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX];

	memset(&beat.view, 0, sizeof(beat.view));
	beat.last_with = 0;
	cr_assert_eq(read_plain(frame, write_plain(&beat, frame)), WIRE_VIEW);
	beat.state = XNLB_STATE_LISTEN;
	cr_assert_eq(read_plain(frame, write_plain(&beat, frame)), WIRE_OK);
}

Test(wire, lengths_that_lie)
{
	struct wire_extension extension = {.type = XNLB_EXTENSION_CLOSED};
	struct heartbeat beat = sample();
	uint8_t frame[XNLB_FRAME_MAX + 8] = {0};
	size_t written, length = wire_write(&beat, &identity, &extension, 1, &written, frame);

	for (size_t shorter = 0; shorter < length; shorter++)
		cr_assert_neq(read_plain(frame, shorter), WIRE_OK, "%zu bytes", shorter);
	cr_assert_eq(read_plain(frame, length + 8), WIRE_LENGTH);
	cr_assert_eq(read_plain(frame, XNLB_FRAME_MAX + 8), WIRE_LENGTH);
	/* An extension beyond the frame, and something where it is filled up. */
	frame[152 + 40 + 3] = 255;
	cr_assert_eq(read_plain(frame, length), WIRE_LENGTH);
	frame[152 + 40 + 3] = 62;
	frame[152 + 40 + 4 + 62] = 1;
	cr_assert_eq(read_plain(frame, length), WIRE_FILL);
}

Test(wire, random_changes_never_read_as_something_impossible)
{
	struct heartbeat beat = sample(), back;
	uint8_t frame[XNLB_FRAME_MAX];
	uint32_t part[XNLB_PARTS];

	for (int i = 0; i < 200000; i++) {
		size_t length = write_plain(&beat, frame);

		for (uint32_t changes = 1 + random_below(3); changes; changes--)
			frame[random_below((uint32_t)length)] = (uint8_t)random_word();
		if (wire_read(frame, length, CLUSTER, &back, part) != WIRE_OK)
			continue;
		cr_assert(back.node >= 1 && back.node <= XNLB_NODES_MAX);
		cr_assert(!back.view.id.epoch || view_valid(&back.view));
		cr_assert_eq(back.last_with & ~back.view.members, 0);
	}
}
