// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When the XDP program ends the lease by itself (docs/protocol.md, R8 and row 25). */
#include <criterion/criterion.h>
#include <string.h>

#include <xnlb/fence.h>
#include "bpf/beat.h"

TestSuite(xdp_fence, .init = beat_load, .fini = beat_unload);

struct fence_row {
	const char *name;
	uint64_t epoch;
	enum xnlb_state state;
	bool member, other_life, hears, hears_other_life, stale, fences;
	uint64_t haste;
};

static const struct fence_row fence_rows[] = {
	{"higher, without this node", 6, XNLB_STATE_ACTIVE, .hears = true, .fences = true},
	{"as PREP", 6, XNLB_STATE_PREP, .hears = true, .fences = true},
	{"not operating", 6, XNLB_STATE_LISTEN, .hears = true},
	{"leaving", 6, XNLB_STATE_LEAVING, .hears = true},
	{"lower", 4, XNLB_STATE_ACTIVE, .hears = true},
	{"with this node", 6, XNLB_STATE_ACTIVE, .member = true, .hears = true},
	{"with an earlier life of it", 6, XNLB_STATE_ACTIVE, .member = true, .other_life = true,
	 .hears = true, .fences = true},
	{"by who does not hear it", 6, XNLB_STATE_ACTIVE, .hears = false},
	{"by who hears an earlier life", 6, XNLB_STATE_ACTIVE, .hears = true,
	 .hears_other_life = true},
	{"by who does not hear it, the daemon stuck", 6, XNLB_STATE_ACTIVE, .stale = true,
	 .fences = true},
	{"lower, the daemon stuck", 4, XNLB_STATE_ACTIVE, .stale = true},
	{"by who does not hear it, this clock stood still", 6, XNLB_STATE_ACTIVE,
	 .haste = XNLB_HASTE, .fences = true},
	{"by who does not hear it, some came soon", 6, XNLB_STATE_ACTIVE, .haste = XNLB_HASTE - 1},
	{"lower, this clock stood still", 4, XNLB_STATE_ACTIVE, .haste = XNLB_HASTE},
	{"with this node, this clock stood still", 6, XNLB_STATE_ACTIVE, .member = true,
	 .haste = XNLB_HASTE},
};

/*
 * Sends it as if the one `steps` before it had come so long ago, with so many before that too soon.
 * Where that is no time at all, a machine may be too slow; then it is sent again.
 */
static enum xnlb_reason send_after(const char *name, const struct heartbeat *beat, uint64_t steps,
				   uint64_t ago_ns, uint64_t haste)
{
	enum xnlb_reason reason = XNLB_REASONS;

	for (int try = 0; try < 1000; try++) {
		uint64_t begun = beat_boottime();

		beat_came(beat->sequence - steps, ago_ns, haste);
		reason = beat_send(name, beat, &beat_plain);
		if (ago_ns || beat_boottime() - begun < XNLB_SPACING_NS)
			break;
	}
	return reason;
}

static void try_fence(const struct fence_row *row, uint64_t sequence)
{
	uint64_t lease = beat_boottime() + (row->stale ? SECOND / 10 : SECOND / 2);
	struct heartbeat beat = beat_sample();
	struct xnlb_live live;

	beat_set_live(lease);
	beat.sequence = sequence;
	beat.state = row->state;
	memset(&beat.view, 0, sizeof(beat.view));
	beat.view.id.epoch = row->epoch;
	beat.view.members = 2 | row->member;
	beat.view.incarnation[0] = row->member ? MY_LIFE + row->other_life : 0;
	beat.view.incarnation[1] = LIFE;
	view_seal(&beat.view, 2);
	beat.heard = row->hears;
	beat.heard_incarnation[0] = row->hears ? MY_LIFE + row->hears_other_life : 0;
	/* It is a step of its own. */
	cr_expect_eq(send_after(row->name, &beat, 1, row->haste ? 0 : SECOND,
				row->haste ? row->haste - 1 : 0),
		     REASON(HEARTBEAT), "%s", row->name);
	live = beat_live();
	cr_expect_eq(live.fenced, row->fences, "%s", row->name);
	cr_expect_eq(live.lease_ns, row->fences ? 0 : lease, "%s", row->name);
	cr_expect_eq(live.lease_jiffies, row->fences ? 0 : UINT64_MAX, "%s", row->name);
}

Test(xdp_fence, a_higher_view_ends_the_lease)
{
	for (size_t i = 0; i < COUNT(fence_rows); i++)
		try_fence(&fence_rows[i], SEQUENCE + 1 + i);
}

struct haste_row {
	const char *name;
	uint64_t steps, ago_ns, before, haste;
};

static const struct haste_row haste_rows[] = {
	{"the next, in time", 1, SECOND, 7, 0},
	{"at once", 1, 0, 0, 1},
	{"at once, as those before it", 1, 0, 7, 8},
	{"far ahead", 1000, 0, 0, 1000},
	{"far ahead, after less time than that takes", 1000, SECOND, 0, 1000},
	{"far ahead, after the time that it takes", 1000, 5 * SECOND, 7, 0},
};

/* What the NIC kept while this machine stood still comes at once, or the sequence is far ahead. */
Test(xdp_fence, heartbeats_that_come_too_soon_are_counted)
{
	for (size_t i = 0; i < COUNT(haste_rows); i++) {
		const struct haste_row *row = &haste_rows[i];
		struct heartbeat beat = beat_sample();

		beat.sequence = SEQUENCE + row->steps;
		cr_expect_eq(send_after(row->name, &beat, row->steps, row->ago_ns, row->before),
			     REASON(HEARTBEAT));
		cr_expect_eq(beat_peer(2).haste, row->haste, "%s", row->name);
	}
}

Test(xdp_fence, without_a_daemon_nothing_is_fenced)
{
	const struct xnlb_live none = {.epoch = 1, .lease_ns = UINT64_MAX};
	struct heartbeat beat = beat_sample();

	programs_write(&beat_programs, "live", 0, &none);
	beat.view.members = 2;
	beat.view.incarnation[0] = 0;
	view_seal(&beat.view, 2);
	cr_expect_eq(beat_send("higher", &beat, &beat_plain), REASON(HEARTBEAT));
	cr_expect_eq(beat_live().fenced, 0);
	cr_expect_eq(beat_live().lease_ns, UINT64_MAX);
}

/* Frames of nodes with higher ids than this one's place in the sender's lists. */
Test(xdp_fence, a_frame_too_short_to_have_this_node)
{
	struct heartbeat beat = beat_sample();

	beat_unload();
	beat_load_as(4);
	beat.view.id.epoch = 6;
	beat.heard = 0;
	beat.heard_incarnation[0] = 0;
	view_seal(&beat.view, 1);
	cr_expect_eq(beat_send("two entries", &beat, &beat_plain), REASON(HEARTBEAT));
	cr_expect_eq(beat_live().fenced, 0, "it does not say that it hears node 4");
}
