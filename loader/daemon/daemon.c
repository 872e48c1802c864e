// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/daemon.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/api.h"
#include "daemon/beat.h"
#include "daemon/clock.h"
#include "daemon/control.h"
#include "daemon/health.h"
#include "daemon/reload.h"
#include "daemon/strangers.h"
#include "daemon/tell.h"
#include "daemon/timer.h"
#include "dataplane/announce.h"

/* Below the times after which switches and neighbours forget: 255 s, and some minutes. */
#define ANNOUNCE_US 60000000

/* So many looks without a step of the heartbeat thread: it is stuck, and this daemon of no use. */
#define STUCK_LOOKS 10

/* How often to look whether all is still there that was attached. */
#define LOOK_US 500000
#define SOON_US 10000 /* a timer may be so late; 0 would mean a quarter of a second */

/* A leave that nobody hears ends after this. */
#define LEAVE_US 2000000

struct daemon {
	const struct daemon_setup *setup;
	struct deployments deployed;
	struct running *running;
	struct publisher *publisher;
	struct residual residual;
	struct beat *beat;
	struct control *control;
	struct health *health;
	struct strangers strangers;
	uint8_t strange[XNLB_NODES_MAX]; /* what they differ in, as in the news */
	struct api_setup api_setup;
	struct api *api;
	sd_event *event;
	/* Held while programs are replaced, and while the main thread looks at what is attached. */
	pthread_mutex_t machine;
	struct beat_news news;
	bool leaving, fit;
	uint64_t steps; /* of the heartbeat thread, and how often they were looked at in vain */
	unsigned int stuck;
	struct tries {
		unsigned int looks, next; /* the next is at this one */
	} tries;			  /* to attach to an interface that came back */
	int failure;			  /* it ends because of this */
};

static void note_configuration(struct daemon *daemon)
{
	if (!deployments_turn(&daemon->deployed, daemon->news.digest))
		return;
	daemon->api_setup.cluster = daemon->deployed.now.cluster;
	control_gone_by(daemon->control, daemon->deployed.now.cluster);
	say_note("the new configuration is gone by");
}

static int leave(struct daemon *daemon);

static int take_news(struct daemon *daemon)
{
	struct beat_news before = daemon->news;

	beat_news(daemon->beat, &daemon->news);
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		daemon->news.differs[i] |= daemon->strange[i];
	note_configuration(daemon);
	tell_news(daemon->deployed.now.cluster, &before, &daemon->news);
	control_news(daemon->control, &daemon->news);
	if (daemon->news.failed && !daemon->failure) {
		daemon->failure = -EIO;
		return leave(daemon);
	}
	if (daemon->leaving && daemon->news.state == XNLB_STATE_LISTEN)
		return sd_event_exit(daemon->event, 0);
	return 0;
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	return take_news(data);
}

/* Who asks gets the newest; what it tells is told as if it had come by itself. */
static const struct beat_news *newest_news(void *data)
{
	struct daemon *daemon = data;

	take_news(daemon);
	return &daemon->news;
}

/* Is it this node that answers for the cluster IPs? */
static bool is_default_node(const struct daemon *daemon)
{
	return daemon->news.state == XNLB_STATE_ACTIVE &&
	       node_set_lowest(daemon->news.view.members) ==
		       daemon->deployed.now.tables->setup.node;
}

/* What cannot be sent now is sent the next time; a link that is down is seen elsewhere. */
static int on_announce(sd_event_source *source, uint64_t time, void *data)
{
	struct daemon *daemon = data;
	int err = announce_again(daemon->deployed.now.tables, &daemon->deployed.now.link,
				 is_default_node(daemon));

	(void)time;
	if (err && err != -ENETDOWN)
		say_warning("%s: cannot announce the cluster IPs: %s",
			    daemon->deployed.now.link.name, strerror(-err));
	return timer_again(source, ANNOUNCE_US);
}

