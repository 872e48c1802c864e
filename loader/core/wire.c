// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Heartbeats to bytes and back. Knows nothing of keys. */
#include <arpa/inet.h>
#include <string.h>

#include "core/wire.h"

static __be64 to64(uint64_t value)
{
	__be64 out;
	__be32 half[2] = {htonl((uint32_t)(value >> 32)), htonl((uint32_t)value)};

	memcpy(&out, half, sizeof(out));
	return out;
}

static uint64_t from64(__be64 value)
{
	__be32 half[2];

	memcpy(half, &value, sizeof(half));
	return (uint64_t)ntohl(half[0]) << 32 | ntohl(half[1]);
}

static uint8_t highest(node_set set)
{
	return set ? (uint8_t)(64 - __builtin_clzll(set)) : 0;
}

static void write_head(const struct heartbeat *from, const struct wire_identity *identity,
		       struct xnlb_frame_head *head)
{
	node_set ids = from->view.members | from->heard | from->acked | node_bit(from->node);

	*head = (struct xnlb_frame_head){
		.magic = htonl(XNLB_FRAME_MAGIC),
		.version = XNLB_FRAME_VERSION,
		.type = (uint8_t)from->type,
		.key = identity->key,
		.flags = (uint8_t)((from->join ? XNLB_FLAG_JOIN : 0) |
				   (from->out ? XNLB_FLAG_OUT : 0)),
		.cluster = to64(identity->cluster),
		.node = from->node,
		.lowest = XNLB_FRAME_VERSION,
		.highest = XNLB_FRAME_VERSION,
		.count = highest(ids),
		.incarnation = htonl(from->incarnation),
		.sequence = to64(from->sequence),
		.view_epoch = to64(from->view.id.epoch),
		.view_rank = to64(from->view.id.rank),
		.view_members = to64(from->view.members),
		.view_digest = to64(from->view.digest),
		.view_hash = to64(from->view.hash),
		.state = (uint8_t)from->state,
		.weight = from->weight,
		.closed = from->closed,
		.last_epoch = to64(from->last.epoch),
		.last_rank = to64(from->last.rank),
		.last_with = to64(from->last_with),
		.heard = to64(from->heard),
		.acked = to64(from->acked),
		.digest = to64(from->digest),
	};
	for (int i = 0; i < XNLB_PARTS; i++)
		head->part[i] = htonl(identity->part[i]);
}

static void write_member(const struct heartbeat *from, int i, struct xnlb_frame_member *member)
{
	*member = (struct xnlb_frame_member){
		.incarnation = htonl(from->view.incarnation[i]),
		.weight = from->view.weight[i],
		.closed = from->view.closed[i],
	};
	if (from->heard >> i & 1)
		member->heard_incarnation = htonl(from->heard_incarnation[i]);
	if (from->acked >> i & 1)
		member->ack = htons(from->ack[i]);
}

static size_t extension_bytes(const struct wire_extension *extension)
{
	return extension->part == XNLB_EXTENSION_NONE ? 0 : XNLB_EXTENSION_BITS / 8;
}

static size_t extension_size(const struct wire_extension *extension)
{
	return XNLB_FRAME_FILLED(sizeof(struct xnlb_frame_extension) + extension_bytes(extension));
}

static size_t write_extension(const struct wire_extension *from, uint8_t *out)
{
	struct xnlb_frame_extension head = {
		.type = (uint8_t)from->type,
		.part = from->part,
		.length = htons((uint16_t)extension_bytes(from)),
	};

	memcpy(out, &head, sizeof(head));
	if (!extension_bytes(from))
		return extension_size(from);
	for (int i = 0; i < XNLB_EXTENSION_BITS / 64; i++) {
		__be64 word = to64(from->bits[i]);

		memcpy(out + sizeof(head) + i * sizeof(word), &word, sizeof(word));
	}
	return extension_size(from);
}

