// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Heartbeats by somebody without the key, in great numbers: forged, changed, cut off, too long, of
 * another cluster, made with another key, and recorded and sent again. Afterwards what the program
 * knows of the nodes, the lease and the daemon's ring buffer are byte by byte what they were, and
 * the counters add up. FRAMES= for another number: `make forged`.
 */
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/beat.h"

#define FRAMES	  100000ull
#define POOL	  256 /* frames that are made once */
#define OTHER	  (LIFE + 1)
#define BIT(name) (1ull << REASON(name))

TestSuite(xdp_forged, .init = beat_load, .fini = beat_unload);

/* A heartbeat that is right, in each of these forms; `at`: where it begins in the packet. */
static const struct form {
	struct shape shape;
	size_t at;
} forms[] = {
	{{.src = NODE4, .dst = IP4}, HEADERS4},
	{{.src = NODE6, .dst = IP6, .extensions = 1}, HEADERS4 + 20},
	{{.src = NODE4, .dst = IP4, .tag = {VLAN_8021Q}, .key = 200}, HEADERS4 + 4},
	{{.src = NODE6, .dst = IP6, .tag = {VLAN_8021AD, VLAN_8021Q}}, HEADERS4 + 28},
};

struct bytes {
	uint8_t byte[PACKET_MAX];
	size_t size;
};

static struct bytes right[COUNT(forms)];

/* Every field of the header, the entries and the tag; how often each was changed. */
#define FIELD(name)                                                    \
	{                                                              \
#name, offsetof(struct xnlb_frame_head, name),         \
			sizeof(((struct xnlb_frame_head *)NULL)->name) \
	}
static const struct field {
	const char *name;
	size_t at, size;
} fields[] = {
	FIELD(magic),
	FIELD(version),
	FIELD(type),
	FIELD(key),
	FIELD(flags),
	FIELD(cluster),
	FIELD(node),
	FIELD(lowest),
	FIELD(highest),
	FIELD(count),
	FIELD(incarnation),
	FIELD(sequence),
	FIELD(view_epoch),
	FIELD(view_rank),
	FIELD(view_members),
	FIELD(view_digest),
	FIELD(view_hash),
	FIELD(state),
	FIELD(weight),
	FIELD(closed),
	FIELD(reserved),
	FIELD(length),
	FIELD(reserved2),
	FIELD(last_epoch),
	FIELD(last_rank),
	FIELD(last_with),
	FIELD(heard),
	FIELD(acked),
	FIELD(digest),
	FIELD(part),
	{"entry", sizeof(struct xnlb_frame_head), sizeof(struct xnlb_frame_member)},
};

static unsigned long long changed[COUNT(fields)];

/* SplitMix64. */
static uint64_t draw(void)
{
	static uint64_t state;
	uint64_t x = state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void fill(uint8_t *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)draw();
}

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static size_t pick(struct bytes *out)
{
	size_t i = draw() % COUNT(forms);

	*out = right[i];
	return forms[i].at;
}

/* The length of the heartbeat as each header says it. */
static void set_length(struct bytes *out, size_t at, size_t length)
{
	put16(out->byte + at - 4, length + 8);
	put16(out->byte + at + offsetof(struct xnlb_frame_head, length), length);
	out->size = at + length;
}

/* ---- what somebody without the key can send; each writes one ---- */

/* The next of a node that is alive, right but for the tag. */
static void forge(struct bytes *out)
{
	size_t at = pick(out);

	out->byte[at + offsetof(struct xnlb_frame_head, sequence) + 4] = (uint8_t)draw();
	out->byte[out->size - 1 - draw() % XNLB_FRAME_TAG] ^= (uint8_t)(1 + draw() % 255);
}

static void change_field(struct bytes *out)
{
	size_t at = pick(out), i = draw() % COUNT(fields);
	const struct field *field = &fields[i];

	out->byte[at + field->at + draw() % field->size] ^= (uint8_t)(1 + draw() % 255);
	changed[i]++;
}

static void change_anything(struct bytes *out)
{
	size_t at = pick(out);

	fill(out->byte + at, out->size - at);
	if (draw() & 1)
		memcpy(out->byte + at, right[0].byte + forms[0].at, 24);
}

