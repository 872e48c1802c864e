// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/history.h"

#include "core/member.h"

static struct history_entry *newest(struct history *history)
{
	return &history->entry[(history->count - 1) % HISTORY_MAX];
}

/* Of nodes that are gone: silent ones count from when they were last heard. */
static void note_gone(const struct membership *member, node_set gone, struct history_entry *entry)
{
	unsigned int i;

	each_node(i, gone) {
		const struct peer *peer = &member->peer[i];
		node_set bit = 1ull << i;
		struct instant heard = instant_after(member->now, peer->heard.us - member->ran.us);

		if (peer->left || peer->out) {
			entry->left |= bit;
		} else if (member->live & bit && peer->digest != member->view.digest) {
			entry->mismatched |= bit;
		} else {
			entry->lost |= bit;
			if (!(member->live & bit) && instant_before(heard, entry->began))
				entry->began = heard;
		}
	}
}

static void note_kept(const struct view *before, const struct view *view, node_set kept,
		      struct history_entry *entry)
{
	unsigned int i;

	each_node(i, kept) {
		node_set bit = 1ull << i;

		if (before->incarnation[i] != view->incarnation[i])
			entry->restarted |= bit;
		if (before->weight[i] != view->weight[i])
			entry->weighed |= bit;
		if (before->closed[i] != view->closed[i])
			entry->ruled |= bit;
	}
}

static void note_view(struct history *history, const struct membership *member)
{
	const struct view *before = &history->view, *view = &member->view;
	struct history_entry *entry;

	history->count++;
	entry = newest(history);
	*entry = (struct history_entry){
		.epoch = view->id.epoch,
		.began = member->now,
		.took_us = -1,
		.members = view->members,
		.joined = view->members & ~before->members,
		.configured = before->members && before->digest != view->digest,
		.swap = member->swap,
	};
	note_gone(member, before->members & ~view->members & ~node_bit(member->self), entry);
	note_kept(before, view, before->members & view->members, entry);
}

static void note_listen(struct history *history, const struct membership *member)
{
	history->count++;
	*newest(history) =
		(struct history_entry){.began = member->now, .took_us = -1, .swap = member->swap};
}

bool history_note(struct history *history, const struct membership *member)
{
	bool moved = !view_same(&history->view, &member->view);
	bool fell = state_operates(history->state) && !state_operates(member->state);
	bool active = history->state != XNLB_STATE_ACTIVE && member->state == XNLB_STATE_ACTIVE;

	if (moved)
		note_view(history, member);
	if (fell)
		note_listen(history, member);
	if (active && history->count) {
		struct history_entry *entry = newest(history);

		entry->took_us = member->now.us - entry->began.us;
	}
	history->view = member->view;
	history->state = member->state;
	return moved || fell || active;
}

void history_moved(struct history *history, uint64_t swap, uint32_t moved, uint32_t of)
{
	for (unsigned int i = 0; i < HISTORY_MAX && i < history->count; i++) {
		struct history_entry *entry = &history->entry[i];

		if (entry->swap == swap) {
			entry->moved = moved;
			entry->of = of;
		}
	}
}
