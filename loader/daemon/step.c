// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The heartbeat thread's work: what comes in, what the membership makes of it, what goes out. */
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/beat_thread.h"
#include "daemon/clock.h"

#define GREET_US      5000000 /* between greetings */
#define GREET_BACK_US 100000  /* to a node that does not fit */

/* ---- what comes in ---- */

/* `part` NULL: it is of another version. */
static void compare(struct beat *beat, uint8_t node, const uint32_t *part)
{
	uint8_t differs = part ? 0 : 1u << DIFFERS_VERSION;

	for (int i = 0; part && i < XNLB_PARTS; i++)
		if (part[i] != beat->identity.part[i])
			differs |= (uint8_t)(1u << i);
	beat->compared[node - 1] = beat->state.member.ran;
	if (beat->own.differs[node - 1] != differs)
		beat->told = false;
	beat->own.differs[node - 1] = differs;
	if (differs)
		beat->own.mismatched++;
}

static void hear_asks(struct beat *beat, const struct heartbeat *heartbeat, const uint8_t *frame,
		      size_t length)
{
	const struct membership *member = &beat->state.member;
	struct beat_news *own = &beat->own;
	struct beat_asked asked = {.from = heartbeat->node};
	bool answered;

	if (asks_hear(&beat->asks, member->self, member->incarnation, heartbeat, frame, length,
		      member->now, &asked.ask, &answered)) {
		own->ask[own->asked++ % BEAT_ASKED] = asked;
		beat->told = false;
	}
	if (answered) {
		own->asks = beat->asks;
		beat->told = false;
	}
}

/* Only of frames that the membership has accepted: others may be old ones. */
static void hear_more(struct beat *beat, const struct heartbeat *heartbeat, const uint8_t *frame,
		      size_t length, bool ipv6)
{
	const struct peer *peer = &beat->state.member.peer[heartbeat->node - 1];

	if (heartbeat->node == beat->setup.self || peer->incarnation != heartbeat->incarnation ||
	    peer->sequence != heartbeat->sequence)
		return;
	beat->by_family[heartbeat->node - 1][ipv6] = beat->state.member.ran;
	residual_hear(beat->setup.residual, heartbeat, frame, length);
	closed_hear(&beat->closed, heartbeat, frame, length);
	hear_asks(beat, heartbeat, frame, length);
}

/* Does it serve by what this node does not have, and is it not heard? */
static bool is_foreign(const struct beat *beat, const struct heartbeat *heartbeat)
{
	const struct membership *member = &beat->state.member;

	return heartbeat->digest != member->digest && heartbeat->view.digest != member->digest &&
	       !(member->live & node_bit(heartbeat->node));
}

/* It may be of a node that cannot be heard; and tells nothing of whether it can. */
static void take_greeting(struct beat *beat, const uint8_t *frame, size_t length)
{
	uint8_t node = frame[offsetof(struct xnlb_frame_head, node)];
	struct heartbeat heartbeat;
	uint32_t part[XNLB_PARTS];

	/* Of who is heard, heartbeats tell; an old recording might say something else. */
	if (node == beat->setup.self || beat->state.member.live & node_bit(node))
		return;
	switch (wire_read(frame, length, beat->identity.cluster, &heartbeat, part)) {
	case WIRE_OK:
		compare(beat, node, part);
		if (!beat->own.differs[node - 1])
			break;
		/* It may have just started, and is to hear of this node before it serves. */
		beat->greets = instant_after(beat->greeted, GREET_BACK_US);
		if (state_operates(heartbeat.state) && is_foreign(beat, &heartbeat))
			membership_foreign(&beat->state.member, BEAT_DIFFERS_US);
		break;
	case WIRE_VERSION: /* the XDP program has checked the id */
		compare(beat, node, NULL);
		break;
	default:
		beat->own.refused++;
	}
}

static bool is_ipv6(const struct xnlb_arrival *arrival)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(arrival->destination, mapped, sizeof(mapped)) != 0;
}