static int replace(void *data, struct tables *tables, const struct interface *link)
{
	struct daemon *daemon = data;
	int err;

	pthread_mutex_lock(&daemon->machine);
	err = daemon->setup->attach(daemon->setup->data, tables, link);
	pthread_mutex_unlock(&daemon->machine);
	return err;
}

/* For the publisher, with tables of its own. 0 or -ENOMEM (reported). */
static int make_ready(struct daemon *daemon, const struct deployment *site,
		      struct publisher_next *out)
{
	*out = (struct publisher_next){
		.digest = site->tables->cluster.digest,
		.attach = replace,
		.data = daemon,
		.link = site->link,
	};
	if (!tables_copy(site->tables, &out->tables))
		return 0;
	say_error("out of memory");
	return -ENOMEM;
}

/* By the same configuration: what the machine has forgotten meanwhile. */
static void attach_again(struct daemon *daemon)
{
	struct publisher_next ready;

	if (daemon->deployed.next[0].cluster || make_ready(daemon, &daemon->deployed.now, &ready))
		return;
	say_note("%s is up again: attaching again", daemon->deployed.now.link.name);
	publisher_prepare(daemon->publisher, &ready);
}

static int on_timeout(sd_event_source *source, uint64_t time, void *data)
{
	struct daemon *daemon = data;

	(void)source;
	(void)time;
	say_warning("the other nodes did not confirm that this one left");
	return sd_event_exit(daemon->event, 0);
}

static int leave(struct daemon *daemon)
{
	daemon->leaving = true;
	sd_notify(0, "STOPPING=1");
	if (daemon->news.state == XNLB_STATE_LISTEN)
		return sd_event_exit(daemon->event, 0);
	control_fit(daemon->control, false);
	return sd_event_add_time_relative(daemon->event, NULL, CLOCK_MONOTONIC, LEAVE_US, SOON_US,
					  on_timeout, daemon);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *daemon = data;

	(void)source;
	(void)info;
	return daemon->leaving ? sd_event_exit(daemon->event, 0) : leave(daemon);
}

/* ---- another configuration ---- */

static int go_over(struct daemon *daemon, struct deployment *next)
{
	struct publisher_next ready;
	struct beat_configuration configuration;
	struct beat_offer offer;
	int err = deployment_configuration(next, &configuration);

	if (err)
		return err;
	err = make_ready(daemon, next, &ready);
	if (err) {
		sender_close(&configuration.sender);
		return err;
	}
	/* Before the one that it goes by may be given up. */
	control_configure(daemon->control, next->cluster, ready.digest, &offer);
	deployments_add(&daemon->deployed, next);
	publisher_prepare(daemon->publisher, &ready);
	beat_configure(daemon->beat, &configuration, &offer);
	return 0;
}

/*
 * The interface was unplugged, and one of its name is there: by the same configuration to that one.
 * What keeps it from that, as an address that is still missing, is told each time; so it is tried
 * ever more seldom.
 */
static void attach_to_another(struct daemon *daemon)
{
	struct deployment next;

	if (daemon->deployed.next[0].cluster || daemon->setup->prepare(daemon->setup->data, &next))
		return;
	if (reload_compare(&daemon->deployed.now, &next) != RELOAD_HERE) {
		say_warning("the file has another configuration: SIGHUP takes it, and attaches");
	} else {
		say_note("%s is another interface by now: attaching to it", next.link.name);
		if (!go_over(daemon, &next))
			return;
	}
	deployment_release(daemon->setup, &next);
}

/* Does what was read again; `*next` is the daemon's then. 0 or -errno (reported). */
static int take(struct daemon *daemon, struct deployment *next)
{
	enum reload what = reload_compare(&daemon->deployed.now, next);

	if (what == RELOAD_REFUSED)
		return -EINVAL;
	if (what == RELOAD_SAME && !daemon->deployed.next[0].cluster &&
	    health_is_good(daemon->health)) {
		say_note("the configuration is the same, and all is there");
		deployment_release(daemon->setup, next);
		return 0;
	}
	if (what == RELOAD_CLUSTER)
		say_note("another configuration: it is gone by as soon as all members have it");
	return go_over(daemon, next);
}

