// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * watch: the witness on the switch. Reads every frame on every port and judges what the nodes send
 * and what the switch delivers. Ports whose names begin with "node" are nodes. Until SIGTERM; then
 * JSON on stdout:
 *
 *   frames          frames read; `missed`: frames that it could not read (the rest is then void)
 *   cluster_source  frames sent by a node with the cluster MAC as source
 *   announced       ARP, NS or NA sent by a node that bind a cluster IP to another MAC than the
 *                   cluster's: ARP sender, NS source address, NA target
 *   requests        ARP requests and NS for a cluster IP, by others than nodes
 *   answered        of these, how many were answered by: none, one, several
 *   unasked         ARP replies and solicited NA for a cluster IP without a request
 *   ports           by port: frames for a cluster IP to the cluster MAC, IPv4 and IPv6: sent4 and
 *                   sent6 by the machine, got4 and got6 delivered to it
 *   first           the first offence, in words
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "frame.h"
#include "link.h"

#define PORTS_MAX    64 /* by interface index */
#define IPS_MAX	     4
#define REQUESTS_MAX 65536
#define SNAP	     128
#define SLOT_SIZE    256 /* of the ring: SNAP and the header that the kernel writes */
#define SLOTS	     (1u << 18)
#define BLOCK_SIZE   (1u << 20)
#define QUIET_MS     100
#define END_MS	     2000

struct port {
	char name[IF_NAMESIZE];
	bool node;
	unsigned long sent[2], got[2]; /* IPv4, IPv6 */
};

/* A request for a cluster IP: who asked (MAC) for which one, and how often it was answered. */
struct request {
	uint8_t mac[6];
	int ip;
	unsigned int answers;
};

static struct {
	uint8_t mac[6];
	struct arg_addr ip[IPS_MAX];
} cluster;

static struct port ports[PORTS_MAX];
static struct request *requests;
static unsigned int request_count;
static unsigned long frames, cluster_source, announced, unasked;
static char first[200];

static void offence(unsigned long *counter, const struct port *port, const char *what,
		    const uint8_t *frame)
{
	char to[FRAME_MAC_TEXT], from[FRAME_MAC_TEXT];

	++*counter;
	if (!first[0])
		snprintf(first, sizeof(first), "%s: %s (from %s to %s, type %02x%02x)", port->name,
			 what, frame_mac_text(frame + 6, from), frame_mac_text(frame, to),
			 frame[12], frame[13]);
}

/* The number of a cluster IP, -1 for any other address. */
static int cluster_ip(int family, const uint8_t *addr)
{
	int i;

	for (i = 0; i < IPS_MAX; i++) {
		if (cluster.ip[i].family == family &&
		    !memcmp(cluster.ip[i].bytes, addr, frame_addr_size(family)))
			return i;
	}
	return -1;
}

static void note_request(const uint8_t *asker, int ip)
{
	struct request *r = &requests[request_count];

	if (request_count == REQUESTS_MAX)
		errx(1, "more than %d requests", REQUESTS_MAX);
	memcpy(r->mac, asker, 6);
	r->ip = ip;
	request_count++;
}

/* An answer belongs to the last request of that asker for that address. */
static void note_answer(const struct port *port, const uint8_t *frame, int ip)
{
	unsigned int i;

	for (i = request_count; i-- > 0;) {
		if (requests[i].ip == ip && !memcmp(requests[i].mac, frame, 6)) {
			requests[i].answers++;
			return;
		}
	}
	offence(&unasked, port, "answers a request that nobody made", frame);
}

static void judge_arp(const struct port *port, const uint8_t *frame, size_t size)
{
	const uint8_t *arp = frame + 14, *sender = arp + 8, *sender_ip = arp + 14;
	int ip;

	if (size < 14 + 28)
		return;
	if (!port->node) {
		ip = cluster_ip(AF_INET, arp + 24);
		if (ip >= 0 && arp[7] == 1)
			note_request(frame + 6, ip);
		return;
	}
	ip = cluster_ip(AF_INET, sender_ip);
	if (ip < 0)
		return;
	if (memcmp(sender, cluster.mac, 6) != 0)
		offence(&announced, port, "ARP with a cluster IP and another MAC", frame);
	if (arp[7] == 2)
		note_answer(port, frame, ip);
}

