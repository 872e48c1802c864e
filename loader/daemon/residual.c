// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/residual.h"

#include <string.h>

#define ALL_PARTS ((1u << RESIDUAL_PARTS) - 1)

_Static_assert(RESIDUAL_PARTS <= 8, "a byte says which parts were heard");

void residual_init(struct residual *residual, node_set nodes, struct instant now)
{
	pthread_mutexattr_t inherits;

	memset(residual, 0, sizeof(*residual));
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		residual->lost[i] = nodes >> i & 1 ? now : INSTANT_NEVER;
	/* The heartbeat thread may be of a higher priority, and must not wait for one between. */
	pthread_mutexattr_init(&inherits);
	pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&residual->lock, &inherits);
	pthread_mutexattr_destroy(&inherits);
}

void residual_forget(struct residual *residual, uint64_t swap)
{
	pthread_mutex_lock(&residual->lock);
	residual->own.swap = swap;
	residual->own.known = false;
	pthread_mutex_unlock(&residual->lock);
}

static void take(struct residual *residual, unsigned int index, const struct wire_extension *from)
{
	uint64_t *word = residual->other[index].bits.word;

	if (from->part == XNLB_EXTENSION_NONE) {
		memset(word, 0, sizeof(residual->other[index].bits));
		residual->other[index].parts = ALL_PARTS;
	} else if (from->part < RESIDUAL_PARTS) {
		memcpy(word + from->part * (XNLB_EXTENSION_BITS / 64), from->bits,
		       sizeof(from->bits));
		residual->other[index].parts |= (uint8_t)(1u << from->part);
	}
}

void residual_hear(struct residual *residual, const struct heartbeat *heartbeat,
		   const uint8_t *frame, size_t length)
{
	unsigned int index = heartbeat->node - 1u;
	bool serves = state_operates(heartbeat->state);
	struct wire_extension extension;
	size_t offset = 0;

	pthread_mutex_lock(&residual->lock);
	if (residual->other[index].view_hash != heartbeat->view.hash ||
	    residual->other[index].serves != serves) {
		residual->other[index].view_hash = heartbeat->view.hash;
		residual->other[index].serves = serves;
		residual->other[index].parts = 0;
	}
	while (wire_extension(frame, length, &offset, &extension))
		if (extension.type == XNLB_EXTENSION_RESIDUAL)
			take(residual, index, &extension);
	pthread_mutex_unlock(&residual->lock);
}

void residual_alive(struct residual *residual, node_set live, struct instant now)
{
	pthread_mutex_lock(&residual->lock);
	for (node_set gone = residual->live & ~live; gone; gone &= gone - 1)
		residual->lost[__builtin_ctzll(gone)] = now;
	residual->live = live;
	pthread_mutex_unlock(&residual->lock);
}

size_t residual_say(struct residual *residual, struct wire_extension out[RESIDUAL_PARTS])
{
	static const struct residual_bits none;
	size_t count = 0;

	pthread_mutex_lock(&residual->lock);
	if (residual->own.known && !memcmp(&residual->own.bits, &none, sizeof(none))) {
		out[count++] = (struct wire_extension){.type = XNLB_EXTENSION_RESIDUAL,
						       .part = XNLB_EXTENSION_NONE};
	} else if (residual->own.known) {
		/* Not all may have room in the frame: it begins with another each time. */
		for (unsigned int i = 0; i < RESIDUAL_PARTS; i++) {
			unsigned int part = (residual->next + i) % RESIDUAL_PARTS;
			const uint64_t *word =
				residual->own.bits.word + part * (XNLB_EXTENSION_BITS / 64);

			out[count].type = XNLB_EXTENSION_RESIDUAL;
			out[count].part = (uint8_t)part;
			memcpy(out[count].bits, word, sizeof(out[count].bits));
			count++;
		}
		residual->next = (residual->next + 1) % RESIDUAL_PARTS;
	}
	pthread_mutex_unlock(&residual->lock);
	return count;
}

void residual_count(struct residual *residual, uint64_t swap, const struct residual_bits *bits)
{
	pthread_mutex_lock(&residual->lock);
	if (residual->own.swap == swap) {
		residual->own.known = true;
		residual->own.bits = *bits;
	}
	pthread_mutex_unlock(&residual->lock);
}

/* Has the node said all, in this view or since it serves nothing? */
static bool has_said(const struct residual *residual, unsigned int index, const struct view *view)
{
	bool member = view->members >> index & 1;

	if (residual->other[index].parts != ALL_PARTS)
		return false;
	return member ? residual->other[index].view_hash == view->hash
		      : !residual->other[index].serves;
}

void residual_others(struct residual *residual, const struct view *view, uint8_t self,
		     struct instant now, struct residual_bits *out)
{
	bool unknown = false;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&residual->lock);
	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		node_set bit = 1ull << i;

		if (i + 1u == self)
			continue;
		if (!((residual->live | view->members) & bit)) {
			unknown |= now.us - residual->lost[i].us < RESIDUAL_LOST_US;
		} else if (!has_said(residual, i, view)) {
			unknown = true;
		} else {
			for (int word = 0; word < RESIDUAL_WORDS; word++)
				out->word[word] |= residual->other[i].bits.word[word];
		}
	}
	pthread_mutex_unlock(&residual->lock);
	if (unknown)
		memset(out, 0xff, sizeof(*out));
}
