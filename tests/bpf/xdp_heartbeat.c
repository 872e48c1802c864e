// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Heartbeats in the XDP program: what is taken, stamped and handed to the daemon; what is refused,
 * and why. */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>
#include "core/view.h"

#include <xnlb/fence.h>
#include "bpf/beat.h"

TestSuite(xdp_heartbeat, .init = beat_load, .fini = beat_unload);

static void expect(const char *what, const struct heartbeat *beat, const struct shape *shape,
		   enum xnlb_reason reason)
{
	struct xnlb_peer before = beat_peer(2), after;
	int count = arrived.count;
	enum xnlb_reason got = beat_send(what, beat, shape);
	bool taken = reason == REASON(HEARTBEAT);

	cr_expect_eq(got, reason, "%s: %s, not %s", what, reason_name(got), reason_name(reason));
	cr_expect_eq(arrived.count, count + taken, "%s", what);
	after = beat_peer(2);
	cr_expect_eq(after.sequence, taken ? beat->sequence : before.sequence, "%s", what);
	cr_expect_eq(after.arrival_ns != before.arrival_ns, taken, "%s", what);
}

Test(xdp_heartbeat, of_both_families_with_tags_and_all_keys)
{
	const struct shape shapes[] = {
		beat_plain,
		{.src = NODE6, .dst = IP6},
		{.src = NODE4, .dst = IP4_B},
		{.src = NODE4, .dst = IP4, .tag = {VLAN_8021Q}},
		{.src = NODE6, .dst = IP6, .tag = {VLAN_8021AD, VLAN_8021Q}},
		{.src = NODE4, .dst = IP4, .key = 200},
		{.src = NODE6, .dst = IP6, .extensions = 8},
		{.src = NODE4, .dst = IP4, .extensions = 1},
	};
	struct heartbeat beat = beat_sample();

	for (size_t i = 0; i < COUNT(shapes); i++, beat.sequence++)
		expect(shapes[i].dst, &beat, &shapes[i], REASON(HEARTBEAT));
}

Test(xdp_heartbeat, the_daemon_gets_it_with_its_time_and_addresses)
{
	struct heartbeat beat = beat_sample(), back;
	uint8_t packet[PACKET_MAX], source[16];
	size_t size = beat_build(&beat, &beat_plain, packet);
	uint64_t before = beat_boottime();
	uint32_t part[XNLB_PARTS];

	cr_assert_eq(beat_run("once", packet, size), REASON(HEARTBEAT));
	cr_assert_eq(arrived.count, 1);
	cr_expect_geq(arrived.arrival.arrival_ns, before);
	cr_expect_leq(arrived.arrival.arrival_ns, beat_boottime());
	cr_expect_eq(arrived.arrival.arrival_ns, beat_peer(2).arrival_ns);
	cr_expect_arr_eq(arrived.arrival.mac, packet_mac(NODE2_MAC), 6);
	beat_address(source, NODE4);
	cr_expect_arr_eq(arrived.arrival.source, source, 16);
	beat_address(source, IP4);
	cr_expect_arr_eq(arrived.arrival.destination, source, 16);
	cr_assert_eq(arrived.arrival.length, size - HEADERS4);
	cr_assert_arr_eq(arrived.frame, packet + HEADERS4, arrived.arrival.length);
	cr_assert_eq(wire_read(arrived.frame, arrived.arrival.length, CLUSTER, &back, part),
		     WIRE_OK);
	cr_expect_eq(back.sequence, beat.sequence);
}

Test(xdp_heartbeat, the_largest)
{
	struct shape shape = {
		.src = NODE6, .dst = IP6, .tag = {VLAN_8021AD, VLAN_8021Q}, .extensions = 1};
	struct heartbeat beat = beat_sample();

	beat.heard = ~2ull;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		beat.heard_incarnation[i] = i == 1 ? 0 : MY_LIFE;
	expect("64 nodes and an extension", &beat, &shape, REASON(HEARTBEAT));
	cr_expect_gt(arrived.arrival.length, 1000);
}