size_t wire_write(const struct heartbeat *heartbeat, const struct wire_identity *identity,
		  const struct wire_extension *extension, size_t extensions, size_t *written,
		  uint8_t out[XNLB_FRAME_MAX])
{
	struct xnlb_frame_head head;
	struct xnlb_frame_member member;
	size_t length;

	memset(out, 0, XNLB_FRAME_MAX);
	write_head(heartbeat, identity, &head);
	for (int i = 0; i < head.count; i++) {
		write_member(heartbeat, i, &member);
		memcpy(out + sizeof(head) + (size_t)i * sizeof(member), &member, sizeof(member));
	}
	length = XNLB_FRAME_MEMBERS(head.count);
	for (*written = 0; *written < extensions; ++*written) {
		if (length + extension_size(&extension[*written]) + XNLB_FRAME_TAG > XNLB_FRAME_MAX)
			break;
		length += write_extension(&extension[*written], out + length);
	}
	length += XNLB_FRAME_TAG;
	head.length = htons((uint16_t)length);
	memcpy(out, &head, sizeof(head));
	return length;
}

/* Does all that is told about a node belong to a set that has it? */
static enum wire_fault read_member(const struct xnlb_frame_member *member, int i,
				   struct heartbeat *out)
{
	out->view.incarnation[i] = ntohl(member->incarnation);
	out->view.weight[i] = member->weight;
	out->view.closed[i] = member->closed;
	out->heard_incarnation[i] = ntohl(member->heard_incarnation);
	out->ack[i] = ntohs(member->ack);
	if (!(out->heard >> i & 1) != !out->heard_incarnation[i])
		return WIRE_NODE;
	return !(out->acked >> i & 1) && out->ack[i] ? WIRE_NODE : WIRE_OK;
}

static enum wire_fault read_members(const uint8_t *frame, int count, struct heartbeat *out)
{
	struct xnlb_frame_member member;
	enum wire_fault fault;
	size_t at = sizeof(struct xnlb_frame_head);

	for (int i = 0; i < count; i++, at += sizeof(member)) {
		memcpy(&member, frame + at, sizeof(member));
		fault = read_member(&member, i, out);
		if (fault != WIRE_OK)
			return fault;
	}
	for (; at < XNLB_FRAME_MEMBERS((unsigned int)count); at++)
		if (frame[at])
			return WIRE_FILL;
	return WIRE_OK;
}

/* All extensions lie within the frame, whatever they are. */
static enum wire_fault check_extensions(const uint8_t *frame, size_t at, size_t end)
{
	struct xnlb_frame_extension head;

	while (at < end) {
		size_t length, filled;

		memcpy(&head, frame + at, sizeof(head));
		length = sizeof(head) + ntohs(head.length);
		filled = XNLB_FRAME_FILLED(length);
		if (filled > end - at)
			return WIRE_LENGTH;
		for (size_t i = length; i < filled; i++)
			if (frame[at + i])
				return WIRE_FILL;
		at += filled;
	}
	return WIRE_OK;
}

/* Cheapest first. */
static enum wire_fault check_head(const struct xnlb_frame_head *head, size_t length,
				  uint64_t cluster)
{
	if (ntohl(head->magic) != XNLB_FRAME_MAGIC)
		return WIRE_MAGIC;
	if (head->version != XNLB_FRAME_VERSION)
		return WIRE_VERSION;
	if (from64(head->cluster) != cluster)
		return WIRE_CLUSTER;
	if (ntohs(head->length) != length)
		return WIRE_LENGTH;
	if ((head->type != XNLB_FRAME_HEARTBEAT && head->type != XNLB_FRAME_LEAVE) ||
	    head->state >= XNLB_STATES || !head->incarnation || !head->sequence ||
	    head->weight > XNLB_WEIGHT_MAX)
		return WIRE_TYPE;
	if (head->reserved || head->reserved2 ||
	    head->flags & ~(unsigned int)(XNLB_FLAG_JOIN | XNLB_FLAG_OUT))
		return WIRE_FILL;
	if (head->node < 1 || head->node > head->count || head->count > XNLB_NODES_MAX ||
	    length < XNLB_FRAME_MEMBERS(head->count) + XNLB_FRAME_TAG)
		return WIRE_NODE;
	return WIRE_OK;
}

