// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Buckets that move, and leases: what node 1 does with a packet by the owner's entry, by its lease,
 * and by whether one of its sockets has the connection.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/beat.h"
#include "bpf/sockets.h"

#define RULE  "mine-none"
#define PORT  80
#define OTHER 2
#define MOVES XNLB_OWNER_MOVING

enum lease {
	FOREVER,  /* no daemon keeps it */
	RUNNING,  /* ends later */
	TICKS_UP, /* by jiffies it is over, by the exact time not yet */
	LATE,	  /* by jiffies it runs, by the exact time it is over */
	OVER,
	FENCED, /* it was renewed just when the program ended it */
};

enum kind {
	SYN,	  /* opens a connection */
	ACK,	  /* of no connection here */
	ACK_HERE, /* of one here */
	SYN_ACK,  /* of no connection here */
	DATAGRAM, /* nobody here is connected to its sender */
	UDP_HERE, /* somebody is */
	KINDS
};

static const char *const kind_name[] = {"SYN",	   "ACK",      "ACK, socket here",
					"SYN ACK", "datagram", "datagram, socket here"};

static const struct expected {
	const char *name;
	uint8_t entry;
	enum lease lease;
	enum xnlb_reason reason[KINDS];
} expected[] = {
#define MINE   REASON(OWN_BUCKET)
#define THEIRS REASON(OTHER_BUCKET)
#define ALL(one)                             \
	{                                    \
		one, one, one, one, one, one \
	}
	{"mine, no daemon", 1, FOREVER, ALL(MINE)},
	{"mine, leased", 1, RUNNING, ALL(MINE)},
	{"mine, some ticks to go",
	 1,
	 TICKS_UP,
	 {MINE, REASON(NO_LEASE), REASON(KEPT), REASON(NO_LEASE), REASON(NO_LEASE), REASON(KEPT)}},
	{"mine, just over", 1, LATE, {REASON(NO_LEASE), MINE, MINE, MINE, MINE, MINE}},
	{"mine, over",
	 1,
	 OVER,
	 {REASON(NO_LEASE), REASON(NO_LEASE), REASON(KEPT), REASON(NO_LEASE), REASON(NO_LEASE),
	  REASON(KEPT)}},
	{"mine, fenced",
	 1,
	 FENCED,
	 {REASON(NO_LEASE), REASON(NO_LEASE), REASON(KEPT), REASON(NO_LEASE), REASON(NO_LEASE),
	  REASON(KEPT)}},
	{"mine, flows elsewhere",
	 1 | MOVES,
	 RUNNING,
	 {MINE, REASON(MOVING), MINE, REASON(MOVING), MINE, MINE}},
	{"mine, flows elsewhere, no daemon",
	 1 | MOVES,
	 FOREVER,
	 {MINE, REASON(MOVING), MINE, REASON(MOVING), MINE, MINE}},
	{"mine, flows elsewhere, over",
	 1 | MOVES,
	 OVER,
	 {REASON(NO_LEASE), REASON(NO_LEASE), REASON(KEPT), REASON(NO_LEASE), REASON(NO_LEASE),
	  REASON(KEPT)}},
	{"theirs", OTHER, RUNNING, ALL(THEIRS)},
	{"theirs, over", OTHER, OVER, ALL(THEIRS)},
	{"theirs, flows here",
	 OTHER | MOVES,
	 RUNNING,
	 {THEIRS, THEIRS, REASON(KEPT), THEIRS, THEIRS, REASON(KEPT)}},
	{"theirs, flows here, over",
	 OTHER | MOVES,
	 OVER,
	 {THEIRS, THEIRS, REASON(KEPT), THEIRS, THEIRS, REASON(KEPT)}},
	{"nobody takes it yet",
	 MOVES,
	 RUNNING,
	 {REASON(MOVING), REASON(MOVING), REASON(KEPT), REASON(MOVING), REASON(MOVING),
	  REASON(KEPT)}},
	{"nobody's", 0, RUNNING, ALL(REASON(NO_OWNER))},
};

