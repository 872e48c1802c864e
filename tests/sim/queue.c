// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "queue.h"

#include <err.h>
#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
	return a->time != b->time ? a->time < b->time : a->order < b->order;
}

void queue_add(struct queue *queue, struct event event)
{
	size_t at = queue->count++;

	if (at == queue->room) {
		queue->room = queue->room ? 2 * queue->room : 1024;
		queue->heap = reallocarray(queue->heap, queue->room, sizeof(event));
		if (!queue->heap)
			err(2, "queue");
	}
	event.order = queue->order++;
	for (; at && before(&event, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
		queue->heap[at] = queue->heap[(at - 1) / 2];
	queue->heap[at] = event;
}

bool queue_take(struct queue *queue, int64_t until, struct event *out)
{
	struct event last;
	size_t at = 0, next;

	if (!queue->count || queue->heap[0].time > until)
		return false;
	*out = queue->heap[0];
	last = queue->heap[--queue->count];
	while ((next = 2 * at + 1) < queue->count) {
		if (next + 1 < queue->count && before(&queue->heap[next + 1], &queue->heap[next]))
			next++;
		if (!before(&queue->heap[next], &last))
			break;
		queue->heap[at] = queue->heap[next];
		at = next;
	}
	queue->heap[at] = last;
	return true;
}

void queue_clear(struct queue *queue)
{
	queue->count = 0;
	queue->order = 0;
}

void queue_free(struct queue *queue)
{
	free(queue->heap);
	*queue = (struct queue){0};
}
