// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flows: sends frames of many distinct flows to a cluster IP and reports who answered each.
 *
 * A flow is a TCP SYN, answered by a SYN-ACK and ended by an RST, or a UDP packet that comes back
 * from an echo server. The answering node is known by the source MAC of the answer. Each packet is
 * numbered (UDP payload, TCP sequence number), and answers are counted for each number, so neither
 * a second node nor a second answer of the same node can hide behind a packet sent again.
 *
 * Output, one line a flow: PROTO SRC:PORT DST:PORT NODE-MAC ANSWERS SENT; no answer: the MAC is
 * "-"; several nodes: their MACs with commas. A summary goes to stderr. Exit status 1 if a flow was
 * not answered by exactly one node, once.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "args.h"
#include "frame.h"
#include "link.h"

#define SENDS_MAX 3
#define NODES_MAX 4
#define MAGIC	  0x786e6c62u
#define QUIET_MS  200 /* this long without an answer, and no late one is to come */

struct flow {
	uint8_t src[16];
	uint16_t sport;
	uint8_t sends;
	bool given_up; /* no answer in time; one that still comes is counted all the same */
	uint8_t nodes; /* distinct MACs that answered */
	uint8_t answers[SENDS_MAX]; /* TCP: all in the first */
	uint8_t mac[NODES_MAX][6];
	uint64_t sent_us;
};

static struct {
	const char *interface;
	uint8_t to_mac[6], own_mac[6];
	struct arg_addr dst, from; /* `from`: the clients' range */
	uint32_t dport, udp, count, clients, window, rate, seed, timeout_ms;
	uint8_t proto;
} opt = {.interface = "eth0", .count = 1000, .window = 64, .seed = 1, .timeout_ms = 1000};

static struct flow *flows;
static uint32_t *slots, slot_mask; /* hash table: index of a flow + 1 */
static int fd;

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t draw(void)
{
	static uint64_t state;

	return mix(opt.seed ^ mix(++state));
}

/* The address of client number `n`: the range's prefix, then bits from the seed. */
static void client_address(uint64_t n, uint8_t out[16])
{
	uint64_t words[2] = {mix(opt.seed + 2 * n), mix(~(uint64_t)opt.seed - 2 * n)};
	unsigned int i, size = (unsigned int)frame_addr_size(opt.dst.family);
	uint8_t random[16];

	memset(out, 0, 16);
	memcpy(random, words, sizeof(random));
	for (i = 0; i < size * 8; i++) {
		const uint8_t *from = i < opt.from.prefix ? opt.from.bytes : random;

		out[i / 8] |= (uint8_t)(from[i / 8] & 0x80u >> i % 8);
	}
}

/* The slot of a flow, or the free one where it belongs. */
static uint32_t *find_slot(const uint8_t src[16], uint16_t sport)
{
	uint64_t words[2];
	uint64_t at;

	memcpy(words, src, 16);
	at = mix(words[0] ^ mix(words[1] ^ sport));
	for (;; at++) {
		uint32_t *slot = &slots[at & slot_mask];

		if (!*slot ||
		    (flows[*slot - 1].sport == sport && !memcmp(flows[*slot - 1].src, src, 16)))
			return slot;
	}
}

static void make_flows(void)
{
	uint32_t i, size = 1;

	while (size < opt.count * 2)
		size *= 2;
	slot_mask = size - 1;
	flows = calloc(opt.count, sizeof(*flows));
	slots = calloc(size, sizeof(*slots));
	if (!flows || !slots)
		errx(1, "no memory");
	for (i = 0; i < opt.count; i++) {
		uint32_t *slot;

		do {
			client_address(draw() % opt.clients, flows[i].src);
			flows[i].sport = (uint16_t)(1024 + draw() % 64512);
			slot = find_slot(flows[i].src, flows[i].sport);
		} while (*slot);
		*slot = i + 1;
	}
}