static int reload(struct daemon *daemon)
{
	struct deployment next;
	int err = daemon->setup->prepare(daemon->setup->data, &next);

	if (err) {
		say_error("the configuration cannot be taken; the former one stays");
		return err;
	}
	err = take(daemon, &next);
	if (err)
		deployment_release(daemon->setup, &next);
	return err;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *daemon = data;

	(void)source;
	(void)info;
	if (daemon->leaving)
		return 0;
	sd_notify(0, "RELOADING=1");
	daemon->api_setup.refused = reload(daemon) != 0;
	sd_notify(0, "READY=1");
	return 0;
}

/* ---- looking whether all is well ---- */

/* Looks are counted, not time: who stood still as a whole is not stuck. */
static bool is_stuck(struct daemon *daemon)
{
	uint64_t steps = beat_steps(daemon->beat);

	daemon->stuck = steps == daemon->steps ? daemon->stuck + 1 : 0;
	daemon->steps = steps;
	return daemon->stuck >= STUCK_LOOKS;
}

static int look_for_strangers(struct daemon *daemon)
{
	struct xnlb_stranger now[XNLB_NODES_MAX + 1];

	if (running_strangers(daemon->running, now))
		return 0;
	strangers_look(&daemon->strangers, now, clock_now(), daemon->strange);
	return take_news(daemon);
}

/* Whether this node can serve is known to `control` then. */
static void look(struct daemon *daemon)
{
	struct health_report report;

	pthread_mutex_lock(&daemon->machine);
	report = health_look(daemon->health);
	pthread_mutex_unlock(&daemon->machine);
	if (!report.fit && daemon->fit)
		say_warning("this node takes no part until that is mended; SIGHUP attaches again");
	daemon->fit = report.fit;
	if (report.returned)
		attach_again(daemon);
	if (report.another)
		attach_to_another(daemon);
	if (!daemon->leaving)
		control_fit(daemon->control, report.fit);
}

static int on_look(sd_event_source *source, uint64_t time, void *data)
{
	struct daemon *daemon = data;
	int err;

	(void)time;
	if (is_stuck(daemon)) {
		say_error("the heartbeat thread has made no step for 5 s: this daemon ends");
		_exit(EXIT_FAILURE); /* it cannot be joined */
	}
	look(daemon);
	err = look_for_strangers(daemon);
	return err < 0 ? err : timer_again(source, LOOK_US);
}

/* Signals are read by the event loop; threads that start later inherit that they are blocked. */
static int listen_to_signals(struct daemon *daemon)
{
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	err = -pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (!err)
		err = sd_event_default(&daemon->event);
	if (err >= 0)
		err = sd_event_add_signal(daemon->event, NULL, SIGTERM, on_signal, daemon);
	if (err >= 0)
		err = sd_event_add_signal(daemon->event, NULL, SIGINT, on_signal, daemon);
	if (err >= 0)
		err = sd_event_add_signal(daemon->event, NULL, SIGHUP, on_reload, daemon);
	if (err >= 0)
		err = sd_event_set_watchdog(daemon->event, true);
	if (err < 0)
		say_error("cannot make an event loop: %s", strerror(-err));
	return err < 0 ? err : 0;
}

