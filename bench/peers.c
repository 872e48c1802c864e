// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A NIC's path as a socket's frames take it: sent into one end of a veth pair, dropped at the
 * other, in another namespace, by xnlb and by its peers, in turns. All run on one CPU, so what a
 * frame costs is its sender's time and its receiver's; the sender's alone is that to a device that
 * discards.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.skel.h"
#include "harness.h"
#include "lab.h"
#include "report.h"
#include "variant.h"
#include "wire.h"

enum program { NO_PROGRAM, BARE, XNLB };

/*
 * Each drops all flows, by a comparison that is always true where the peer would ask whose the flow
 * is. Its cost is the same.
 */
static const struct receiver {
	const char *what;
	enum program program;
	unsigned int mode; /* of XDP */
	const char *up, *down;
} receivers[] = {
	{"bare XDP_DROP, native", BARE, XDP_FLAGS_DRV_MODE, NULL, NULL},
	{"xnlb, native XDP", XNLB, XDP_FLAGS_DRV_MODE, NULL, NULL},
	{"xnlb, generic XDP", XNLB, XDP_FLAGS_SKB_MODE, NULL, NULL},
	{"nft netdev ingress, jhash", NO_PROGRAM, 0,
	 "nft 'table netdev bench { chain in { type filter hook ingress device nic priority 0;"
	 " jhash ip saddr . udp sport mod 0xffffffff seed 0x1 != 0xfffffff0 drop; }; }'",
	 "nft delete table netdev bench"},
	{"nft inet prerouting, jhash", NO_PROGRAM, 0,
	 "nft 'table inet bench { chain in { type filter hook prerouting priority raw;"
	 " iifname nic jhash ip saddr . udp sport mod 0xffffffff seed 0x1 != 0xfffffff0 drop; }; "
	 "}'",
	 "nft delete table inet bench"},
	{"iptables xt_cluster, conntrack", NO_PROGRAM, 0,
	 "iptables -t mangle -A PREROUTING -i nic -m cluster --cluster-total-nodes 4"
	 " ! --cluster-local-nodemask 15 --cluster-hash-seed 0xdeadbeef -j MARK --set-mark 0xffff;"
	 "iptables -t mangle -A PREROUTING -i nic -m mark ! --mark 0xffff -j DROP",
	 "iptables -t mangle -F"},
};

#define RECEIVERS (sizeof(receivers) / sizeof(receivers[0]))

struct result {
	bool absent;
	struct series total, received, ratio;
	double dropped; /* the smallest part of a round's frames */
};

/* Frames that came to `nic`, and packets that the stack delivered. */
struct counts {
	unsigned long long arrived, delivered;
};

static struct counts count(void)
{
	struct counts counts = {0};
	char line[512];
	FILE *file = fopen("/proc/net/dev", "re");

	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, " nic: %*u %llu", &counts.arrived) != 1)
		;
	if (file)
		fclose(file);
	file = fopen("/proc/net/snmp", "re");
	while (file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "Ip: %*u %*u %*u %*u %*u %*u %*u %*u %llu", &counts.delivered) != 1)
		;
	if (file)
		fclose(file);
	return counts;
}

/* Sends to a receiver and takes it away again. */
static int receive(const struct receiver *receiver, int program, struct wire *wire, double *ns)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = receiver->mode);
	int link = -1;

	if (receiver->program == NO_PROGRAM) {
		if (command(receiver->up)) {
			command(receiver->down); /* half of its rules */
			return -ENOTSUP;
		}
	} else {
		link = bpf_link_create(program, (int)if_nametoindex("nic"), BPF_XDP, &opts);
		if (link < 0)
			give_up(receiver->what, link);
	}
	*ns = wire_send(wire, TO_NIC);
	if (receiver->program == NO_PROGRAM) {
		if (command(receiver->down))
			give_up(receiver->down, EINVAL);
	} else {
		bpf_link_detach(link);
		close(link);
	}
	return 0;
}

static void round_of(const struct receiver *receiver, int program, struct wire *wire, double sender,
		     double bare, struct result *result)
{
	struct counts before = count(), after;
	double ns, dropped;

	if (result->absent)
		return;
	if (receive(receiver, program, wire, &ns)) {
		result->absent = true;
		return;
	}
	after = count();
	dropped =
		(double)((after.arrived - before.arrived) - (after.delivered - before.delivered)) /
		WIRE_FRAMES;
	if (!result->total.count || dropped < result->dropped)
		result->dropped = dropped;
	series_add(&result->total, ns);
	series_add(&result->received, ns - sender);
	/* The first receiver is what the others are compared with. */
	series_add(&result->ratio, receiver == receivers ? 1 : (ns - sender) / bare);
}

static void tell(const struct series *sender, const struct result *results)
{
	report_note("\nA NIC's path: a packet socket's frames, 65536 flows, dropped at the other "
		    "end of a veth pair");
	report_note("%-34s %9s   %-22s %-22s %s", "ns a packet", "in all",
		    "sender subtracted m/m/m", "times bare min/med/max", "dropped");
	report_note("%-34s %9.1f", "sent to a device that discards", series_at(sender, 0.5));
	for (size_t i = 0; i < RECEIVERS; i++) {
		const struct result *r = &results[i];

		if (r->absent)
			report_note("%-34s left out: %.*s is missing or refuses its rules",
				    receivers[i].what, (int)strcspn(receivers[i].up, " "),
				    receivers[i].up);
		else
			report_note("%-34s %9.1f   %7.1f %6.1f %7.1f %7.3f %6.3f %7.3f %7.2f %%%s",
				    receivers[i].what, series_at(&r->total, 0.5),
				    series_at(&r->received, 0), series_at(&r->received, 0.5),
				    series_at(&r->received, 1), series_at(&r->ratio, 0),
				    series_at(&r->ratio, 0.5), series_at(&r->ratio, 1),
				    100 * r->dropped, r->dropped < 1 ? " NOT ALL" : "");
	}
	report_ratio("xnlb, native: ratio to a bare XDP_DROP, sender subtracted",
		     &results[1].ratio);
}

void measure_wire(struct bare_bpf *bare, unsigned int rounds)
{
	static const struct variant theirs = {1, 4, NONE, 1, false, 0, XNLB_AFFINITY_NONE};
	struct object object = variant_load(&theirs);
	int program[] = {[NO_PROGRAM] = -1,
			 [BARE] = bpf_program__fd(bare->progs.bare_drop),
			 [XNLB] = object_program(&object, "xnlb_xdp")};
	struct result *results = calloc(RECEIVERS, sizeof(*results));
	struct wire *wire = wire_open();
	struct series sender = {0};

	if (!results)
		give_up("memory", ENOMEM);
	wire_send(wire, TO_DISCARD); /* warm */
	for (unsigned int round = 0; round < rounds; round++) {
		double alone = wire_send(wire, TO_DISCARD), bare_ns = 1;

		series_add(&sender, alone);
		for (size_t i = 0; i < RECEIVERS; i++) {
			round_of(&receivers[i], program[receivers[i].program], wire, alone, bare_ns,
				 &results[i]);
			if (i == 0)
				bare_ns = results[0].received.value[round];
		}
	}
	tell(&sender, results);
	wire_close(wire);
	free(results);
	object_close(&object);
}
