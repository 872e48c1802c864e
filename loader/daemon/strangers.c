// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/strangers.h"

#include <string.h>

#include "daemon/beat.h"

static void begin(struct strangers *strangers, const struct xnlb_stranger *now)
{
	memcpy(strangers->before, now, sizeof(strangers->before));
	for (int i = 0; i <= XNLB_NODES_MAX; i++)
		strangers->seed[i] = strangers->key[i] = INSTANT_NEVER;
	strangers->begun = true;
}

void strangers_look(struct strangers *strangers, const struct xnlb_stranger now[XNLB_NODES_MAX + 1],
		    struct instant when, uint8_t differs[XNLB_NODES_MAX])
{
	if (!strangers->begun)
		begin(strangers, now);
	for (int id = 1; id <= XNLB_NODES_MAX; id++) {
		const struct xnlb_stranger *before = &strangers->before[id];
		uint8_t bits = 0;

		if (now[id].clusters != before->clusters)
			strangers->seed[id] = when;
		if (now[id].keys != before->keys)
			strangers->key[id] = when;
		if (when.us - strangers->seed[id].us < STRANGERS_US)
			bits |= 1u << XNLB_PART_SEED;
		if (when.us - strangers->key[id].us < STRANGERS_US)
			bits |= 1u << DIFFERS_KEY;
		differs[id - 1] = bits;
	}
	memcpy(strangers->before, now, sizeof(strangers->before));
}