int beat_take(void *context, void *data, size_t size)
{
	struct beat *beat = context;
	const struct xnlb_arrival *arrival = data;
	const uint8_t *frame = (const uint8_t *)(arrival + 1);
	struct heartbeat heartbeat;
	uint32_t part[XNLB_PARTS];

	if (size >= sizeof(*arrival) && arrival->greets && arrival->length >= XNLB_FRAME_MIN &&
	    arrival->length <= size - sizeof(*arrival)) {
		take_greeting(beat, frame, arrival->length);
		return 0;
	}
	if (size < sizeof(*arrival) || arrival->length > size - sizeof(*arrival) ||
	    wire_read(frame, arrival->length, beat->identity.cluster, &heartbeat, part) !=
		    WIRE_OK) {
		beat->own.refused++;
		return 0;
	}
	beat->own.heard++;
	compare(beat, heartbeat.node, part);
	membership_heard(&beat->state.member, &heartbeat, clock_now());
	hear_more(beat, &heartbeat, frame, arrival->length, is_ipv6(arrival));
	return 0;
}

/* Lives that the membership has accepted: from now on the program stamps their heartbeats. */
static void tell_lives(struct beat *beat)
{
	for (int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct peer *peer = &beat->state.member.peer[i];

		if (peer->incarnation == beat->known[i])
			continue;
		if (running_know(beat->setup.running, (uint8_t)(i + 1), peer->incarnation,
				 peer->sequence))
			continue; /* it is told again with the next heartbeat */
		beat->known[i] = peer->incarnation;
	}
}

void beat_take_offer(struct beat *beat, const struct beat_offer *offer)
{
	struct membership *member = &beat->state.member;

	if (offer->closed)
		closed_note(&beat->state.closed, member->incarnation, offer->closed, &offer->rules);
	if (offer->weight != member->weight || offer->closed != member->closed)
		membership_offer(member, offer->weight, offer->closed);
	if (offer->takes_part && member->stopped)
		membership_start(member);
	else if (!offer->takes_part && !member->stopped)
		membership_leave(member);
}

static void take_configuration(struct beat *beat, struct beat_configuration *configuration)
{
	sender_close(&beat->sender);
	beat->sender = configuration->sender;
	beat->identity.key = configuration->key;
	memcpy(beat->identity.part, configuration->part, sizeof(beat->identity.part));
	memset(beat->own.differs, 0, sizeof(beat->own.differs));
	beat->told = false;
	if (configuration->digest != beat->state.member.digest)
		membership_configure(&beat->state.member, configuration->digest,
				     configuration->nodes);
}

