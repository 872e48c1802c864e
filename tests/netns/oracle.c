// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * oracle: is each SYN that a client sends taken by at most one node? Listens on the client, on each
 * node behind its XDP program, and on the switch, of the lab in FOLDER; judges at SIGTERM
 * (events.h).
 * `-a FILE` tells when nodes could not hear each other; with `-e FILE` all that was seen goes
 * there. With `-n COUNT` nodes 1 .. COUNT are guests: what such a node takes is seen at its port of
 * the switch, by the SYN-ACK that it answers with, whose timestamp says to which frame; of several
 * that it took, to the first. JSON on stdout:
 *
 *   missed         frames that it could not read (the rest is then void)
 *   syns, sent     SYNs, and how often they were sent, again included
 *   taken          by nodes; `nobody`: SYNs that no node took, however often they were sent
 *   moved          SYNs that were sent again, and one frame taken by one node, one by another
 *   twice          frames taken by two nodes that could hear each other
 *   twice_apart    the same, by two that could not
 *   resets         sent by nodes from a cluster IP
 *   foreign        resets of a connection that another node has
 *   foreign_apart  the same, of a node that it could not hear
 *   half_open      the same, but the node has taken the SYN itself when it was sent before
 *   stray          SYNs at a node that no client sent
 *   beats          heartbeats on the switch
 *   first          the first offence, in words
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "events.h"
#include "frame.h"
#include "link.h"

#define IPS_MAX	  4
#define TAPS_MAX  (2 * EVENT_NODES + 1)
#define BEAT_PORT 8860
#define QUIET_MS  100
#define END_MS	  2000
#define SNAP	  128

/* A place where it listens. */
struct tap {
	int fd;
	uint8_t node;	/* id; 0: the client */
	bool is_switch; /* the node's port of the switch */
	uint8_t mac[6];
};

static struct {
	const char *folder, *apart, *events;
	struct arg_addr ip[IPS_MAX];
	uint32_t port, guests;
} opt;

static struct tap taps[TAPS_MAX];
static unsigned int tap_count;
static unsigned long beats;

static bool is_cluster(int family, const uint8_t *addr)
{
	for (int i = 0; i < IPS_MAX; i++)
		if (opt.ip[i].family == family &&
		    !memcmp(opt.ip[i].bytes, addr, frame_addr_size(family)))
			return true;
	return false;
}

/* ---- what a frame is ---- */

/* From the client's side: `to_cluster`, or it is the answer. */
static void add(const struct frame *frame, bool to_cluster, uint64_t ns, enum event_kind kind,
		uint8_t node)
{
	struct event event = {.ns = ns,
			      .seq = frame->seq,
			      .stamp = frame->stamp,
			      .sport = to_cluster ? frame->sport : frame->dport,
			      .dport = to_cluster ? frame->dport : frame->sport,
			      .kind = (uint8_t)kind,
			      .node = node,
			      .family = (uint8_t)frame->family};

	memcpy(event.src, to_cluster ? frame->src : frame->dst, 16);
	memcpy(event.dst, to_cluster ? frame->dst : frame->src, 16);
	events_add(&event);
}

