/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the API answers to what. Knows no HTTP but its methods and status codes. */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

#include <jansson.h>
#include <stddef.h>
#include "daemon/api.h"

struct question {
	const char *method;
	const char *path;
	const char *type; /* of the body; NULL: not given */
	bool may_change;  /* who asks is root, or the daemon's user */
	const char *body;
	size_t size;
};

struct answer {
	unsigned int status; /* of HTTP */
	const char *allow;   /* with 405: the methods that there are; else NULL */
	json_t *document;    /* NULL if memory is short */
};

/* Is it wrong already before the body is read? Then that is the answer. `size`: if it is known. */
bool answer_early(const struct question *question, struct answer *out);

void answer(const struct api_setup *setup, const struct question *question, struct answer *out);

#endif
