// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "events.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

/*
 * So long after a cut is mended two nodes may not have heard each other yet: 2 (n + 1) heartbeats
 * with n = 3, T = 50 ms and their jitter, a swap, and S if a daemon was stuck (tests/sim/oracle.c).
 */
#define GRACE_NS 800000000ull

static struct event *events;
static size_t count, room;

#define FRAMES_MAX 8 /* of a SYN; the last one stands for all that are sent later */

/* What is known of the connection of a client's address and port. */
struct connection {
	const struct event *syn;     /* its newest; NULL: a free slot */
	uint32_t stamp[FRAMES_MAX];  /* of each frame of it */
	uint64_t takers[FRAMES_MAX]; /* and who took that */
	unsigned int frames, held;   /* held: the newest one that was taken, if there is a holder */
	uint8_t holder;		     /* who took that, last; 0: nobody */
};

static struct connection *connections;
static size_t mask;

/* When two nodes were cut off, and when that was over. */
static struct cut {
	uint64_t from, to;
	uint8_t a, b;
} * cuts;
static size_t cut_count;

static const char *const kind_text[EVENT_KINDS] = {"sent", "taken", "reset", "beat"};

void events_add(const struct event *event)
{
	if (count == room) {
		room = room ? room * 2 : 65536;
		events = reallocarray(events, room, sizeof(*events));
		if (!events)
			errx(1, "no memory");
	}
	events[count++] = *event;
}

/* The client sends before a node takes, should the clock not tell. */
static int by_time(const void *left, const void *right)
{
	const struct event *a = left, *b = right;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return a->kind - b->kind;
}

static void sort(void)
{
	if (count)
		qsort(events, count, sizeof(*events), by_time);
}

static const char *end_text(const struct event *event, const uint8_t addr[16], uint16_t port,
			    char text[64])
{
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(event->family, addr, ip, sizeof(ip));
	snprintf(text, 64, event->family == AF_INET ? "%s:%u" : "[%s]:%u", ip, port);
	return text;
}

void events_print(FILE *to)
{
	char src[64], dst[64];

	sort();
	for (size_t i = 0; i < count; i++) {
		const struct event *e = &events[i];

		fprintf(to, "%llu %s %u", (unsigned long long)e->ns, kind_text[e->kind], e->node);
		if (e->kind != EVENT_BEAT)
			fprintf(to, " tcp %s %s %u", end_text(e, e->src, e->sport, src),
				end_text(e, e->dst, e->dport, dst), e->seq);
		putc('\n', to);
	}
}

static bool same_ends(const struct event *a, const struct event *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->family == b->family &&
	       !memcmp(a->src, b->src, 16) && !memcmp(a->dst, b->dst, 16);
}

/* FNV-1a. */
static size_t hash(const struct event *event)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (int i = 0; i < 16; i++)
		sum = (sum ^ event->src[i]) * 0x100000001b3;
	sum = (sum ^ event->sport) * 0x100000001b3;
	return (size_t)((sum ^ event->dport) * 0x100000001b3 >> 20);
}

/* The slot of a connection, or the free one where it belongs. */
static struct connection *find(const struct event *event)
{
	size_t at = hash(event);

	for (;; at++) {
		struct connection *c = &connections[at & mask];

		if (!c->syn || same_ends(c->syn, event))
			return c;
	}
}

static void open_table(void)
{
	size_t size = 1024;

	while (size < count * 2)
		size *= 2;
	mask = size - 1;
	connections = calloc(size, sizeof(*connections));
	if (!connections)
		errx(1, "no memory");
}

static void note_cut(uint64_t ns, bool cut, uint8_t a, uint8_t b)
{
	if (cut) {
		cuts = reallocarray(cuts, cut_count + 1, sizeof(*cuts));
		if (!cuts)
			errx(1, "no memory");
		cuts[cut_count++] = (struct cut){ns, UINT64_MAX, a, b};
		return;
	}
	/* It may have been cut twice; then it is mended twice. */
	for (size_t i = 0; i < cut_count; i++)
		if (cuts[i].a == a && cuts[i].b == b && cuts[i].to == UINT64_MAX) {
			cuts[i].to = ns + GRACE_NS;
			return;
		}
}

