// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/closed.h"

#include <string.h>

#define PART_WORDS (XNLB_EXTENSION_BITS / 64)

_Static_assert(CLOSED_PARTS *XNLB_EXTENSION_BITS == sizeof(struct rule_set) * 8, "whole parts");

#define ALL_PARTS ((1u << CLOSED_PARTS) - 1)

/* The list of that version, begun anew if it is another than the newest. */
static struct closed_list *list_of(struct closed *closed, uint8_t id, uint32_t incarnation,
				   uint8_t version)
{
	struct closed_list *newest = &closed->node[id - 1].newest;

	if (newest->incarnation == incarnation && newest->version == version)
		return newest;
	if (newest->parts == ALL_PARTS)
		closed->node[id - 1].before = *newest;
	*newest = (struct closed_list){.incarnation = incarnation, .version = version};
	return newest;
}

void closed_hear(struct closed *closed, const struct heartbeat *heartbeat, const uint8_t *frame,
		 size_t length)
{
	struct wire_extension extension;
	struct closed_list *list;
	size_t offset = 0;

	if (!heartbeat->closed)
		return;
	list = list_of(closed, heartbeat->node, heartbeat->incarnation, heartbeat->closed);
	while (wire_extension(frame, length, &offset, &extension)) {
		if (extension.type != XNLB_EXTENSION_CLOSED)
			continue;
		if (extension.part == XNLB_EXTENSION_NONE) {
			memset(&list->rules, 0, sizeof(list->rules));
			list->parts = ALL_PARTS;
		} else if (extension.part < CLOSED_PARTS) {
			memcpy(list->rules.word + extension.part * PART_WORDS, extension.bits,
			       sizeof(extension.bits));
			list->parts |= (uint8_t)(1u << extension.part);
		}
	}
}

void closed_own(struct closed *closed, uint8_t self, uint32_t incarnation, uint8_t version,
		const struct rule_set *rules)
{
	struct closed_list *list = list_of(closed, self, incarnation, version);

	list->rules = *rules;
	list->parts = ALL_PARTS;
}

size_t closed_say(const struct closed *closed, uint8_t self, uint8_t version,
		  struct wire_extension *out)
{
	const struct closed_list *list = &closed->node[self - 1].newest;
	static const struct rule_set none;
	size_t count = 0;

	if (!version || list->version != version)
		return 0;
	if (!memcmp(&list->rules, &none, sizeof(none))) {
		*out = (struct wire_extension){.type = XNLB_EXTENSION_CLOSED,
					       .part = XNLB_EXTENSION_NONE};
		return 1;
	}
	for (; count < CLOSED_PARTS; count++) {
		out[count].type = XNLB_EXTENSION_CLOSED;
		out[count].part = (uint8_t)count;
		memcpy(out[count].bits, list->rules.word + count * PART_WORDS,
		       sizeof(out[count].bits));
	}
	return count;
}

static bool is_it(const struct closed_list *list, const struct view *view, unsigned int index)
{
	return list->version == view->closed[index] &&
	       list->incarnation == view->incarnation[index] && list->parts == ALL_PARTS;
}

bool closed_find(const struct closed *closed, const struct view *view,
		 struct rule_set out[XNLB_NODES_MAX])
{
	memset(out, 0, XNLB_NODES_MAX * sizeof(*out));
	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct closed_list *newest = &closed->node[i].newest;
		const struct closed_list *before = &closed->node[i].before;

		if (!(view->members >> i & 1) || !view->closed[i])
			continue;
		if (is_it(newest, view, i))
			out[i] = newest->rules;
		else if (is_it(before, view, i))
			out[i] = before->rules;
		else
			return false;
	}
	return true;
}