static const struct side sides[] = {{IP4, "10.9.0.1"}, {IP6, "fd09::1"}};

static struct programs programs;
static struct tables *tables;

static void load(void)
{
	sockets_new_namespace();
	tables = programs_tables(&test_cluster, 1, &test_key);
	programs_load(tables, &programs);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
}

TestSuite(xdp_moving, .init = load, .fini = unload);

static void set_lease(enum lease lease)
{
	uint64_t past = beat_boottime() - 1, future = past + 10 * SECOND;
	struct xnlb_live live = {.epoch = 1};

	if (lease == FOREVER) {
		live.lease_ns = XNLB_LEASE_FOREVER;
	} else {
		live.lease_ns = lease == OVER || lease == LATE ? past : future;
		live.lease_jiffies =
			lease == RUNNING || lease == LATE || lease == FENCED ? UINT64_MAX : 0;
		live.fenced = lease == FENCED;
	}
	programs_write(&programs, "live", 0, &live);
}

static void set_owner(uint32_t plan, uint8_t entry)
{
	static struct xnlb_plan all;

	memset(&all, entry, sizeof(all));
	programs_write(&programs, "owners", plan, &all);
}

/* Two sockets of this node: a TCP connection and a connected UDP socket, both at PORT. */
struct here {
	struct connection tcp;
	int udp;
	uint16_t udp_from;
};

static struct here open_sockets(const struct side *side)
{
	struct here here = {.tcp = sockets_connect(side, PORT),
			    .udp = network_bound(SOCK_DGRAM, side->cluster, PORT)};
	struct sockaddr_storage to;
	socklen_t size = network_sockaddr(side->peer, 5000, &to);

	cr_assert_eq(connect(here.udp, (struct sockaddr *)&to, size), 0);
	here.udp_from = 5000;
	return here;
}

static struct packet packet_of(const struct side *side, const struct here *here, enum kind kind)
{
	switch (kind) {
	case SYN:
		return sockets_arriving(side, IPPROTO_TCP, 6000, PORT, TCP_SYN);
	case SYN_ACK:
		return sockets_arriving(side, IPPROTO_TCP, 6000, PORT, TCP_SYN | TCP_ACK);
	case ACK:
		return sockets_arriving(side, IPPROTO_TCP, 6000, PORT, TCP_ACK);
	case ACK_HERE:
		return sockets_arriving(side, IPPROTO_TCP, here->tcp.their_port, PORT, TCP_ACK);
	case UDP_HERE:
		return sockets_arriving(side, IPPROTO_UDP, here->udp_from, PORT, 0);
	default:
		return sockets_arriving(side, IPPROTO_UDP, 6000, PORT, 0);
	}
}

static void try_row(const struct side *side, const struct here *here, const struct expected *wanted,
		    enum kind kind)
{
	char name[128];
	struct row row = {.name = name,
			  .packet = packet_of(side, here, kind),
			  .reason = wanted->reason[kind],
			  .rule = RULE};

	snprintf(name, sizeof(name), "%s: %s, %s", side->cluster, wanted->name, kind_name[kind]);
	row.verdict = reason_verdict(row.reason) == XNLB_VERDICT_ACCEPT ? TAKEN : DROPPED;
	xdp_row(&programs, &row);
}

Test(xdp_moving, by_entry_lease_and_socket)
{
	for (size_t s = 0; s < COUNT(sides); s++) {
		struct here here = open_sockets(&sides[s]);

		for (size_t i = 0; i < COUNT(expected); i++) {
			set_owner(tables->rule[test_rule(RULE)].plan, expected[i].entry);
			set_lease(expected[i].lease);
			for (int kind = 0; kind < KINDS; kind++)
				try_row(&sides[s], &here, &expected[i], (enum kind)kind);
		}
		close(here.udp);
		close(here.tcp.mine);
		close(here.tcp.theirs);
	}
}

