// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hold xdp|tcx_ingress|tcx_egress INTERFACE PROGRAM LINK [first]: attaches a pinned program by a
 * bpf_link and pins that, as another program on the machine could do. tcx: behind the others, or
 * before them.
 */
#include <bpf/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int type; /* enum bpf_attach_type; older headers know no tcx */
} types[] = {{"xdp", BPF_XDP}, {"tcx_ingress", 46}, {"tcx_egress", 47}};

#define TCX_BEFORE (1U << 3) /* BPF_F_BEFORE, of nobody */

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int program, link, err;
	size_t i = 0;

	if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "first") != 0)) {
		fputs("usage: hold TYPE INTERFACE PROGRAM LINK [first]\n", stderr);
		return 2;
	}
	if (argc == 6)
		opts.flags = TCX_BEFORE;
	while (i < sizeof(types) / sizeof(types[0]) && strcmp(types[i].name, argv[1]) != 0)
		i++;
	if (i == sizeof(types) / sizeof(types[0])) {
		fprintf(stderr, "hold: %s: xdp, tcx_ingress or tcx_egress\n", argv[1]);
		return 2;
	}
	program = bpf_obj_get(argv[3]);
	if (program < 0) {
		fprintf(stderr, "hold: %s: %s\n", argv[3], strerror(-program));
		return 1;
	}
	link = bpf_link_create(program, (int)if_nametoindex(argv[2]),
			       (enum bpf_attach_type)types[i].type, &opts);
	err = link < 0 ? link : bpf_obj_pin(link, argv[4]);
	if (err) {
		fprintf(stderr, "hold: %s at %s: %s\n", argv[1], argv[2], strerror(-err));
		return 1;
	}
	return 0;
}