static bool is_syn(const struct frame *frame)
{
	return (frame->flags & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN &&
	       is_cluster(frame->family, frame->dst);
}

/* From a node whose stack cannot be listened to. */
static void look_guest(const struct tap *tap, const struct frame *frame, uint64_t ns)
{
	struct frame syn = *frame;

	if (frame->proto != IPPROTO_TCP || !is_cluster(frame->family, frame->src))
		return;
	if (frame->flags & TH_RST)
		add(frame, false, ns, EVENT_RESET, tap->node);
	if ((frame->flags & (TH_SYN | TH_ACK)) != (TH_SYN | TH_ACK))
		return;
	syn.seq = frame->ack - 1;
	syn.stamp = frame->echo;
	add(&syn, false, ns, EVENT_TAKEN, tap->node);
}

static void look(const struct tap *tap, const struct frame *frame, const struct sockaddr_ll *from,
		 uint64_t ns)
{
	bool out = from->sll_pkttype == PACKET_OUTGOING;

	if (tap->is_switch) {
		if (frame->proto != IPPROTO_UDP) {
			if (opt.guests)
				look_guest(tap, frame, ns);
			return;
		}
		beats++;
		add(frame, true, ns, EVENT_BEAT, tap->node);
		return;
	}
	if (frame->proto != IPPROTO_TCP)
		return;
	if (!tap->node) {
		if (out && is_syn(frame))
			add(frame, true, ns, EVENT_SENT, 0);
	} else if (out) {
		if (frame->flags & TH_RST && is_cluster(frame->family, frame->src))
			add(frame, false, ns, EVENT_RESET, tap->node);
	} else if (is_syn(frame) && !memcmp(frame->to_mac, tap->mac, 6)) {
		/* With the stamp of the XDP program: behind it nothing refuses it any more. */
		add(frame, true, ns, EVENT_TAKEN, tap->node);
	}
}

/* ---- sockets ---- */

static uint64_t stamp_of(struct msghdr *message)
{
	struct timespec t = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&t, CMSG_DATA(c), sizeof(t));
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool receive(const struct tap *tap)
{
	struct sockaddr_ll from;
	uint8_t bytes[SNAP];
	union {
		char bytes[128];
		struct cmsghdr align;
	} control;
	struct iovec part = {bytes, sizeof(bytes)};
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(tap->fd, &message, MSG_DONTWAIT);
	struct frame frame;

	if (size < 0)
		return false;
	if (frame_read(bytes, (size_t)size, &frame))
		look(tap, &frame, &from, stamp_of(&message));
	return true;
}

/*
 * TCP with SYN or RST, from or to the port if one is given, and UDP to the port of heartbeats; of
 * either family, cut after SNAP bytes.
 */
static void filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 10, 13),
		BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 40),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20), /* of IPv6 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 7),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 14 + 13),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN | TH_RST, 0, 8),
		BPF_JUMP(BPF_JMP | BPF_JA, opt.port ? 0 : 6, 0, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, opt.port, 4, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14 + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, opt.port, 2, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14 + 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BEAT_PORT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SNAP),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		err(1, "filter");
}

/* Enters the network of a machine of the lab. */
static void enter(const char *machine)
{
	char path[PATH_MAX];
	FILE *file;
	int pid, fd;

	snprintf(path, sizeof(path), "%s/%s.pid", opt.folder, machine);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%d", &pid) != 1)
		err(1, "%s", path);
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

/* On an interface of a machine. */
static void open_tap(const char *machine, const char *interface, uint8_t node, bool is_switch)
{
	const int on = 1, most = 256 << 20, in_only = is_switch;
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct tap *tap = &taps[tap_count++];
	struct ifreq request = {0};

	enter(machine);
	/* Bound to no protocol it gets nothing yet, so that nothing comes before the filter. */
	tap->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (tap->fd < 0)
		err(1, "packet socket");
	filter(tap->fd);
	tap->node = node;
	tap->is_switch = is_switch;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	where.sll_ifindex = (int)if_nametoindex(interface);
	if (ioctl(tap->fd, SIOCGIFHWADDR, &request))
		err(1, "%s of %s", interface, machine);
	memcpy(tap->mac, request.ifr_hwaddr.sa_data, 6);
	if (setsockopt(tap->fd, SOL_SOCKET, SO_RCVBUFFORCE, &most, sizeof(most)) ||
	    setsockopt(tap->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    setsockopt(tap->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &in_only, sizeof(in_only)) ||
	    bind(tap->fd, (struct sockaddr *)&where, sizeof(where)))
		err(1, "packet socket of %s", machine);
}

/* Every node that the lab has: itself, and its port of the switch. */
static void open_taps(void)
{
	char name[IF_NAMESIZE], path[PATH_MAX];

	for (uint8_t id = 1; id <= EVENT_NODES; id++) {
		snprintf(name, sizeof(name), "node%u", id);
		if (id <= opt.guests) {
			open_tap("switch", name, id, true);
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s.pid", opt.folder, name);
		if (access(path, F_OK))
			continue;
		open_tap(name, "eth0", id, false);
		open_tap("switch", name, id, true);
	}
	open_tap("client", "eth0", 0, false);
}

static unsigned int missed(void)
{
	struct tpacket_stats stats;
	unsigned int sum = 0;

	for (unsigned int i = 0; i < tap_count; i++) {
		socklen_t size = sizeof(stats);

		if (getsockopt(taps[i].fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
			err(1, "statistics");
		sum += stats.tp_drops;
	}
	return sum;
}

/* Reads until SIGTERM has come and then nothing more for QUIET_MS, but no longer than END_MS. */
static void listen_all(int signals)
{
	struct pollfd polls[TAPS_MAX + 1];
	uint64_t end = 0;

	for (unsigned int i = 0; i < tap_count; i++)
		polls[i] = (struct pollfd){taps[i].fd, POLLIN, 0};
	polls[tap_count] = (struct pollfd){signals, POLLIN, 0};
	while (!end || now_us() < end) {
		if (!poll(polls, tap_count + !end, end ? QUIET_MS : -1))
			return;
		for (unsigned int i = 0; i < tap_count; i++)
			while (polls[i].revents && receive(&taps[i]))
				;
		if (!end && polls[tap_count].revents)
			end = now_us() + END_MS * 1000;
	}
}

static void report(void)
{
	FILE *apart = opt.apart ? fopen(opt.apart, "re") : NULL;
	struct verdict v;

	if (opt.apart && !apart)
		err(1, "%s", opt.apart);
	events_judge(apart, &v);
	printf("{\"missed\": %u, \"beats\": %lu, \"syns\": %lu, \"sent\": %lu, \"taken\": %lu,\n"
	       " \"nobody\": %lu, \"moved\": %lu, \"twice\": %lu, \"twice_apart\": %lu,\n"
	       " \"resets\": %lu, \"foreign\": %lu, \"foreign_apart\": %lu, \"half_open\": %lu,\n"
	       " \"stray\": %lu, \"first\": \"%s\"}\n",
	       missed(), beats, v.syns, v.sent, v.taken, v.nobody, v.moved, v.twice, v.twice_apart,
	       v.resets, v.foreign, v.foreign_apart, v.half_open, v.stray, v.first);
}

static const char usage[] =
	"oracle -l FOLDER -d CLUSTER_IP... [-p PORT] [-a APART] [-e EVENTS] [-n GUESTS]";

static const struct arg rows[] = {
	{'l', ARG_TEXT, &opt.folder, 0}, {'d', ARG_ADDR, opt.ip, IPS_MAX},
	{'p', ARG_NUMBER, &opt.port, 0}, {'a', ARG_TEXT, &opt.apart, 0},
	{'e', ARG_TEXT, &opt.events, 0}, {'n', ARG_NUMBER, &opt.guests, 0},
};

int main(int argc, char **argv)
{
	sigset_t mask;
	FILE *to;
	int signals;

	args_parse(argc, argv, rows, sizeof(rows) / sizeof(rows[0]), usage);
	if (!opt.folder || !opt.ip[0].family)
		errx(2, "usage: %s", usage);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, SFD_CLOEXEC);
	if (signals < 0)
		err(1, "start");
	open_taps();
	puts("listening");
	fflush(stdout);
	listen_all(signals);
	report();
	if (opt.events) {
		to = fopen(opt.events, "we");
		if (!to)
			err(1, "%s", opt.events);
		events_print(to);
		fclose(to);
	}
	return 0;
}
