// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/daemon.h"

#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/say.h"
#include "core/digest.h"
#include "daemon/beat.h"
#include "daemon/clock.h"
#include "dataplane/announce.h"

/* Below the times after which switches and neighbours forget: 255 s, and some minutes. */
#define ANNOUNCE_US 60000000

/* A leave that nobody hears ends after this. */
#define LEAVE_US 2000000

struct daemon {
	const struct daemon_setup *setup;
	struct running *running;
	struct publisher *publisher;
	struct sender sender;
	struct residual residual;
	struct beat *beat;
	sd_event *event;
	struct beat_news news;
	bool leaving;
};

static const char *const state_text[XNLB_STATES] = {"listening", "preparing", "ready", "active",
						    "leaving"};

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
static void tell_mismatch(const struct node *node, uint8_t differs)
{
	static const char *const part_text[XNLB_PARTS] = {
		"mode or default", "cluster IPs", "nodes", "rules", "heartbeat or quorum", "seed"};
	char text[128] = "";
	size_t length = 0;

	for (int i = 0; i < XNLB_PARTS; i++)
		if (differs >> i & 1)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
						   length ? ", " : "", part_text[i]);
	if (differs)
		say_warning("%s has another configuration: %s; it is heard, and not admitted",
			    node->name, text);
	else
		say_note("%s has the same configuration again", node->name);
}

static void tell_mismatches(const struct daemon *daemon, const struct beat_news *before)
{
	const struct cluster *cluster = daemon->setup->cluster;

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		const struct node *node = &cluster->node[i];
		uint8_t differs = daemon->news.differs[node->id - 1];

		if (differs != before->differs[node->id - 1])
			tell_mismatch(node, differs);
	}
}

static void tell(const struct daemon *daemon, const struct beat_news *before)
{
	const struct beat_news *news = &daemon->news;
	char names[1024];

	if (news->state == before->state && view_same(&news->view, &before->view))
		return;
	node_names(daemon->setup->cluster, news->view.members, names, sizeof(names));
	if (news->state == XNLB_STATE_ACTIVE)
		say_note("active in view %llu with %s", (unsigned long long)news->view.id.epoch,
			 names);
	else if (news->state == XNLB_STATE_LISTEN && before->state != XNLB_STATE_LISTEN)
		say_note("listening: takes no new connections");
	sd_notifyf(0, "STATUS=%s, view %llu: %s", state_text[news->state],
		   (unsigned long long)news->view.id.epoch, names);
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct daemon *daemon = data;
	struct beat_news before = daemon->news;

	(void)source;
	(void)fd;
	(void)events;
	beat_news(daemon->beat, &daemon->news);
	tell(daemon, &before);
	tell_mismatches(daemon, &before);
	if (daemon->leaving && daemon->news.state == XNLB_STATE_LISTEN)
		return sd_event_exit(daemon->event, 0);
	return 0;
}

/* Is it this node that answers for the cluster IPs? */
static bool is_default_node(const struct daemon *daemon)
{
	return daemon->news.state == XNLB_STATE_ACTIVE &&
	       node_set_lowest(daemon->news.view.members) == daemon->setup->tables->setup.node;
}