/* A SYN is stamped with how often it was sent: the answer to it says which one it was. */
static void send_frame(const struct flow *flow, uint8_t flags, uint32_t seq, const uint32_t *number)
{
	uint8_t bytes[FRAME_MAX];
	struct frame frame = {.family = opt.dst.family,
			      .proto = opt.proto,
			      .sport = flow->sport,
			      .dport = (uint16_t)opt.dport,
			      .flags = flags,
			      .seq = seq,
			      .stamp = flags & TH_SYN ? flow->sends : 0,
			      .payload = (const uint8_t *)number,
			      .payload_size = 12};
	size_t size;

	memcpy(frame.to_mac, opt.to_mac, 6);
	memcpy(frame.from_mac, opt.own_mac, 6);
	memcpy(frame.src, flow->src, 16);
	memcpy(frame.dst, opt.dst.bytes, 16);
	size = frame_write(&frame, bytes);
	while (send(fd, bytes, size, 0) != (ssize_t)size) {
		if (errno != ENOBUFS && errno != EAGAIN)
			err(1, "send");
		poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 10);
	}
}

/* The initial sequence number of a flow; a SYN sent again has the same. */
static uint32_t flow_seq(uint32_t i)
{
	return (uint32_t)mix(opt.seed ^ i);
}

static void send_flow(uint32_t i)
{
	struct flow *flow = &flows[i];
	uint32_t number[3] = {MAGIC, i, flow->sends};

	flow->sends++;
	flow->sent_us = now_us();
	send_frame(flow, TH_SYN, flow_seq(i), number);
}

static void note_answer(struct flow *flow, unsigned int number, const uint8_t mac[6])
{
	unsigned int i;

	if (flow->answers[number] < 255)
		flow->answers[number]++;
	for (i = 0; i < flow->nodes; i++) {
		if (!memcmp(flow->mac[i], mac, 6))
			return;
	}
	if (flow->nodes < NODES_MAX)
		memcpy(flow->mac[flow->nodes++], mac, 6);
}

enum answer { NO_ANSWER, FIRST_ANSWER, ANOTHER_ANSWER };

static enum answer take_answer(const struct frame *frame)
{
	struct flow *flow;
	uint32_t *slot, i, number[3];

	if (frame->family != opt.dst.family || frame->proto != opt.proto ||
	    frame->sport != opt.dport || memcmp(frame->src, opt.dst.bytes, 16) != 0)
		return NO_ANSWER;
	slot = find_slot(frame->dst, frame->dport);
	if (!*slot)
		return NO_ANSWER;
	i = *slot - 1;
	flow = &flows[i];
	if (opt.proto == IPPROTO_TCP) {
		if ((frame->flags & (TH_SYN | TH_ACK | TH_RST)) != (TH_SYN | TH_ACK) ||
		    frame->ack != flow_seq(i) + 1)
			return NO_ANSWER;
		send_frame(flow, TH_RST, frame->ack, NULL);
		note_answer(flow, 0, frame->from_mac);
	} else {
		if (frame->payload_size < sizeof(number))
			return NO_ANSWER;
		memcpy(number, frame->payload, sizeof(number));
		if (number[0] != MAGIC || number[1] != i || number[2] >= flow->sends)
			return NO_ANSWER;
		note_answer(flow, number[2], frame->from_mac);
	}
	if (flow->given_up || flow->answers[0] + flow->answers[1] + flow->answers[2] > 1)
		return ANOTHER_ANSWER;
	return FIRST_ANSWER;
}