/* The link-layer address option of an NS or NA; NULL if it has none. */
static const uint8_t *link_option(const uint8_t *options, const uint8_t *end)
{
	for (; options + 8 <= end && options[1]; options += options[1] * 8) {
		if (options[0] == 1 || options[0] == 2)
			return options + 2;
	}
	return NULL;
}

static void judge_neighbour(const struct port *port, const uint8_t *frame, size_t size)
{
	const uint8_t *ip6 = frame + 14, *icmp = ip6 + 40, *target = icmp + 8, *mac;
	int ip;

	if (size < 14 + 40 + 24 || ip6[6] != IPPROTO_ICMPV6)
		return;
	mac = link_option(icmp + 24, frame + size);
	if (icmp[0] == 135 && !port->node) {
		ip = cluster_ip(AF_INET6, target);
		if (ip >= 0)
			note_request(frame + 6, ip);
	} else if (icmp[0] == 135 && cluster_ip(AF_INET6, ip6 + 8) >= 0) {
		offence(&announced, port, "NS with a cluster IP as source", frame);
	} else if (icmp[0] == 136 && port->node) {
		ip = cluster_ip(AF_INET6, target);
		if (ip < 0)
			return;
		if (!mac || memcmp(mac, cluster.mac, 6) != 0)
			offence(&announced, port, "NA of a cluster IP with another MAC", frame);
		if (icmp[4] & 0x40)
			note_answer(port, frame, ip);
	}
}

/* Frames of clients to the cluster: counted where they enter and wherever they are delivered. */
static void count_cluster(struct port *port, bool delivered, const uint8_t *frame, size_t size)
{
	unsigned int type = (unsigned int)(frame[12] << 8 | frame[13]);
	bool six = type == ETHERTYPE_IPV6;

	if (memcmp(frame, cluster.mac, 6) != 0)
		return;
	if ((type == ETHERTYPE_IP && size >= 34 && cluster_ip(AF_INET, frame + 30) >= 0) ||
	    (six && size >= 54 && cluster_ip(AF_INET6, frame + 38) >= 0))
		(delivered ? port->got : port->sent)[six]++;
}

static void judge(const struct sockaddr_ll *from, const uint8_t *frame, size_t size)
{
	bool delivered = from->sll_pkttype == PACKET_OUTGOING;
	struct port *port;

	if (from->sll_ifindex >= PORTS_MAX || !ports[from->sll_ifindex].name[0] || size < 14)
		return;
	port = &ports[from->sll_ifindex];
	frames++;
	count_cluster(port, delivered, frame, size);
	if (delivered)
		return;
	if (port->node && !memcmp(frame + 6, cluster.mac, 6))
		offence(&cluster_source, port, "the cluster MAC as source", frame);
	if (frame[12] == 0x08 && frame[13] == 0x06)
		judge_arp(port, frame, size);
	else if (frame[12] == 0x86 && frame[13] == 0xdd)
		judge_neighbour(port, frame, size);
}

/* A ring of all frames in this network namespace, cut after SNAP bytes. */
static uint8_t *open_ring(int *out)
{
	struct sock_filter cut = BPF_STMT(BPF_RET | BPF_K, SNAP);
	struct sock_fprog filter = {1, &cut};
	struct tpacket_req ring = {.tp_block_size = BLOCK_SIZE,
				   .tp_block_nr = SLOTS / (BLOCK_SIZE / SLOT_SIZE),
				   .tp_frame_size = SLOT_SIZE,
				   .tp_frame_nr = SLOTS};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int version = TPACKET_V2, fd = socket(AF_PACKET, SOCK_RAW, 0);
	uint8_t *map;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		err(1, "packet ring");
	map = mmap(NULL, (size_t)SLOT_SIZE * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED || bind(fd, (struct sockaddr *)&all, sizeof(all)))
		err(1, "packet ring");
	*out = fd;
	return map;
}