Test(xdp_heartbeat, refused_by_name)
{
	static const uint64_t other_secret[2] = {1, 3};
	struct shape shape = beat_plain;
	struct heartbeat beat = beat_sample();

	shape.key = 4;
	expect("a key id that is not known", &beat, &shape, REASON(HEARTBEAT_KEY));
	shape = beat_plain;
	shape.secret = other_secret;
	expect("another key of the same id", &beat, &shape, REASON(HEARTBEAT_TAG));
	shape = beat_plain;
	shape.cluster = CLUSTER + 1;
	expect("another cluster", &beat, &shape, REASON(HEARTBEAT_CLUSTER));
	shape = beat_plain;
	shape.to = NODE1_MAC;
	expect("to the node's own MAC", &beat, &shape, REASON(HEARTBEAT_BROKEN));
	beat.node = 5;
	expect("a node of no configuration", &beat, &beat_plain, REASON(HEARTBEAT_NODE));
	beat.node = 1;
	beat.incarnation = MY_LIFE;
	expect("this node's own", &beat, &beat_plain, REASON(HEARTBEAT_OWN));
	beat = beat_sample();
	beat.sequence = SEQUENCE;
	expect("the newest again", &beat, &beat_plain, REASON(HEARTBEAT_OLD));
	beat.sequence = 1;
	expect("an older one", &beat, &beat_plain, REASON(HEARTBEAT_OLD));
	beat.sequence = SEQUENCE + 1;
	expect("the next", &beat, &beat_plain, REASON(HEARTBEAT));
	expect("that again", &beat, &beat_plain, REASON(HEARTBEAT_OLD));
}

/* As if the last heartbeat of another life had come then. */
static void other_life_at(__u64 ns)
{
	struct xnlb_peer peer = beat_peer(2);

	peer.other_ns = ns;
	programs_write(&beat_programs, "peers", 2, &peer);
}

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

/* The next one, before the time is over in which no other is heard. A machine may be too slow for
 * that. */
static enum xnlb_reason send_soon(struct heartbeat *beat)
{
	enum xnlb_reason reason = XNLB_REASONS;

	for (int try = 0; try < 1000; try++) {
		__u64 begun = now_ns();

		other_life_at(begun);
		beat->sequence++;
		reason = beat_send("the next, too soon", beat, &beat_plain);
		if (now_ns() - begun < XNLB_SPACING_NS)
			break;
	}
	return reason;
}

Test(xdp_heartbeat, of_another_life_it_is_heard_once_and_not_stamped)
{
	struct heartbeat beat = beat_sample();

	beat.incarnation = LIFE + 1;
	beat.sequence = 7;
	beat.view.incarnation[1] = LIFE + 1;
	view_seal(&beat.view, 1);
	cr_expect_eq(beat_send("new", &beat, &beat_plain), REASON(HEARTBEAT));
	cr_expect_eq(beat_send("again", &beat, &beat_plain), REASON(HEARTBEAT_OLD));
	cr_expect_eq(arrived.count, 1);
	cr_expect_eq(beat_peer(2).sequence, SEQUENCE);
	cr_expect_eq(beat_peer(2).arrival_ns, 0);
	cr_expect_eq(send_soon(&beat), REASON(HEARTBEAT_OLD));
	other_life_at(0);
	cr_expect_eq(beat_send("the next", &beat, &beat_plain), REASON(HEARTBEAT));
}

/* What was said in several lives, played back in turn: each is another one than the last. */
Test(xdp_heartbeat, of_many_lives_few_are_heard)
{
	struct heartbeat beat = beat_sample();

	for (int i = 0; i < 1000; i++) {
		beat.incarnation = LIFE + 1 + i % 2;
		beat.view.incarnation[1] = beat.incarnation;
		view_seal(&beat.view, 1);
		beat_send("played back", &beat, &beat_plain);
	}
	cr_expect_lt(arrived.count, 500, "%d", arrived.count);
	cr_expect_eq(beat_peer(2).sequence, SEQUENCE);
}