/* Receives what is there; the number of flows that need not be waited for any more. */
static uint32_t receive(bool *any)
{
	enum answer answer;
	uint32_t first = 0;
	uint8_t bytes[2048];
	struct frame frame;
	ssize_t size;

	while ((size = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		if (!frame_read(bytes, (size_t)size, &frame))
			continue;
		answer = take_answer(&frame);
		*any |= answer != NO_ANSWER;
		first += answer == FIRST_ANSWER;
	}
	return first;
}

/* Sends all flows, at most `window` unanswered at a time; a flow without an answer again. */
static void exchange(void)
{
	uint32_t *waiting = calloc((size_t)opt.count * SENDS_MAX, sizeof(*waiting));
	uint32_t head = 0, tail = 0, next = 0, open = 0;
	uint64_t start = now_us(), quiet;
	bool any = false;

	if (!waiting)
		errx(1, "no memory");
	while (next < opt.count || open) {
		uint64_t now = now_us();

		while (next < opt.count && open < opt.window &&
		       (!opt.rate || next <= (now - start) * opt.rate / 1000000)) {
			waiting[tail++] = next;
			send_flow(next++);
			open++;
		}
		poll(&(struct pollfd){fd, POLLIN, 0}, 1, 1);
		open -= receive(&any);
		for (; head < tail; head++) {
			uint32_t i = waiting[head];

			if (flows[i].nodes)
				continue;
			if (now_us() - flows[i].sent_us < opt.timeout_ms * 1000ull)
				break;
			if (flows[i].sends == SENDS_MAX) {
				flows[i].given_up = true;
				open--;
			} else {
				waiting[tail++] = i;
				send_flow(i);
			}
		}
	}
	free(waiting);
	for (quiet = now_us(); now_us() - quiet < QUIET_MS * 1000;) {
		any = false;
		poll(&(struct pollfd){fd, POLLIN, 0}, 1, 20);
		receive(&any);
		if (any)
			quiet = now_us();
	}
}

static void print_end(const uint8_t addr[16], uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(opt.dst.family, addr, text, sizeof(text));
	printf(opt.dst.family == AF_INET ? " %s:%u" : " [%s]:%u", text, port);
}

/* One line a flow; true if all were answered by one node, once. */
static bool report(void)
{
	uint32_t i, none = 0, several = 0, twice = 0, again = 0;
	char mac[FRAME_MAC_TEXT];

	for (i = 0; i < opt.count; i++) {
		const struct flow *flow = &flows[i];
		unsigned int n, answers = 0;
		bool extra = false;

		for (n = 0; n < SENDS_MAX; n++) {
			answers += flow->answers[n];
			extra |= flow->answers[n] > (opt.proto == IPPROTO_TCP ? flow->sends : 1);
		}
		none += !flow->nodes;
		several += flow->nodes > 1;
		twice += extra && flow->nodes == 1;
		again += flow->sends > 1;
		fputs(opt.proto == IPPROTO_TCP ? "tcp" : "udp", stdout);
		print_end(flow->src, flow->sport);
		print_end(opt.dst.bytes, (uint16_t)opt.dport);
		putchar(' ');
		for (n = 0; n < flow->nodes; n++)
			printf("%s%s", n ? "," : "", frame_mac_text(flow->mac[n], mac));
		printf("%s %u %u\n", flow->nodes ? "" : "-", answers, flow->sends);
	}
	fprintf(stderr,
		"flows: %u: %u answered by exactly one node, %u by none, %u by several, %u twice "
		"by one; %u sent again\n",
		opt.count, opt.count - none - several, none, several, twice, again);
	return !none && !several && !twice;
}

static const char usage[] =
	"flows -m CLUSTER_MAC -d CLUSTER_IP -p PORT -f RANGE/PREFIX [-u] [-n FLOWS] [-c CLIENTS]\n"
	"  [-s SEED] [-w WINDOW] [-r PER_SECOND] [-t TIMEOUT_MS] [-i INTERFACE]";

static const struct arg rows[] = {
	{'i', ARG_TEXT, &opt.interface, 0}, {'m', ARG_MAC, opt.to_mac, 0},
	{'d', ARG_ADDR, &opt.dst, 0},	    {'f', ARG_ADDR, &opt.from, 0},
	{'u', ARG_FLAG, &opt.udp, 0},	    {'p', ARG_NUMBER, &opt.dport, 0},
	{'n', ARG_NUMBER, &opt.count, 0},   {'c', ARG_NUMBER, &opt.clients, 0},
	{'s', ARG_NUMBER, &opt.seed, 0},    {'w', ARG_NUMBER, &opt.window, 0},
	{'r', ARG_NUMBER, &opt.rate, 0},    {'t', ARG_NUMBER, &opt.timeout_ms, 0},
};

int main(int argc, char **argv)
{
	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (!opt.dst.family || opt.from.family != opt.dst.family || !opt.count || !opt.dport)
		errx(2, "usage: %s", usage);
	opt.proto = opt.udp ? IPPROTO_UDP : IPPROTO_TCP;
	if (!opt.clients)
		opt.clients = opt.count / 3 + 1; /* some clients have several flows */
	fd = link_open(opt.interface, opt.own_mac);
	make_flows();
	exchange();
	return report() ? 0 : 1;
}
