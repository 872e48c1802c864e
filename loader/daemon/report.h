/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that there is to know of an instance, as one JSON document; docs/api.md has its fields. It is
 * the only query: the API gives it out, and `xnlb status` prints it, from a daemon or, where none
 * runs, from the pinned maps.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <jansson.h>
#include "daemon/beat.h"
#include "daemon/control.h"
#include "dataplane/state.h"

/* What only a daemon knows. */
struct report_live {
	const struct beat_news *news;
	const struct control_state *control;
	bool refused; /* the configuration, as it was read again */
	/* Now, by the membership's clock and by the wall's. */
	struct instant now;
	int64_t unix_us;
};

/* `live`: NULL where no daemon runs. NULL if memory is short. */
json_t *report(const struct state *state, const char *instance, const struct report_live *live);

/* Adds a line to the document's warnings. */
void report_warn(json_t *document, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* report_live.c: adds what only a daemon knows to a document without it. */
void report_add_live(json_t *document, const struct tables *tables, const struct report_live *live);

#endif
