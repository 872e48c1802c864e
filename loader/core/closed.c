// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/closed.h"

#include <string.h>

#define PART_WORDS (XNLB_EXTENSION_BITS / 64)

_Static_assert(CLOSED_PARTS *XNLB_EXTENSION_BITS == sizeof(struct rule_set) * 8, "whole parts");

#define ALL_PARTS ((1u << CLOSED_PARTS) - 1)

static bool is_it(const struct closed_list *list, uint32_t incarnation, uint8_t version)
{
	return list->version == version && list->incarnation == incarnation;
}

static void take(struct closed_list *list, const struct wire_extension *from)
{
	if (from->part == XNLB_EXTENSION_NONE) {
		memset(&list->rules, 0, sizeof(list->rules));
		list->parts = ALL_PARTS;
	} else if (from->part < CLOSED_PARTS) {
		memcpy(list->rules.word + from->part * PART_WORDS, from->bits, sizeof(from->bits));
		list->parts |= (uint8_t)(1u << from->part);
	}
}

/* The list of that version, begun anew if it is another one. */
static struct closed_list *begin(struct closed_list *list, uint32_t incarnation, uint8_t version)
{
	if (!is_it(list, incarnation, version))
		*list = (struct closed_list){.incarnation = incarnation, .version = version};
	return list;
}

void closed_hear(struct closed *closed, const struct heartbeat *heartbeat, const uint8_t *frame,
		 size_t length)
{
	unsigned int index = heartbeat->node - 1u;
	struct closed_list *newest = &closed->node[index].newest;
	uint32_t life = heartbeat->incarnation;
	uint8_t viewed = view_has(&heartbeat->view, heartbeat->node, life)
				 ? heartbeat->view.closed[index]
				 : 0;
	struct wire_extension extension;
	size_t offset = 0;

	if (heartbeat->closed && !is_it(newest, life, heartbeat->closed)) {
		if (newest->parts == ALL_PARTS)
			closed->node[index].before = *newest;
		begin(newest, life, heartbeat->closed);
	}
	while (wire_extension(frame, length, &offset, &extension)) {
		if (extension.type == XNLB_EXTENSION_CLOSED && heartbeat->closed)
			take(newest, &extension);
		else if (extension.type == XNLB_EXTENSION_CLOSED_VIEW && viewed)
			take(begin(&closed->node[index].viewed, life, viewed), &extension);
	}
}

void closed_note(struct closed_own *own, uint32_t incarnation, uint8_t version,
		 const struct rule_set *rules)
{
	if (!is_it(&own->list[0], incarnation, version))
		memmove(&own->list[1], &own->list[0], (CLOSED_OWN - 1) * sizeof(own->list[0]));
	own->list[0] = (struct closed_list){.incarnation = incarnation,
					    .version = version,
					    .parts = ALL_PARTS,
					    .rules = *rules};
}

static const struct closed_list *own_list(const struct closed_own *own, uint8_t version)
{
	for (int i = 0; version && i < CLOSED_OWN; i++)
		if (own->list[i].version == version)
			return &own->list[i];
	return NULL;
}

static size_t say(const struct closed_list *list, enum xnlb_extension_type type,
		  struct wire_extension *out)
{
	static const struct rule_set none;

	if (!memcmp(&list->rules, &none, sizeof(none))) {
		*out = (struct wire_extension){.type = type, .part = XNLB_EXTENSION_NONE};
		return 1;
	}
	for (size_t i = 0; i < CLOSED_PARTS; i++) {
		out[i].type = type;
		out[i].part = (uint8_t)i;
		memcpy(out[i].bits, list->rules.word + i * PART_WORDS, sizeof(out[i].bits));
	}
	return CLOSED_PARTS;
}

size_t closed_say(const struct closed_own *own, uint8_t version, uint8_t viewed,
		  struct wire_extension *out)
{
	const struct closed_list *newest = own_list(own, version);
	const struct closed_list *of_view = viewed == version ? NULL : own_list(own, viewed);
	size_t count = 0;

	if (of_view)
		count = say(of_view, XNLB_EXTENSION_CLOSED_VIEW, out);
	if (newest)
		count += say(newest, XNLB_EXTENSION_CLOSED, out + count);
	return count;
}

static const struct closed_list *find(const struct closed *closed, const struct closed_own *own,
				      uint8_t self, const struct view *view, unsigned int index)
{
	const struct closed_list *lists[] = {&closed->node[index].newest,
					     &closed->node[index].before,
					     &closed->node[index].viewed};
	uint8_t version = view->closed[index];

	if (index + 1u == self)
		return own_list(own, version);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (lists[i]->parts == ALL_PARTS &&
		    is_it(lists[i], view->incarnation[index], version))
			return lists[i];
	return NULL;
}

bool closed_find(const struct closed *closed, const struct closed_own *own, uint8_t self,
		 const struct view *view, struct rule_set out[XNLB_NODES_MAX])
{
	memset(out, 0, XNLB_NODES_MAX * sizeof(*out));
	for (unsigned int i = 0; i < XNLB_NODES_MAX; i++) {
		const struct closed_list *list;

		if (!(view->members >> i & 1) || !view->closed[i])
			continue;
		list = find(closed, own, self, view, i);
		if (!list)
			return false;
		out[i] = list->rules;
	}
	return true;
}