static void read_cuts(FILE *from)
{
	unsigned int a, b;
	double seconds;
	char what[8];
	int read;

	while ((read = fscanf(from, "%lf %7s %u %u", &seconds, what, &a, &b)) == 4)
		note_cut((uint64_t)(seconds * 1e9), !strcmp(what, "cut"), (uint8_t)a, (uint8_t)b);
	if (read != EOF)
		errx(1, "the list of cuts does not make sense");
}

/* Were the two cut off from each other, or is that just over? */
static bool apart(uint8_t a, uint8_t b, uint64_t ns)
{
	for (size_t i = 0; i < cut_count; i++)
		if (((cuts[i].a == a && cuts[i].b == b) || (cuts[i].a == b && cuts[i].b == a)) &&
		    ns >= cuts[i].from && ns < cuts[i].to)
			return true;
	return false;
}

static void offence(struct verdict *out, const struct event *event, uint8_t other, const char *what)
{
	char src[64], dst[64];

	if (!out->first[0])
		snprintf(out->first, sizeof(out->first), "%llu: node%u %s node%u: %s %s",
			 (unsigned long long)event->ns, event->node, what, other,
			 end_text(event, event->src, event->sport, src),
			 end_text(event, event->dst, event->dport, dst));
}

static void judge_sent(const struct event *event, struct verdict *out)
{
	struct connection *c = find(event);
	bool again = c->syn && c->syn->seq == event->seq;

	out->sent++;
	if (!again) {
		out->nobody += c->syn && !c->holder;
		out->syns++;
		*c = (struct connection){.syn = event};
	}
	if (c->frames < FRAMES_MAX)
		c->frames++;
	c->stamp[c->frames - 1] = event->stamp;
}

/* Which of the SYN's frames was taken. */
static unsigned int frame_of(const struct connection *c, const struct event *event)
{
	for (unsigned int i = 0; event->stamp && i < c->frames; i++)
		if (c->stamp[i] == event->stamp)
			return i;
	return c->frames - 1;
}

/* Who took other frames of the SYN. */
static uint64_t takers_besides(const struct connection *c, unsigned int frame)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < c->frames; i++)
		if (i != frame)
			sum |= c->takers[i];
	return sum;
}

static void judge_taken(const struct event *event, struct verdict *out)
{
	struct connection *c = find(event);
	uint64_t self = 1ull << (event->node - 1), *takers, others;
	unsigned int frame;

	if (!c->syn || c->syn->seq != event->seq) {
		out->stray++;
		return;
	}
	out->taken++;
	frame = frame_of(c, event);
	takers = &c->takers[frame];
	others = *takers & ~self;
	for (uint8_t id = 1; id <= EVENT_NODES; id++) {
		if (!(others >> (id - 1) & 1))
			continue;
		if (apart(event->node, id, event->ns)) {
			out->twice_apart++;
		} else {
			out->twice++;
			offence(out, event, id, "took a SYN that was taken by");
		}
	}
	out->moved += !*takers && takers_besides(c, frame) & ~self;
	*takers |= self;
	if (!c->holder || frame >= c->held) {
		c->holder = event->node;
		c->held = frame;
	}
}

static void judge_reset(const struct event *event, struct verdict *out)
{
	const struct connection *c = find(event);

	out->resets++;
	if (!c->syn || !c->holder || c->holder == event->node)
		return;
	if (takers_besides(c, c->held) >> (event->node - 1) & 1) {
		out->half_open++;
	} else if (apart(event->node, c->holder, event->ns)) {
		out->foreign_apart++;
	} else {
		out->foreign++;
		offence(out, event, c->holder, "reset a connection of");
	}
}

static void judge_none(const struct event *event, struct verdict *out)
{
	(void)event;
	(void)out;
}

void events_judge(FILE *apart_list, struct verdict *out)
{
	static void (*const judges[EVENT_KINDS])(const struct event *, struct verdict *) = {
		judge_sent, judge_taken, judge_reset, judge_none};

	*out = (struct verdict){0};
	if (apart_list)
		read_cuts(apart_list);
	sort();
	open_table();
	for (size_t i = 0; i < count; i++)
		judges[events[i].kind](&events[i], out);
	for (size_t i = 0; i <= mask; i++)
		out->nobody += connections[i].syn && !connections[i].holder;
}