static void read_head(const struct xnlb_frame_head *head, struct heartbeat *out)
{
	*out = (struct heartbeat){
		.type = (enum xnlb_frame_type)head->type,
		.node = head->node,
		.incarnation = ntohl(head->incarnation),
		.sequence = from64(head->sequence),
		.state = (enum xnlb_state)head->state,
		.join = head->flags & XNLB_FLAG_JOIN,
		.out = head->flags & XNLB_FLAG_OUT,
		.weight = head->weight,
		.closed = head->closed,
		.digest = from64(head->digest),
		.view.id = {from64(head->view_epoch), from64(head->view_rank)},
		.view.members = from64(head->view_members),
		.view.digest = from64(head->view_digest),
		.view.hash = from64(head->view_hash),
		.last = {from64(head->last_epoch), from64(head->last_rank)},
		.last_with = from64(head->last_with),
		.heard = from64(head->heard),
		.acked = from64(head->acked),
	};
}

/* A view that is one, or none at all; who operates has one. */
static bool view_makes_sense(const struct heartbeat *heartbeat)
{
	const struct view *view = &heartbeat->view;
	struct view none = {.id.epoch = 0};

	if (heartbeat->last_with & ~view->members)
		return false;
	if (view->id.epoch)
		return view_valid(view);
	return !memcmp(view, &none, sizeof(none)) && !state_operates(heartbeat->state);
}

enum wire_fault wire_read(const uint8_t *frame, size_t length, uint64_t cluster,
			  struct heartbeat *out, uint32_t part[XNLB_PARTS])
{
	struct xnlb_frame_head head;
	struct heartbeat read;
	enum wire_fault fault;

	if (length < XNLB_FRAME_MIN || length > XNLB_FRAME_MAX || length % 8)
		return WIRE_LENGTH;
	memcpy(&head, frame, sizeof(head));
	fault = check_head(&head, length, cluster);
	if (fault != WIRE_OK)
		return fault;
	read_head(&head, &read);
	if (highest(read.view.members | read.heard | read.acked | read.last_with) > head.count)
		return WIRE_NODE;
	fault = read_members(frame, head.count, &read);
	if (fault == WIRE_OK)
		fault = check_extensions(frame, XNLB_FRAME_MEMBERS(head.count),
					 length - XNLB_FRAME_TAG);
	if (fault != WIRE_OK)
		return fault;
	if (!view_makes_sense(&read))
		return WIRE_VIEW;
	*out = read;
	for (int i = 0; i < XNLB_PARTS; i++)
		part[i] = ntohl(head.part[i]);
	return WIRE_OK;
}

static bool read_extension(const struct xnlb_frame_extension *head, const uint8_t *bytes,
			   struct wire_extension *out)
{
	if (head->type < XNLB_EXTENSION_RESIDUAL || head->type > XNLB_EXTENSION_CLOSED_VIEW ||
	    ntohs(head->length) != (head->part == XNLB_EXTENSION_NONE ? 0 : sizeof(out->bits)))
		return false;
	memset(out, 0, sizeof(*out));
	out->type = (enum xnlb_extension_type)head->type;
	out->part = head->part;
	if (head->part == XNLB_EXTENSION_NONE)
		return true;
	for (int i = 0; i < XNLB_EXTENSION_BITS / 64; i++) {
		__be64 word;

		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		out->bits[i] = from64(word);
	}
	return true;
}

bool wire_extension(const uint8_t *frame, size_t length, size_t *offset, struct wire_extension *out)
{
	struct xnlb_frame_extension head;
	bool found = false;

	if (!*offset)
		*offset = XNLB_FRAME_MEMBERS(
			((const struct xnlb_frame_head *)(const void *)frame)->count);
	while (!found && *offset < length - XNLB_FRAME_TAG) {
		memcpy(&head, frame + *offset, sizeof(head));
		found = read_extension(&head, frame + *offset + sizeof(head), out);
		*offset += XNLB_FRAME_FILLED(sizeof(head) + ntohs(head.length));
	}
	return found;
}
