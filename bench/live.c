// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The shortest receive path that the kernel has: frames that never were an skb, made by the test
 * run and redirected 64 at a time through a veth pair to native XDP at its other end.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "bare.skel.h"
#include "harness.h"
#include "report.h"
#include "variant.h"

#define FRAMES 400000 /* of a round */

/* ns for each of the frames that arrive at `nic` while `program` is attached there. */
static double live(struct bare_bpf *bare, int nic, int program, const uint8_t *frame)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(program, nic, BPF_XDP, &opts);
	double ns;

	if (link < 0)
		give_up("native XDP on veth", link);
	ns = test_run(bpf_program__fd(bare->progs.generator), frame, FRAMES,
		      BPF_F_TEST_XDP_LIVE_FRAMES);
	bpf_link_detach(link);
	close(link);
	return ns;
}

void measure_live(struct bare_bpf *bare, unsigned int rounds)
{
	static const struct variant theirs = {1, 4, NONE, 1, false, 0, XNLB_AFFINITY_NONE};
	static const struct frame_kind kind = {4, CLUSTER_4, IPPROTO_TCP, ACK, 80};
	struct series made = {0}, without = {0}, with = {0}, ratio = {0};
	struct object object = variant_load(&theirs);
	int xnlb = object_program(&object, "xnlb_xdp");
	int drop = bpf_program__fd(bare->progs.bare_drop);
	int nic = (int)if_nametoindex("live");
	uint8_t frame[FRAME_SIZE];
	unsigned long long seen;

	if (!nic)
		give_up("live, the veth that lab.sh makes", ENODEV);
	bare->bss->redirect_to = if_nametoindex("live-peer");
	bare->data->ports = 1;
	bare->data->port = kind.port;
	bare->bss->clients = 0;
	memcpy(bare->bss->to, frame_to, 6);
	frame_build(&kind, frame_to, frame);
	for (unsigned int round = 0; round < rounds; round++) {
		double generator = test_run(drop, frame, FRAMES, BPF_F_TEST_XDP_LIVE_FRAMES);
		double bare_ns = live(bare, nic, drop, frame);
		double xnlb_ns = live(bare, nic, xnlb, frame);

		series_add(&made, generator);
		series_add(&without, bare_ns);
		series_add(&with, xnlb_ns);
		series_add(&ratio, (xnlb_ns - generator) / (bare_ns - generator));
	}
	seen = variant_dropped(&object);
	report_head("Shortest receive path of the kernel: live frames, native XDP on veth", "bare",
		    "xnlb");
	report_line("drop another node's, generator included", &without, &with, 0);
	report_note("generator alone (frames made and dropped at once): %.1f ns",
		    series_at(&made, 0.5));
	report_ratio("ratio to a bare XDP_DROP, generator subtracted", &ratio);
	if (seen != (unsigned long long)FRAMES * rounds)
		report_note("NOT ALL ARRIVED: xnlb dropped %llu frames of %llu", seen,
			    (unsigned long long)FRAMES * rounds);
	object_close(&object);
}
