// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tc ingress companion on a cable: a veth pair in a namespace of the test's own. What only a
 * real receive path shows: who gets the packet, and that answers leave where the request came in.
 */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bpf/network.h"
#include "bpf/programs.h"

#define PORT  7
#define LEFT  "left"
#define RIGHT "right"

static struct programs programs;
static struct tables *tables;
static int wire; /* whole frames at the left end */

static void load(void)
{
	network_new();
	network_sysctl("ipv4/conf/all/rp_filter", "0");
	network_sysctl("ipv4/conf/default/rp_filter", "0");
	network_sysctl("ipv4/conf/default/arp_ignore", "1");
	network_address(IP4);
	network_address(IP6);
	network_veth(LEFT, RIGHT, 9000);
	wire = network_raw(LEFT);
	tables = programs_tables(&test_cluster, 1, &test_key);
	programs_load(tables, &programs);
}

static void unload(void)
{
	programs_close(&programs);
	tables_free(tables);
	close(wire);
}

TestSuite(wire, .init = load, .fini = unload);

static void attach(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(RIGHT),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = programs.ingress);

	cr_assert_eq(bpf_tc_hook_create(&hook), 0, "%s", strerror(errno));
	cr_assert_eq(bpf_tc_attach(&hook, &options), 0, "%s", strerror(errno));
}

static void attach_generic_xdp(void)
{
	const int right = (int)if_nametoindex(RIGHT);

	cr_assert_eq(bpf_xdp_attach(right, programs.xdp, XDP_FLAGS_SKB_MODE, NULL), 0);
}

/* Does the interface take frames yet? */
static bool is_up(void *data)
{
	static const struct packet probe = {.type = 0x88b5, .payload = 46};
	uint8_t frame[PACKET_MAX];

	(void)data;
	return send(wire, frame, packet_build(&probe, frame), 0) > 0;
}

static void send_frame(const struct packet *packet)
{
	uint8_t frame[PACKET_MAX];
	size_t size = packet_build(packet, frame);

	cr_assert_eq(send(wire, frame, size, 0), (ssize_t)size, "%s", strerror(errno));
}

static void wait_at_most(int fd, int seconds)
{
	const struct timeval limit = {.tv_sec = seconds};

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

/* The source port of the next datagram that the node's server gets. */
static uint16_t next_sender(int server)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	char payload[100];
	ssize_t got =
		recvfrom(server, payload, sizeof(payload), 0, (struct sockaddr *)&from, &size);

	cr_assert_geq(got, 0, "%s", strerror(errno));
	if (from.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&from)->sin6_port);
	return ntohs(((struct sockaddr_in *)&from)->sin_port);
}

static unsigned long long counted(enum xnlb_reason reason)
{
	static unsigned long long sums[XNLB_RULES_MAX + 1][XNLB_REASONS];

	programs_counters(&programs, sums);
	return sums[0][reason];
}

static struct packet datagram(const char *to, const char *dst, uint16_t number)
{
	return (struct packet){.to = to,
			       .src = strchr(dst, ':') ? CLIENT6 : CLIENT4,
			       .dst = dst,
			       .proto = IPPROTO_UDP,
			       .sport = number,
			       .dport = PORT};
}

/*
 * Frames to the MAC that the XDP program stamps are not this interface's own: without the companion
 * the stack ignores them, as on veth, whose native XDP keeps the packet type.
 */
static void try_stamped(const char *dst)
{
	int server = network_bound(SOCK_DGRAM, dst, PORT);
	struct packet before = datagram(NODE1_MAC, dst, 1), after = datagram(NODE1_MAC, dst, 2);

	wait_at_most(server, 5);
	network_await("the cable", is_up, NULL);
	send_frame(&before);
	attach();
	send_frame(&after);
	cr_expect_eq(next_sender(server), 2, "%s", dst);
	close(server);
}

Test(wire, stamped)
{
	try_stamped(IP4);
}

Test(wire, stamped6)
{
	try_stamped(IP6);
}

/*
 * Frames to the cluster MAC that no XDP program has judged: the stack takes datagrams out of them
 * (the MAC is a group's), so every node would. The companion drops them, and takes nothing else.
 */
static void try_unjudged(const char *dst)
{
	int server = network_bound(SOCK_DGRAM, dst, PORT);
	struct packet one = datagram(CLUSTER_MAC, dst, 1), two = datagram(CLUSTER_MAC, dst, 2),
		      three = datagram(NODE1_MAC, dst, 3);

	wait_at_most(server, 5);
	network_await("the cable", is_up, NULL);
	send_frame(&one);
	cr_expect_eq(next_sender(server), 1, "%s", dst);
	attach();
	send_frame(&two);
	send_frame(&three);
	cr_expect_eq(next_sender(server), 3, "%s", dst);
	cr_expect_eq(counted(XNLB_REASON_NO_FILTER), 1, "%s", dst);
	close(server);
}

