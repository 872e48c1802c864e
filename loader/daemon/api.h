/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon's API: HTTP and JSON over the socket of socket.h; docs/api.md is its specification.
 * It runs in the event loop of the main thread, so whatever comes in there, the heartbeats go on.
 */
#ifndef DAEMON_API_H
#define DAEMON_API_H

#include <pthread.h>
#include <systemd/sd-event.h>
#include "core/cluster.h"
#include "daemon/beat.h"
#include "daemon/control.h"

struct api;

struct api_setup {
	const char *instance;
	const struct cluster *cluster; /* may become another one */
	sd_event *event;
	struct control *control;
	/* What the membership is now. */
	const struct beat_news *(*news)(void *data);
	pthread_mutex_t *machine; /* held while programs are replaced */
	bool refused;		  /* the configuration, as it was read again; may change */
	void *data;
};

/* What `setup` points to outlives it. 0 or -errno (reported). */
int api_open(const struct api_setup *setup, struct api **out);
void api_close(struct api *api); /* takes NULL */

#endif