/* Less than its headers say; or they say it too. */
static void cut_off(struct bytes *out)
{
	size_t at = pick(out), length = out->size - at;

	if (draw() & 1)
		out->size = 14 + draw() % (out->size - 14);
	else
		set_length(out, at, draw() % length & ~7ul);
}

static void make_long(struct bytes *out)
{
	size_t at = pick(out), length = XNLB_FRAME_MAX + 1 + draw() % (PACKET_MAX - 2200);

	fill(out->byte + out->size, at + length - out->size);
	set_length(out, at, length);
	/* The headers say more than there is. */
	if (draw() & 1)
		out->size = at + XNLB_FRAME_MIN + draw() % length / 2;
}

/* ---- and frames with a tag that is right, or was ---- */

static struct bytes pool[POOL];

static void from_pool(struct bytes *out)
{
	*out = pool[draw() % POOL];
}

static void make_pool(const struct heartbeat *beat, const struct shape *more, bool old)
{
	struct heartbeat one = *beat;

	for (size_t i = 0; i < POOL; i++) {
		struct shape shape = forms[i % COUNT(forms)].shape;

		one.sequence = old ? 1 + draw() % SEQUENCE : SEQUENCE + 1 + draw() % 1000000;
		if (more->cluster)
			shape.cluster = more->cluster;
		if (more->key)
			shape.key = more->key;
		if (more->secret)
			shape.secret = more->secret;
		if (more->to)
			shape.to = more->to;
		pool[i].size = beat_build(&one, &shape, pool[i].byte);
	}
}

/* ---- what must not change ---- */

struct state {
	struct xnlb_peer peer[XNLB_NODES_MAX + 1];
	struct xnlb_live live;
	unsigned long read, written; /* positions of the ring buffer */
};

/* The kernel shows them in the first two pages of the map. */
static unsigned long ring_position(size_t page)
{
	int map = object_map(&beat_programs.object, "heartbeats");
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned long position, *at;

	at = mmap(NULL, size, PROT_READ, MAP_SHARED, map, (off_t)(page * size));
	cr_assert_neq(at, MAP_FAILED, "%s", strerror(errno));
	position = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	munmap(at, size);
	return position;
}

static void look(struct state *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t id = 0; id <= XNLB_NODES_MAX; id++)
		out->peer[id] = beat_peer(id);
	out->live = beat_live();
	out->read = ring_position(0);
	out->written = ring_position(1);
}

/* ---- the run ---- */

struct kind {
	const char *name;
	void (*write)(struct bytes *out);
	uint64_t reasons;   /* it may be counted as */
	struct shape shape; /* of a pool */
	uint8_t node;	    /* of a pool: who says that it sent it; 0: node 2 */
	bool old;
};

static const uint64_t other_secret[2] = {77, 78};

#define ANY_FAULT                                                              \
	(BIT(HEARTBEAT_BROKEN) | BIT(HEARTBEAT_CLUSTER) | BIT(HEARTBEAT_OWN) | \
	 BIT(HEARTBEAT_NODE) | BIT(HEARTBEAT_KEY) | BIT(HEARTBEAT_OLD) | BIT(HEARTBEAT_TAG))

#define CUT \
	(BIT(HEARTBEAT_BROKEN) | BIT(HEARTBEAT_TAG) | BIT(MALFORMED) | BIT(TRUNCATED) | BIT(NOT_IP))

static const struct kind kinds[] = {
	{"forged tag", forge, .reasons = BIT(HEARTBEAT_TAG)},
	{"changed field", change_field, .reasons = ANY_FAULT},
	{"changed throughout", change_anything, .reasons = ANY_FAULT},
	{"cut off", cut_off, .reasons = CUT},
	{"too long", make_long, .reasons = BIT(HEARTBEAT_BROKEN)},
	{"another cluster", from_pool, .reasons = BIT(HEARTBEAT_CLUSTER),
	 .shape.cluster = CLUSTER + 1},
	{"another key", from_pool, .reasons = BIT(HEARTBEAT_TAG), .shape.secret = other_secret},
	{"key unknown", from_pool, .reasons = BIT(HEARTBEAT_KEY), .shape.key = 9},
	{"recorded", from_pool, .reasons = BIT(HEARTBEAT_OLD), .old = true},
	{"its own", from_pool, .reasons = BIT(HEARTBEAT_OWN), .node = 1},
	{"node unknown", from_pool, .reasons = BIT(HEARTBEAT_NODE), .node = 5},
	{"greeting by another key", from_pool, .reasons = 1ull << XNLB_REASON_GROUP_MAC,
	 .shape = {.secret = other_secret, .to = BROADCAST}},
	{"to one node", from_pool, .reasons = BIT(HEARTBEAT_BROKEN), .shape.to = NODE1_MAC},
};

