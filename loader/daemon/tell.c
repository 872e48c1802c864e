// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/tell.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/say.h"
#include "daemon/words.h"

/* "node1, node3" */
static const char *node_names(const struct cluster *cluster, node_set nodes, char *text,
			      size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < cluster->nodes && length < size; i++)
		if (nodes & node_bit(cluster->node[i].id))
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? ", " : "", cluster->node[i].name);
	return text;
}

/* Named on both sides, for each compares what it hears with its own. */
static void tell_differs(const struct node *node, const struct beat_news *before,
			 const struct beat_news *news)
{
	uint8_t differs = news->differs[node->id - 1];
	char text[MISMATCH_TEXT_SIZE];

	if (differs == before->differs[node->id - 1])
		return;
	if (differs)
		say_warning("%s", mismatch_text(node->name, differs,
						news->view.members & node_bit(node->id), text));
	else
		say_note("%s has the same configuration again", node->name);
}

static void tell_view(const struct cluster *cluster, const struct beat_news *before,
		      const struct beat_news *news)
{
	char names[1024];

	if (news->state == before->state && view_same(&news->view, &before->view))
		return;
	node_names(cluster, news->view.members, names, sizeof(names));
	if (news->state == XNLB_STATE_ACTIVE)
		say_note("active in view %llu with %s", (unsigned long long)news->view.id.epoch,
			 names);
	else if (news->state == XNLB_STATE_LISTEN && before->state != XNLB_STATE_LISTEN)
		say_note("listening: takes no new connections");
	sd_notifyf(0, "STATUS=%s, view %llu: %s", word_of(member_words, news->state),
		   (unsigned long long)news->view.id.epoch, names);
}

void tell_news(const struct cluster *cluster, const struct beat_news *before,
	       const struct beat_news *news)
{
	tell_view(cluster, before, news);
	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];
		node_set bit = node_bit(node->id);
		char text[MISMATCH_TEXT_SIZE];

		tell_differs(node, before, news);
		if (news->twice & ~before->twice & bit)
			say_warning("%s", twice_text(node->name, node->id, text));
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			if (news->silent[ipv6] & ~before->silent[ipv6] & bit)
				say_warning("%s", silent_text(node->name, ipv6, text));
			if (before->silent[ipv6] & ~news->silent[ipv6] & news->live & bit)
				say_note("%s is heard over IPv%d", node->name, ipv6 ? 6 : 4);
		}
	}
}