static void take_inbox(struct beat *beat)
{
	struct beat_inbox *inbox = &beat->read;
	uint64_t count;

	if (read(beat->command, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&beat->lock);
	*inbox = beat->inbox;
	beat->inbox.offered = beat->inbox.configured = beat->inbox.asked = false;
	beat->inbox.answers = 0;
	pthread_mutex_unlock(&beat->lock);
	if (inbox->configured)
		take_configuration(beat, &inbox->configuration);
	if (inbox->offered)
		beat_take_offer(beat, &inbox->offer);
	if (inbox->asked) {
		asks_begin(&beat->asks, &inbox->ask, clock_now());
		beat->own.asks = beat->asks;
		membership_speak(&beat->state.member);
	}
	for (unsigned int i = 0; i < inbox->answers; i++)
		asks_answer(&beat->asks, inbox->answer[i].to, inbox->answer[i].number,
			    inbox->answer[i].answer);
	if (inbox->answers)
		membership_speak(&beat->state.member);
}

static void take_done(struct beat *beat)
{
	struct membership *member = &beat->state.member;
	struct publisher_done done;

	if (!publisher_done(beat->setup.publisher, &done))
		return;
	beat->told = false;
	if (done.failed) {
		beat->own.failed = true;
		membership_leave(member);
		return;
	}
	beat->own.digest = done.digest;
	history_moved(&beat->state.history, done.swap, done.moved, done.of);
	membership_swapped(member, done.swap);
}

/* ---- what goes out ---- */

#define EXTENSIONS (RESIDUAL_PARTS + 2 * CLOSED_PARTS + XNLB_NODES_MAX)

/*
 * What is asked first, for it is short-lived; of the others each comes first in turn, for there may
 * not be room for all.
 */
static size_t extensions(struct beat *beat, struct wire_extension out[EXTENSIONS])
{
	const struct membership *member = &beat->state.member;
	struct wire_extension residual[RESIDUAL_PARTS], closed[2 * CLOSED_PARTS];
	size_t count = asks_say(&beat->asks, member->now, out);
	size_t residuals = residual_say(beat->setup.residual, residual);
	size_t lists = closed_say(&beat->state.closed, member->closed,
				  member->view.closed[member->self - 1], closed);
	bool lists_first = ++beat->turn % 2;
	size_t skip = lists ? beat->turn / 2 % lists : 0;

	if (count > EXTENSIONS - residuals - lists)
		count = EXTENSIONS - residuals - lists;
	if (!lists_first) {
		memcpy(&out[count], residual, residuals * sizeof(*out));
		count += residuals;
	}
	for (size_t i = 0; i < lists; i++)
		out[count++] = closed[(i + skip) % lists];
	if (lists_first) {
		memcpy(&out[count], residual, residuals * sizeof(*out));
		count += residuals;
	}
	return count;
}

static void save(struct beat *beat)
{
	struct xnlb_saved *saved = running_saved(beat->setup.running);

	store_write(saved, beat->writer, beat->own.digest, &beat->state, sizeof(beat->state));
}

/* The same frame to all, now and then: nodes of another mode have another cluster MAC. */
static void greet(struct beat *beat, uint8_t *frame, size_t length)
{
	struct instant now = beat->state.member.now;

	if (instant_before(now, beat->greets))
		return;
	beat->greeted = now;
	beat->greets = instant_after(now, GREET_US);
	sender_greet(&beat->sender, frame, length);
}

static void send_heartbeat(struct beat *beat)
{
	struct wire_extension extension[EXTENSIONS];
	uint8_t frame[XNLB_FRAME_MAX];
	size_t written, length, count;
	struct heartbeat heartbeat;

	membership_heartbeat(&beat->state.member, clock_now(), &heartbeat);
	count = extensions(beat, extension);
	length = wire_write(&heartbeat, &beat->identity, extension, count, &written, frame);
	/* No sequence is used twice, whatever happens to this process. */
	save(beat);
	/* A frame that cannot be sent is one that was lost: the next one may pass. */
	if (!sender_send(&beat->sender, frame, length))
		beat->own.sent++;
	greet(beat, frame, length);
}

/* Waits until the lists of closed rules are known that it is by; who is in no view needs none. */
static void order(struct beat *beat)
{
	const struct membership *member = &beat->state.member;
	struct order *order = &beat->order;

	beat->waits = !closed_find(&beat->closed, &beat->state.closed, member->self, &member->view,
				   order->closed) &&
		      state_operates(member->state);
	if (beat->waits)
		return;
	order->swap = member->swap;
	/* One that could not be gone over to is not tried again: it leaves by what it has. */
	order->digest = beat->own.failed ? beat->own.digest : membership_digest(member);
	order->own = member->own;
	order->view = member->view;
	residual_forget(beat->setup.residual, order->swap);
	publisher_order(beat->setup.publisher, order);
}

/* One time for all of it: who is alone has something to renew at each other one. */
static void act(struct beat *beat)
{
	struct membership *member = &beat->state.member;
	const struct instant now = clock_now();
	unsigned int actions;

	do {
		actions = membership_tick(member, now);
		if (history_note(&beat->state.history, member))
			beat->told = false;
		if (actions & (MEMBER_OWN | MEMBER_LEASE))
			save(beat);
		if (actions & MEMBER_OWN) {
			running_view(beat->setup.running, &member->view.id, member->incarnation);
			order(beat);
		}
		if (actions & MEMBER_LEASE)
			running_lease(beat->setup.running, member->lease_end);
		if (actions & MEMBER_SEND)
			send_heartbeat(beat);
	} while (actions);
	if (beat->waits)
		order(beat);
}

/* ---- all of it ---- */

static void set_timer(const struct beat *beat)
{
	int64_t wake = beat->state.member.wake.us;
	const struct itimerspec when = {
		.it_value = {.tv_sec = wake / 1000000, .tv_nsec = wake % 1000000 * 1000}};

	timerfd_settime(beat->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* What arrived comes before time: a thread that was late did not hear, it is not deaf. */
void beat_step(struct beat *beat)
{
	ring_buffer__consume(beat->ring);
	if (running_fenced(beat->setup.running))
		membership_fenced(&beat->state.member);
	take_done(beat);
	take_inbox(beat);
	act(beat);
	tell_lives(beat);
	beat_tell(beat);
	set_timer(beat);
}
