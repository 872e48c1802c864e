// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "core/ask.h"

#include <string.h>

void asks_begin(struct asks *asks, const struct ask *ask, struct instant now)
{
	asks->own = *ask;
	asks->answered = 0;
	asks->until = instant_after(now, ASK_US);
	memset(asks->answer, 0, sizeof(asks->answer));
}

static bool hear_ask(struct asks *asks, uint8_t self, const struct heartbeat *heartbeat,
		     const struct wire_extension *extension, struct instant now, struct ask *out)
{
	uint32_t number = (uint32_t)(extension->bits[0] >> 32);
	unsigned int index = heartbeat->node - 1u;

	if (!number || !(extension->bits[1] & node_bit(self)))
		return false;
	if (asks->other[index].incarnation == heartbeat->incarnation &&
	    number <= asks->other[index].number)
		return false;
	asks->other[index].incarnation = heartbeat->incarnation;
	asks->other[index].number = number;
	asks->other[index].answer = 0;
	asks->other[index].until = instant_after(now, ASK_US);
	*out = (struct ask){
		.number = number,
		.verb = (uint8_t)(extension->bits[0] >> 24),
		.weight = (uint8_t)(extension->bits[0] >> 16),
		.rule = (uint16_t)extension->bits[0],
		.timeout_ms = (uint32_t)extension->bits[2],
		.digest = extension->bits[3],
		.of = extension->bits[1],
	};
	return true;
}

static bool hear_answer(struct asks *asks, uint32_t incarnation, const struct heartbeat *heartbeat,
			const struct wire_extension *extension)
{
	node_set bit = node_bit(heartbeat->node);
	uint8_t answer = (uint8_t)extension->bits[0];

	if (extension->bits[0] >> 32 != asks->own.number || extension->bits[1] != incarnation ||
	    !answer || !(asks->own.of & bit) || asks->answered & bit)
		return false;
	asks->answered |= bit;
	asks->answer[heartbeat->node - 1] = answer;
	return true;
}

bool asks_hear(struct asks *asks, uint8_t self, uint32_t incarnation,
	       const struct heartbeat *heartbeat, const uint8_t *frame, size_t length,
	       struct instant now, struct ask *out, bool *answered)
{
	struct wire_extension extension;
	bool asked = false;
	size_t offset = 0;

	*answered = false;
	while (wire_extension(frame, length, &offset, &extension)) {
		if (extension.type == XNLB_EXTENSION_ORDER)
			asked |= hear_ask(asks, self, heartbeat, &extension, now, out);
		else if (extension.type == XNLB_EXTENSION_ANSWER && extension.part == self)
			*answered |= hear_answer(asks, incarnation, heartbeat, &extension);
	}
	return asked;
}

void asks_answer(struct asks *asks, uint8_t id, uint32_t number, uint8_t answer)
{
	if (asks->other[id - 1].number == number)
		asks->other[id - 1].answer = answer;
}

size_t asks_say(const struct asks *asks, struct instant now, struct wire_extension *out)
{
	const struct ask *own = &asks->own;
	size_t count = 0;

	if (own->number && own->of & ~asks->answered && instant_before(now, asks->until))
		out[count++] = (struct wire_extension){
			.type = XNLB_EXTENSION_ORDER,
			.bits = {(uint64_t)own->number << 32 | (uint64_t)own->verb << 24 |
					 (uint64_t)own->weight << 16 | own->rule,
				 own->of, own->timeout_ms, own->digest},
		};
	for (uint8_t i = 0; i < XNLB_NODES_MAX; i++)
		if (asks->other[i].answer && instant_before(now, asks->other[i].until) &&
		    count < XNLB_NODES_MAX)
			out[count++] = (struct wire_extension){
				.type = XNLB_EXTENSION_ANSWER,
				.part = (uint8_t)(i + 1),
				.bits = {(uint64_t)asks->other[i].number << 32 |
						 asks->other[i].answer,
					 asks->other[i].incarnation},
			};
	return count;
}
