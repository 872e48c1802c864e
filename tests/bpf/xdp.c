// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <linux/bpf.h>
#include <string.h>

#include "bpf/xdp.h"

void xdp_bytes(const struct programs *programs, const struct row *row, const uint8_t *frame,
	       size_t size)
{
	const uint32_t code = row->verdict == DROPPED ? XDP_DROP : XDP_PASS;
	const uint32_t rule = test_rule(row->rule);
	static struct outcome outcome;
	uint8_t wanted[PACKET_MAX];

	programs_run(programs, programs->xdp, row->name, frame, size, &outcome);
	cr_expect_eq(outcome.code, code, "%s: returned %u, not %u", row->name, outcome.code, code);
	cr_expect(outcome.counted.packets == 1 && outcome.counted.reason == row->reason &&
			  outcome.counted.rule == rule,
		  "%s: %llu counted as %s of rule %u, not as %s of %u", row->name,
		  outcome.counted.packets,
		  outcome.counted.packets ? reason_name(outcome.counted.reason) : "nothing",
		  outcome.counted.rule, reason_name(row->reason), rule);

	memcpy(wanted, frame, size);
	if (row->verdict == TAKEN)
		memcpy(wanted, programs->tables->setup.own_mac.bytes, 6);
	same_frame(row->name, outcome.frame, outcome.size, wanted, size);
}

void xdp_row(const struct programs *programs, const struct row *row)
{
	uint8_t frame[PACKET_MAX];

	xdp_bytes(programs, row, frame, packet_build(&row->packet, frame));
}
