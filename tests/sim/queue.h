/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What will happen, in the order of time; what was planned first comes first. A binary heap. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
	int64_t time; /* microseconds of the world */
	uint64_t order;
	uint16_t kind; /* enum event_kind of world.h */
	uint16_t host;
	uint32_t value;
};

struct queue {
	struct event *heap;
	size_t count, room;
	uint64_t order;
};

/* Ends the program if memory is short. */
void queue_add(struct queue *queue, struct event event);
/* Takes the first; false if there is none before or at `until`. */
bool queue_take(struct queue *queue, int64_t until, struct event *out);
void queue_clear(struct queue *queue);
void queue_free(struct queue *queue);

#endif