/* What cannot be sent now is sent the next time; a link that is down is seen elsewhere. */
static int on_announce(sd_event_source *source, uint64_t time, void *data)
{
	struct daemon *daemon = data;
	int err =
		announce_again(daemon->setup->tables, daemon->setup->link, is_default_node(daemon));

	(void)time;
	if (err && err != -ENETDOWN)
		say_warning("%s: cannot announce the cluster IPs: %s", daemon->setup->link->name,
			    strerror(-err));
	err = sd_event_source_set_time_relative(source, ANNOUNCE_US);
	return err < 0 ? err : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_timeout(sd_event_source *source, uint64_t time, void *data)
{
	struct daemon *daemon = data;

	(void)source;
	(void)time;
	say_warning("the other nodes did not confirm that this one left");
	return sd_event_exit(daemon->event, 0);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *daemon = data;

	(void)source;
	(void)info;
	if (daemon->leaving)
		return sd_event_exit(daemon->event, 0);
	daemon->leaving = true;
	sd_notify(0, "STOPPING=1");
	if (daemon->news.state == XNLB_STATE_LISTEN)
		return sd_event_exit(daemon->event, 0);
	beat_leave(daemon->beat);
	return sd_event_add_time_relative(daemon->event, NULL, CLOCK_MONOTONIC, LEAVE_US, 0,
					  on_timeout, daemon);
}

/* Signals are read by the event loop; threads that start later inherit that they are blocked. */
static int listen_to_signals(struct daemon *daemon)
{
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	err = -pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (!err)
		err = sd_event_default(&daemon->event);
	if (err >= 0)
		err = sd_event_add_signal(daemon->event, NULL, SIGTERM, on_signal, daemon);
	if (err >= 0)
		err = sd_event_add_signal(daemon->event, NULL, SIGINT, on_signal, daemon);
	if (err >= 0)
		err = sd_event_set_watchdog(daemon->event, true);
	if (err < 0)
		say_error("cannot make an event loop: %s", strerror(-err));
	return err < 0 ? err : 0;
}

static int start_beat(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->setup->cluster;
	const struct xnlb_setup *setup = &daemon->setup->tables->setup;
	struct beat_setup beat = {
		.member = {.self = setup->node,
			   .nodes = cluster_nodes(cluster),
			   .quorum = cluster->quorum == XNLB_QUORUM_MAJORITY},
		.identity.key = setup->auth[0].id,
		.running = daemon->running,
		.publisher = daemon->publisher,
		.sender = &daemon->sender,
		.residual = &daemon->residual,
	};

	beat.identity.cluster = be64toh((XNLB_RAW uint64_t)setup->cluster);
	beat.member.digest = digest_cluster(cluster, beat.identity.cluster, beat.identity.part);
	timing_derive(cluster->heartbeat.interval_us, cluster->heartbeat.tolerance,
		      &beat.member.timing);
	do
		beat.member.incarnation = randombytes_random();
	while (!beat.member.incarnation);
	return beat_start(&beat, &daemon->beat);
}

static int start(struct daemon *daemon)
{
	const struct daemon_setup *setup = daemon->setup;
	int err = listen_to_signals(daemon);

	residual_init(&daemon->residual, cluster_nodes(setup->cluster), clock_now());
	if (!err)
		err = running_open(setup->instance, setup->tables, &daemon->running);
	if (!err)
		err = sender_open(&daemon->sender, setup->tables, setup->link,
				  setup->cluster->heartbeat.port);
	if (!err)
		err = publisher_start(setup->tables, daemon->running, &daemon->residual,
				      &daemon->publisher);
	if (!err)
		err = start_beat(daemon);
	if (err)
		return err;
	err = sd_event_add_io(daemon->event, NULL, beat_fd(daemon->beat), EPOLLIN, on_news, daemon);
	if (err >= 0)
		err = sd_event_add_time_relative(daemon->event, NULL, CLOCK_MONOTONIC, ANNOUNCE_US,
						 0, on_announce, daemon);
	return err < 0 ? err : 0;
}

static void stop(struct daemon *daemon)
{
	if (daemon->beat)
		beat_stop(daemon->beat);
	if (daemon->publisher)
		publisher_stop(daemon->publisher);
	sender_close(&daemon->sender);
	if (daemon->running)
		running_close(daemon->running);
	sd_event_unref(daemon->event);
}

int daemon_run(const struct daemon_setup *setup)
{
	struct daemon daemon = {.setup = setup, .sender.fd = -1};
	int err = start(&daemon);

	if (!err) {
		sd_notify(0, "READY=1");
		err = sd_event_loop(daemon.event);
		if (err < 0)
			say_error("the event loop failed: %s", strerror(-err));
	}
	stop(&daemon);
	return err < 0 ? err : 0;
}
