// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the heartbeat thread tells the others: the membership, and what is odd about other nodes. */
#include <string.h>
#include <unistd.h>

#include "daemon/beat_thread.h"

/* Heartbeats of one family: not even one in twenty has come. */
#define SILENT_US 2000000

/* Of who is started anew the life before is not heard any more. */
static node_set used_twice(struct beat *beat)
{
	const struct membership *member = &beat->state.member;
	int64_t suspect = member->timing.suspect;
	node_set twice = 0;

	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct peer *peer = &member->peer[i];
		bool both = peer->incarnation != peer->candidate && !peer->left &&
			    member->ran.us - peer->heard.us < suspect &&
			    member->ran.us - peer->candidate_heard.us < suspect;

		if (i + 1u == member->self)
			both = member->ran.us - member->twin.us < suspect;
		if (!both)
			beat->twice[i] = RAN_NEVER;
		else if (beat->twice[i].us == RAN_NEVER.us)
			beat->twice[i] = member->ran;
		else if (member->ran.us - beat->twice[i].us >= 2 * suspect)
			twice |= 1ull << i;
	}
	return twice;
}

/* What was heard of a node that is not heard any more counts for nothing. */
static void forget_differences(struct beat *beat)
{
	for (int i = 0; i < XNLB_NODES_MAX; i++) {
		if (!beat->own.differs[i] ||
		    beat->state.member.ran.us - beat->compared[i].us < BEAT_DIFFERS_US)
			continue;
		beat->own.differs[i] = 0;
		beat->told = false;
	}
}

/*
 * Where there are both families heartbeats alternate. Who is not heard over one of them is no
 * reason to leave it out: where that family fails everywhere, all would be alone, and serve beside
 * each other in the other one.
 */
static node_set silent_over(const struct beat *beat, bool ipv6)
{
	const struct membership *member = &beat->state.member;
	node_set silent = 0;

	if (beat->sender.paths < 2)
		return 0;
	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct ran *heard = beat->by_family[i];
		/* Not before the other one has been heard for as long. */
		bool long_ago = member->ran.us - heard[ipv6].us >= SILENT_US &&
				member->ran.us - member->peer[i].two_way.us >= SILENT_US;

		if (member->live >> i & 1 && long_ago && member->peer[i].hears_me)
			silent |= 1ull << i;
	}
	return silent;
}

/* The numbers of frames alone are no news, but come with it. */
void beat_tell(struct beat *beat)
{
	const struct membership *member = &beat->state.member;
	bool serves = membership_serves(member, member->now);
	node_set twice = used_twice(beat);
	node_set silent[2] = {silent_over(beat, false), silent_over(beat, true)};
	struct beat_news *own = &beat->own;
	uint64_t one = 1;

	residual_alive(beat->setup.residual, member->live, member->now);
	forget_differences(beat);
	if (own->state != member->state || !view_same(&own->view, &member->view) ||
	    own->live != member->live || own->serves != serves || own->twice != twice ||
	    own->swap != member->swap || memcmp(own->silent, silent, sizeof(silent)) != 0)
		beat->told = false;
	own->state = member->state;
	own->view = member->view;
	own->swap = member->swap;
	own->live = member->live;
	own->serves = serves;
	own->twice = twice;
	memcpy(own->silent, silent, sizeof(silent));
	if (!beat->told)
		own->history = beat->state.history;
	pthread_mutex_lock(&beat->lock);
	if (!beat->told) {
		beat->news = *own;
	} else {
		beat->news.sent = own->sent;
		beat->news.heard = own->heard;
		beat->news.refused = own->refused;
		beat->news.mismatched = own->mismatched;
	}
	pthread_mutex_unlock(&beat->lock);
	if (!beat->told && write(beat->changed, &one, sizeof(one)) < 0)
		return; /* it is readable already */
	beat->told = true;
}