static int start_beat(struct daemon *daemon)
{
	const struct cluster *cluster = daemon->deployed.now.cluster;
	const struct xnlb_setup *setup = &daemon->deployed.now.tables->setup;
	struct beat_setup beat = {
		.self = setup->node,
		.quorum = cluster->quorum == XNLB_QUORUM_MAJORITY,
		.cluster = be64toh((XNLB_RAW uint64_t)setup->cluster),
		.running = daemon->running,
		.publisher = daemon->publisher,
		.residual = &daemon->residual,
		.carried = daemon->setup->carried,
	};
	int err = deployment_configuration(&daemon->deployed.now, &beat.configuration);

	if (err)
		return err;
	timing_derive(cluster->heartbeat.interval_us, cluster->heartbeat.tolerance, &beat.timing);
	control_offer(daemon->control, &beat.offer);
	return beat_start(&beat, &daemon->beat);
}

static int start_publisher(struct daemon *daemon)
{
	struct publisher_setup publisher = {
		.digest = daemon->deployed.now.tables->cluster.digest,
		.running = daemon->running,
		.residual = &daemon->residual,
		.carried = daemon->setup->carried,
	};
	int err = tables_copy(daemon->deployed.now.tables, &publisher.tables);

	if (err) {
		say_error("out of memory");
		return err;
	}
	return publisher_start(&publisher, &daemon->publisher);
}

static int start_api(struct daemon *daemon)
{
	daemon->api_setup = (struct api_setup){
		.instance = daemon->setup->instance,
		.cluster = daemon->deployed.now.cluster,
		.event = daemon->event,
		.control = daemon->control,
		.news = newest_news,
		.machine = &daemon->machine,
		.data = daemon,
	};
	return api_open(&daemon->api_setup, &daemon->api);
}

static int start(struct daemon *daemon)
{
	const struct daemon_setup *setup = daemon->setup;
	const struct tables *tables = daemon->deployed.now.tables;
	int err = listen_to_signals(daemon);

	residual_init(&daemon->residual, cluster_nodes(daemon->deployed.now.cluster), clock_now());
	if (!err)
		err = running_open(setup->instance, tables, &daemon->running);
	if (!err)
		err = start_publisher(daemon);
	if (!err)
		err = control_open(setup->instance, daemon->deployed.now.cluster,
				   tables->setup.node, &daemon->control);
	if (!err)
		err = health_open(setup->instance, &daemon->health);
	if (!err) {
		/* To attach may have reset the link: it listens when that is there again. */
		look(daemon);
		err = start_beat(daemon);
	}
	if (!err)
		err = control_begin(daemon->control, daemon->event, daemon->beat, daemon->publisher,
				    tables->cluster.digest);
	if (!err)
		err = start_api(daemon);
	if (err)
		return err;
	err = sd_event_add_io(daemon->event, NULL, beat_fd(daemon->beat), EPOLLIN, on_news, daemon);
	if (err >= 0)
		err = sd_event_add_time_relative(daemon->event, NULL, CLOCK_MONOTONIC, ANNOUNCE_US,
						 0, on_announce, daemon);
	if (err >= 0)
		err = sd_event_add_time_relative(daemon->event, NULL, CLOCK_MONOTONIC, LOOK_US,
						 SOON_US, on_look, daemon);
	return err < 0 ? err : 0;
}

static void stop(struct daemon *daemon)
{
	api_close(daemon->api);
	health_close(daemon->health);
	control_close(daemon->control);
	if (daemon->beat)
		beat_stop(daemon->beat, true);
	if (daemon->publisher)
		publisher_stop(daemon->publisher);
	if (daemon->running)
		running_close(daemon->running);
	deployments_release(&daemon->deployed);
	sd_event_unref(daemon->event);
}

int daemon_run(const struct daemon_setup *setup)
{
	struct daemon daemon = {.setup = setup,
				.deployed = {.setup = setup, .now = setup->site},
				.machine = PTHREAD_MUTEX_INITIALIZER,
				.fit = true};
	int err = start(&daemon);

	if (!err) {
		sd_notify(0, "READY=1");
		err = sd_event_loop(daemon.event);
		if (err < 0)
			say_error("the event loop failed: %s", strerror(-err));
	}
	if (err >= 0)
		err = daemon.failure;
	stop(&daemon);
	return err < 0 ? err : 0;
}