Test(wire, unjudged)
{
	try_unjudged(IP4);
}

Test(wire, unjudged6)
{
	try_unjudged(IP6);
}

/*
 * Receives a frame that came in at the left end, whole: the kernel keeps the outer tag beside it.
 * Returns its size, 0 for one that was sent.
 */
static size_t receive(const char *what, uint8_t frame[PACKET_MAX + 4])
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec part = {frame, PACKET_MAX};
	struct sockaddr_ll from;
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(wire, &message, 0);
	struct cmsghdr *extra = CMSG_FIRSTHDR(&message);
	struct tpacket_auxdata facts = {0};

	cr_assert_geq(size, 0, "%s: %s", what, strerror(errno));
	if (from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	if (extra && extra->cmsg_type == PACKET_AUXDATA)
		memcpy(&facts, CMSG_DATA(extra), sizeof(facts));
	if (facts.tp_status & TP_STATUS_VLAN_VALID) {
		const uint16_t tag[2] = {htons(facts.tp_vlan_tpid), htons(facts.tp_vlan_tci)};

		memmove(frame + 16, frame + 12, (size_t)size - 12);
		memcpy(frame + 12, tag, sizeof(tag));
		size += 4;
	}
	return (size_t)size;
}

/* Waits for one frame among those that come in at the left end. */
static void expect_frame(const char *what, const struct packet *packet)
{
	uint8_t frame[PACKET_MAX + 4], wanted[PACKET_MAX];
	size_t size = packet_build(packet, wanted), got;
	int yes = 1;

	wait_at_most(wire, 5);
	cr_assert_eq(setsockopt(wire, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof(yes)), 0);
	do
		got = receive(what, frame);
	while (got != size || memcmp(frame, wanted, size) != 0);
}

static const struct packet arp = {.to = BROADCAST, .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}};
static const struct packet arp_reply = {
	.to = CLIENT_MAC, .from = NODE1_MAC, .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4}};
static const struct packet solicitation = {
	.to = GROUP_MAC,
	.src = "fe80::3",
	.dst = "ff02::1:ff00:100",
	.nd = {135, .target = IP6},
};
static const struct packet advertisement = {
	.to = CLIENT_MAC,
	.from = NODE1_MAC,
	.src = IP6,
	.dst = "fe80::3",
	.nd = {136, 0x60000000, IP6, 2, .mac = CLUSTER_MAC},
};

Test(wire, answers)
{
	network_await("the cable", is_up, NULL);
	attach();
	send_frame(&arp);
	expect_frame("ARP", &arp_reply);
	send_frame(&solicitation);
	expect_frame("solicitation", &advertisement);
	cr_expect_eq(counted(XNLB_REASON_ANSWERED), 2);
}

/*
 * Behind generic XDP, which hands on a copy without its Ethernet header, and has the kernel compare
 * the stamp with the interface's MAC: what is answered and what is delivered is the same.
 */
Test(wire, behind_generic_xdp)
{
	static const struct packet request = {
		.to = BROADCAST, .tag = {VLAN_8021Q}, .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}};
	static const struct packet reply = {.to = CLIENT_MAC,
					    .from = NODE1_MAC,
					    .tag = {VLAN_8021Q},
					    .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4}};
	int server = network_bound(SOCK_DGRAM, IP4, 80),
	    server6 = network_bound(SOCK_DGRAM, IP6, 80);
	struct packet four = datagram(CLUSTER_MAC, IP4, 1), six = datagram(CLUSTER_MAC, IP6, 2);

	four.dport = six.dport = 80; /* this node's, by rule */
	network_mac(RIGHT, packet_mac(NODE1_MAC));
	wait_at_most(server, 5);
	wait_at_most(server6, 5);
	network_await("the cable", is_up, NULL);
	attach();
	attach_generic_xdp();
	send_frame(&arp);
	expect_frame("ARP", &arp_reply);
	send_frame(&request);
	expect_frame("ARP, tagged", &reply);
	send_frame(&solicitation);
	expect_frame("solicitation", &advertisement);
	send_frame(&four);
	cr_expect_eq(next_sender(server), 1);
	send_frame(&six);
	cr_expect_eq(next_sender(server6), 2);
	cr_expect_eq(counted(XNLB_REASON_ANSWERED), 3);
	cr_expect_eq(counted(XNLB_REASON_NO_FILTER), 0);
	close(server);
	close(server6);
}