/* The daemon must know: two that serve the same share answer twice. */
Test(xdp_heartbeat, of_another_machine_with_this_nodes_id_it_is_heard_and_ends_no_lease)
{
	static const uint64_t other_secret[2] = {1, 3};
	struct heartbeat beat = beat_sample();
	struct shape forged = beat_plain;
	uint64_t lease = beat_live().lease_ns;

	beat.node = 1;
	beat.incarnation = MY_LIFE + 1;
	beat.view.id.epoch += 100;
	beat.view.incarnation[0] = MY_LIFE + 1;
	view_seal(&beat.view, 1);
	forged.secret = other_secret;
	cr_expect_eq(beat_send("forged", &beat, &forged), REASON(HEARTBEAT_TAG));
	cr_expect_eq(arrived.count, 0);
	cr_expect_eq(beat_send("right", &beat, &beat_plain), REASON(HEARTBEAT_OWN));
	cr_expect_eq(arrived.count, 1);
	cr_expect_eq(beat_send("again", &beat, &beat_plain), REASON(HEARTBEAT_OLD));
	cr_expect_eq(arrived.count, 1);
	cr_expect_eq(beat_live().fenced, 0);
	cr_expect_eq(beat_live().lease_ns, lease);
}

static void expect_greeting(const char *what, const struct heartbeat *beat,
			    const struct shape *shape)
{
	struct xnlb_peer before = beat_peer(2), after;
	int count = arrived.count;

	cr_expect_eq(beat_send(what, beat, shape), REASON(HEARTBEAT_GREETING), "%s", what);
	cr_expect_eq(arrived.count, count + 1, "%s", what);
	cr_expect_eq(arrived.arrival.greets, 1, "%s", what);
	after = beat_peer(2);
	cr_expect_eq(after.sequence, before.sequence, "%s: nobody is heard by it", what);
	cr_expect_eq(after.arrival_ns, before.arrival_ns, "%s", what);
}

/* Nodes of another mode, and of another version, are told apart by name; they count for nothing. */
Test(xdp_heartbeat, a_greeting_is_handed_on_and_not_stamped)
{
	const struct shape everybody = {.src = NODE4, .dst = IP4, .to = BROADCAST};
	const struct shape newer = {.src = NODE4, .dst = IP4, .version = 2};
	struct heartbeat beat = beat_sample();

	beat.view.id.epoch += 100; /* would end the lease */
	beat.view.members = 2;
	beat.view.incarnation[0] = 0;
	view_seal(&beat.view, 2);
	expect_greeting("to all", &beat, &everybody);
	cr_expect_eq(beat_send("again", &beat, &everybody), XNLB_REASON_GROUP_MAC);
	beat.sequence++;
	expect_greeting("the next", &beat, &everybody);
	beat.sequence++;
	expect_greeting("of another version", &beat, &newer);
	beat.incarnation++;
	beat.sequence = 1;
	expect_greeting("of another life", &beat, &everybody);
	cr_expect_eq(beat_live().fenced, 0);
	cr_expect_eq(beat_stranger(2).keys + beat_stranger(2).clusters, 0);
}

Test(xdp_heartbeat, a_heartbeat_is_no_greeting)
{
	struct heartbeat beat = beat_sample();

	expect("right", &beat, &beat_plain, REASON(HEARTBEAT));
	cr_expect_eq(arrived.arrival.greets, 0);
}