static void run(const struct kind *kind, unsigned long long frames)
{
	static struct bytes bytes;

	for (unsigned long long i = 0; i < frames; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes.byte, .repeat = 1);

		kind->write(&bytes);
		options.data_size_in = (__u32)bytes.size;
		cr_assert_eq(bpf_prog_test_run_opts(beat_programs.xdp, &options), 0, "%s, %zu: %s",
			     kind->name, bytes.size, strerror(errno));
	}
}

static unsigned long long count(const struct kind *kind, unsigned long long sums[XNLB_REASONS])
{
	static unsigned long long counters[XNLB_RULES_MAX + 1][XNLB_REASONS];
	unsigned long long all = 0;

	programs_counters(&beat_programs, counters);
	for (int reason = 0; reason < XNLB_REASONS; reason++) {
		unsigned long long moved = counters[0][reason] - sums[reason];

		cr_expect(!moved || kind->reasons >> reason & 1, "%s: %llu counted as %s",
			  kind->name, moved, reason_name((enum xnlb_reason)reason));
		all += moved;
		sums[reason] = counters[0][reason];
	}
	return all;
}

static unsigned long long frames_wanted(void)
{
	const char *text = getenv("FRAMES");

	return text && *text ? strtoull(text, NULL, 10) : FRAMES;
}

/* Another life of node 2 has been heard once: it can be recorded too. */
static void prepare(void)
{
	struct heartbeat beat = beat_sample();

	for (size_t i = 0; i < COUNT(forms); i++)
		right[i].size = beat_build(&beat, &forms[i].shape, right[i].byte);
	beat.incarnation = beat.view.incarnation[1] = OTHER;
	beat.sequence = SEQUENCE;
	view_seal(&beat.view, 1);
	cr_assert_eq(beat_send("another life", &beat, &beat_plain), REASON(HEARTBEAT));
}

static void play(const struct kind *kind, unsigned long long frames,
		 unsigned long long sums[XNLB_REASONS])
{
	struct heartbeat beat = beat_sample();
	unsigned long long counted;

	if (kind->node)
		beat.node = kind->node;
	if (kind->node == 1)
		beat.incarnation = MY_LIFE; /* else it is another machine's */
	if (kind->write == from_pool)
		make_pool(&beat, &kind->shape, kind->old);
	run(kind, frames);
	counted = count(kind, sums);
	cr_expect_eq(counted, frames, "%s: %llu sent, %llu counted", kind->name, frames, counted);
	if (!kind->old)
		return;
	/* Half of what was recorded is of the other life. */
	beat.incarnation = beat.view.incarnation[1] = OTHER;
	view_seal(&beat.view, 1);
	make_pool(&beat, &kind->shape, true);
	run(kind, frames);
	cr_expect_eq(count(kind, sums), frames, "%s, another life", kind->name);
}

Test(xdp_forged, nothing_changes)
{
	unsigned long long each = frames_wanted() / (COUNT(kinds) + 1) + 1,
			   sums[XNLB_REASONS] = {0};
	struct kind before = {.reasons = UINT64_MAX};
	struct state then, now;

	prepare();
	count(&before, sums);
	look(&then);
	for (size_t i = 0; i < COUNT(kinds); i++)
		play(&kinds[i], each, sums);
	look(&now);
	cr_expect_arr_eq(now.peer, then.peer, sizeof(then.peer));
	cr_expect_arr_eq(&now.live, &then.live, sizeof(then.live));
	cr_expect(now.read == then.read && now.written == then.written, "the ring buffer moved");
	for (size_t i = 0; i < COUNT(fields); i++)
		cr_expect_gt(changed[i], 0, "%s was not changed", fields[i].name);
	cr_expect_eq(beat_run("as it was", right[0].byte, right[0].size), REASON(HEARTBEAT));
	if (getenv("FRAMES"))
		fprintf(stderr, "%llu frames: peers, live and heartbeats as before\n",
			each * (COUNT(kinds) + 1));
}