/* A frame with that many tags of VLAN 0, which the kernel strips, however many there are. */
static void send_tagged(const struct packet *packet, unsigned int tags)
{
	static const uint8_t tag[4] = {0x81};
	uint8_t whole[PACKET_MAX], frame[PACKET_MAX];
	size_t size = packet_build(packet, whole), at = 12;

	memcpy(frame, whole, at);
	for (unsigned int i = 0; i < tags; i++, at += sizeof(tag))
		memcpy(frame + at, tag, sizeof(tag));
	memcpy(frame + at, whole + 12, size - 12);
	size += at - 12;
	cr_assert_eq(send(wire, frame, size, 0), (ssize_t)size, "%s", strerror(errno));
}

/* Nobody gets round a disabled rule by tags. The last datagram is one that the node takes. */
Test(wire, no_way_round_by_tags)
{
	int disabled = network_bound(SOCK_DGRAM, IP4, 23),
	    mine = network_bound(SOCK_DGRAM, IP4, 80);
	struct packet last = datagram(CLUSTER_MAC, IP4, 99);
	char payload[1];

	last.dport = 80;
	network_mac(RIGHT, packet_mac(NODE1_MAC));
	wait_at_most(mine, 5);
	network_await("the cable", is_up, NULL);
	attach();
	attach_generic_xdp();
	for (unsigned int tags = 0; tags <= 6; tags++) {
		struct packet cluster = datagram(CLUSTER_MAC, IP4, 1);
		struct packet own = datagram(NODE1_MAC, IP4, 2);

		cluster.dport = own.dport = 23;
		send_tagged(&cluster, tags);
		send_tagged(&own, tags);
	}
	send_frame(&last);
	cr_expect_eq(next_sender(mine), 99);
	cr_expect_eq(recv(disabled, payload, sizeof(payload), MSG_DONTWAIT), -1);
	cr_expect_geq(counted(XNLB_REASON_TAGS), 6, "%llu", counted(XNLB_REASON_TAGS));
	close(disabled);
	close(mine);
}

/*
 * What then stands in place of the EtherType is the sender's to choose: the end of its MAC in an
 * ARP request, a part of its address in a solicitation. It must not be taken for an EtherType.
 */
Test(wire, behind_generic_xdp_looks_like_a_header)
{
	static const struct packet requests[] = {
		{.to = BROADCAST,
		 .from = CLIENT_0806,
		 .arp = {1, CLIENT_0806, CLIENT4, NO_MAC, IP4}},
		{.to = GROUP_MAC,
		 .src = "fd01:0:86dd::3",
		 .dst = "ff02::1:ff00:100",
		 .nd = {135, .target = IP6, .option = 1, .mac = CLIENT_MAC}},
	};
	static const struct packet replies[] = {
		{.to = CLIENT_0806,
		 .from = NODE1_MAC,
		 .arp = {2, CLUSTER_MAC, IP4, CLIENT_0806, CLIENT4}},
		{.to = CLIENT_MAC,
		 .from = NODE1_MAC,
		 .src = IP6,
		 .dst = "fd01:0:86dd::3",
		 .nd = {136, 0x60000000, IP6, 2, .mac = CLUSTER_MAC}},
	};

	network_mac(RIGHT, packet_mac(NODE1_MAC));
	network_await("the cable", is_up, NULL);
	attach();
	attach_generic_xdp();
	for (size_t i = 0; i < COUNT(requests); i++) {
		send_frame(&requests[i]);
		expect_frame(i ? "solicitation" : "ARP", &replies[i]);
	}
	cr_expect_eq(counted(XNLB_REASON_ANSWERED), COUNT(requests));
}

/* Headers outside the linear part of the socket buffer: a long frame, of which 14 bytes are in it.
 */
Test(wire, headers_in_pages)
{
	static const struct packet request = {
		.to = BROADCAST, .arp = {1, CLIENT_MAC, CLIENT4, NO_MAC, IP4}, .payload = 6000};
	static const struct packet reply = {.to = CLIENT_MAC,
					    .from = NODE1_MAC,
					    .arp = {2, CLUSTER_MAC, IP4, CLIENT_MAC, CLIENT4},
					    .payload = 6000};
	struct virtio_net_hdr_v1 header = {.hdr_len = 14};
	uint8_t frame[PACKET_MAX];
	struct iovec parts[] = {{&header, sizeof(struct virtio_net_hdr)},
				{frame, packet_build(&request, frame)}};
	struct sockaddr_ll name = {.sll_family = AF_PACKET,
				   .sll_ifindex = (int)if_nametoindex(LEFT)};
	int paged = network_raw(LEFT), yes = 1;

	cr_assert_eq(bind(paged, (struct sockaddr *)&name, sizeof(name)), 0);
	cr_assert_eq(setsockopt(paged, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)), 0);
	network_await("the cable", is_up, NULL);
	attach();
	cr_assert_eq(writev(paged, parts, 2), (ssize_t)(parts[0].iov_len + parts[1].iov_len), "%s",
		     strerror(errno));
	expect_frame("ARP", &reply);
	close(paged);
}