/* A listener takes packets of anybody: it says nothing about who has a connection. */
Test(xdp_moving, a_listener_is_no_connection)
{
	int listener = network_bound(SOCK_STREAM, IP4, PORT);
	struct row row = {.name = "an ACK for a listener",
			  .packet = sockets_arriving(&sides[0], IPPROTO_TCP, 6000, PORT, TCP_ACK),
			  .verdict = DROPPED,
			  .reason = XNLB_REASON_MOVING,
			  .rule = RULE};

	cr_assert_eq(listen(listener, 1), 0);
	set_owner(tables->rule[test_rule(RULE)].plan, 1 | MOVES);
	set_lease(RUNNING);
	xdp_row(&programs, &row);
}

/* Without a rule: what opens a connection is the default node's, if it has a lease. */
Test(xdp_moving, the_default_node_needs_a_lease)
{
	struct row syn = {.name = "a SYN without a rule",
			  .packet = sockets_arriving(&sides[0], IPPROTO_TCP, 6000, 4444, TCP_SYN),
			  .verdict = DROPPED,
			  .reason = XNLB_REASON_NO_LEASE};
	struct connection here = sockets_connect(&sides[0], 4445);
	struct row reply = {
		.name = "a reply without a rule",
		.packet = sockets_arriving(&sides[0], IPPROTO_TCP, here.their_port, 4445, TCP_ACK),
		.verdict = TAKEN,
		.reason = XNLB_REASON_LOCAL_SOCKET};
	struct row ping = {
		.name = "an ICMP echo request",
		.packet = {.src = CLIENT4, .dst = IP4, .proto = IPPROTO_ICMP, .icmp_type = 8},
		.verdict = DROPPED,
		.reason = XNLB_REASON_NO_LEASE};

	set_lease(OVER);
	xdp_row(&programs, &syn);
	xdp_row(&programs, &reply);
	xdp_row(&programs, &ping);
	set_lease(RUNNING);
	syn.verdict = reply.verdict = ping.verdict = TAKEN;
	syn.reason = reply.reason = ping.reason = XNLB_REASON_DEFAULT_NODE;
	xdp_row(&programs, &syn);
	xdp_row(&programs, &reply);
	xdp_row(&programs, &ping);
	set_lease(LATE);
	syn.verdict = DROPPED;
	syn.reason = XNLB_REASON_NO_LEASE;
	xdp_row(&programs, &syn);
}

/* Who answers for the cluster IPs is the default node, while it may serve. */
Test(xdp_moving, no_answer_without_a_lease)
{
	const struct packet request = {.to = BROADCAST,
				       .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}};
	const enum lease leases[] = {FOREVER, RUNNING, TICKS_UP, LATE, OVER, FENCED};
	static struct outcome outcome;
	uint8_t frame[PACKET_MAX];
	size_t size = packet_build(&request, frame);

	for (size_t i = 0; i < COUNT(leases); i++) {
		bool answers =
			leases[i] == FOREVER || leases[i] == RUNNING || leases[i] == TICKS_UP;

		set_lease(leases[i]);
		programs_run(&programs, programs.ingress, "request", frame, size, &outcome);
		cr_expect_eq(outcome.counted.packets, answers, "lease %zu", i);
		if (answers)
			cr_expect_eq(outcome.counted.reason, XNLB_REASON_ANSWERED);
	}
	set_lease(RUNNING);
	set_owner(0, 1 | MOVES);
	programs_run(&programs, programs.ingress, "request", frame, size, &outcome);
	cr_expect_eq(outcome.counted.packets, 1, "a default node whose bucket moves answers");
	set_owner(0, MOVES);
	programs_run(&programs, programs.ingress, "request", frame, size, &outcome);
	cr_expect_eq(outcome.counted.packets, 0, "one that does not take it yet does not");
}