/* Takes the next frame from the ring; false if there is none. */
static bool read_slot(uint8_t *ring)
{
	static unsigned int next;
	uint8_t *slot = ring + (size_t)next * SLOT_SIZE;
	struct tpacket2_hdr *head = (struct tpacket2_hdr *)slot;

	if (!(__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	judge((struct sockaddr_ll *)(slot + TPACKET_ALIGN(sizeof(*head))), slot + head->tp_mac,
	      head->tp_snaplen);
	__atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	next = (next + 1) % SLOTS;
	return true;
}

static void report(int fd)
{
	static unsigned int missed;
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);
	unsigned long answered[3] = {0};
	const char *comma = "";
	unsigned int i;

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		err(1, "statistics");
	missed += stats.tp_drops; /* the kernel counts from the last question on */
	for (i = 0; i < request_count; i++)
		answered[requests[i].answers > 2 ? 2 : requests[i].answers]++;
	printf("{\"frames\": %lu, \"missed\": %u, \"cluster_source\": %lu, \"announced\": %lu,\n",
	       frames, missed, cluster_source, announced);
	printf(" \"requests\": %u, \"answered\": {\"none\": %lu, \"one\": %lu, \"several\": %lu}, "
	       "\"unasked\": %lu,\n \"ports\": {",
	       request_count, answered[0], answered[1], answered[2], unasked);
	for (i = 0; i < PORTS_MAX; i++) {
		const struct port *p = &ports[i];

		if (!p->name[0])
			continue;
		printf("%s\n  \"%s\": {\"sent4\": %lu, \"sent6\": %lu, \"got4\": %lu, \"got6\": "
		       "%lu}",
		       comma, p->name, p->sent[0], p->sent[1], p->got[0], p->got[1]);
		comma = ",";
	}
	printf("},\n \"first\": \"%s\"}\n", first);
	fflush(stdout);
}

/* Reads until SIGTERM has come and then nothing more for QUIET_MS, but no longer than END_MS. */
static void watch(int fd, uint8_t *ring, int signals)
{
	struct pollfd polls[2] = {{fd, POLLIN, 0}, {signals, POLLIN, 0}};
	struct signalfd_siginfo signal;
	uint64_t end = 0;

	while (!end || now_us() < end) {
		if (read_slot(ring))
			continue;
		if (!poll(polls, end ? 1 : 2, end ? QUIET_MS : -1) && end)
			return;
		if (end || !(polls[1].revents & POLLIN))
			continue;
		if (read(signals, &signal, sizeof(signal)) != sizeof(signal))
			err(1, "signal");
		if (signal.ssi_signo == SIGUSR1)
			report(fd);
		else
			end = now_us() + END_MS * 1000;
	}
}

static void find_ports(void)
{
	struct if_nameindex *list = if_nameindex(), *i;

	if (!list)
		err(1, "interfaces");
	for (i = list; i->if_index; i++) {
		if (i->if_index >= PORTS_MAX || !strcmp(i->if_name, "lo") ||
		    !strcmp(i->if_name, "br0"))
			continue;
		snprintf(ports[i->if_index].name, IF_NAMESIZE, "%s", i->if_name);
		ports[i->if_index].node = !strncmp(i->if_name, "node", 4);
	}
	if_freenameindex(list);
}

static const char usage[] = "watch -m CLUSTER_MAC -d CLUSTER_IP...";

static const struct arg rows[] = {
	{'m', ARG_MAC, cluster.mac, 0},
	{'d', ARG_ADDR, cluster.ip, IPS_MAX},
};

int main(int argc, char **argv)
{
	sigset_t mask;
	uint8_t *ring;
	int fd, signals;

	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (!cluster.ip[0].family)
		errx(2, "usage: %s", usage);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, 0);
	requests = calloc(REQUESTS_MAX, sizeof(*requests));
	if (signals < 0 || !requests)
		err(1, "start");
	find_ports();
	ring = open_ring(&fd);
	puts("watching");
	fflush(stdout);
	watch(fd, ring, signals);
	report(fd);
	return 0;
}
