// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_TEST_RUN with one packet, or with random flows. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.skel.h"
#include "harness.h"

__attribute__((noreturn)) void give_up(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

double test_run(int program, const uint8_t frame[FRAME_SIZE], int repeat, unsigned int flags)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME_SIZE,
		    .repeat = repeat, .flags = flags);
	int err = bpf_prog_test_run_opts(program, &opts);

	if (err)
		give_up("BPF_PROG_TEST_RUN", err);
	return opts.duration;
}

double test_run_packet(int program, const struct frame_kind *kind)
{
	uint8_t frame[FRAME_SIZE];

	frame_build(kind, frame_to, frame);
	return test_run(program, frame, 5 * RUNS, 0);
}

double test_run_flows(struct bare_bpf *bare, int program, const struct frame_kind *kind,
		      unsigned int ports, unsigned int clients)
{
	uint8_t frame[FRAME_SIZE];
	__u32 zero = 0;
	int err;

	memcpy(bare->bss->to, frame_to, 6);
	bare->data->port = kind->port;
	bare->data->ports = ports;
	bare->bss->clients = clients;
	err = bpf_map_update_elem(bpf_map__fd(bare->maps.next), &zero, &program, BPF_ANY);
	if (err)
		give_up("next program", err);
	frame_build(kind, frame_to, frame);
	return test_run(bpf_program__fd(bare->progs.flows), frame, RUNS, 0);
}