Test(xdp_heartbeat, who_has_another_seed_or_key_is_counted)
{
	static const uint64_t other_secret[2] = {1, 3};
	struct heartbeat beat = beat_sample();
	struct shape shape = beat_plain;

	shape.cluster = CLUSTER + 1;
	expect("seed", &beat, &shape, REASON(HEARTBEAT_CLUSTER));
	cr_expect_eq(beat_stranger(2).clusters, 1);
	shape = beat_plain;
	shape.secret = other_secret;
	expect("key", &beat, &shape, REASON(HEARTBEAT_TAG));
	shape = beat_plain;
	shape.key = 4;
	expect("key id", &beat, &shape, REASON(HEARTBEAT_KEY));
	cr_expect_eq(beat_stranger(2).keys, 2);
	shape.to = BROADCAST;
	cr_expect_eq(beat_send("to all", &beat, &shape), XNLB_REASON_GROUP_MAC);
	cr_expect_eq(beat_stranger(2).keys, 3);
	cr_expect_eq(beat_stranger(3).keys, 0);
}

Test(xdp_heartbeat, nobody_reads)
{
	struct heartbeat beat = beat_sample();
	enum xnlb_reason reason = REASON(HEARTBEAT);
	static struct outcome outcome;
	uint8_t packet[PACKET_MAX];

	for (int i = 0; i < 5000 && reason == REASON(HEARTBEAT); i++, beat.sequence++) {
		size_t size = beat_build(&beat, &beat_plain, packet);

		programs_run(&beat_programs, beat_programs.xdp, "unread", packet, size, &outcome);
		reason = outcome.counted.reason;
	}
	cr_expect_eq(reason, REASON(HEARTBEAT_UNREAD));
	cr_expect_eq(beat_peer(2).sequence, beat.sequence - 1, "it is stamped all the same");
}

/* No bit of what is authenticated can be changed: nothing is handed on, nothing stamped. */
Test(xdp_heartbeat, every_bit_counts)
{
	struct heartbeat beat = beat_sample();
	struct xnlb_peer before = beat_peer(2), after;
	uint8_t packet[PACKET_MAX], changed[PACKET_MAX];
	size_t size = beat_build(&beat, &beat_plain, packet);

	for (size_t byte = 26; byte < size; byte++) {
		if (byte >= 34 && byte < HEADERS4)
			continue; /* UDP: its port decides what it is, its checksum nobody reads */
		for (int bit = 0; bit < 8; bit++) {
			memcpy(changed, packet, size);
			changed[byte] ^= (uint8_t)(1 << bit);
			cr_assert_neq(beat_run("changed", changed, size), REASON(HEARTBEAT),
				      "byte %zu, bit %d", byte, bit);
		}
	}
	after = beat_peer(2);
	cr_expect_eq(arrived.count, 0);
	cr_expect_eq(after.sequence, before.sequence);
	cr_expect_eq(after.arrival_ns, before.arrival_ns);
	cr_expect_eq(beat_live().fenced, 0);
	cr_expect_eq(beat_run("as it was", packet, size), REASON(HEARTBEAT));
}

Test(xdp_heartbeat, lengths_that_lie)
{
	struct heartbeat beat = beat_sample();
	uint8_t packet[PACKET_MAX], changed[PACKET_MAX];
	size_t size = beat_build(&beat, &beat_plain, packet);

	for (unsigned int length = 0; length < 2000; length++) {
		memcpy(changed, packet, size);
		changed[38] = (uint8_t)(length >> 8);
		changed[39] = (uint8_t)length;
		if (length != size - 34)
			cr_assert_neq(beat_run("UDP length", changed, size), REASON(HEARTBEAT),
				      "%u", length);
	}
	for (size_t shorter = 34; shorter < size; shorter++)
		cr_assert_neq(beat_run("cut off", packet, shorter), REASON(HEARTBEAT), "%zu",
			      shorter);
	for (unsigned int length = 0; length < 2000; length++) {
		memcpy(changed, packet, size);
		changed[HEADERS4 + 76] = (uint8_t)(length >> 8);
		changed[HEADERS4 + 77] = (uint8_t)length;
		if (length != size - HEADERS4)
			cr_assert_eq(beat_run("own length", changed, size),
				     REASON(HEARTBEAT_BROKEN), "%u", length);
	}
	cr_expect_eq(arrived.count, 0);
}
