/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks an instance's daemon, by the API of docs/api.md. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <jansson.h>
#include <xnlb/limits.h>

struct client {
	char instance[XNLB_NAME_SIZE];
	void *curl;
};

/*
 * The daemon of an instance; NULL: the only one that runs. -ENOENT: none runs; -EACCES: it may not
 * be asked by this user (neither reported); another -errno (reported). `out->instance` is filled in
 * where it is known, else empty.
 */
int client_open(const char *instance, struct client *out);
void client_close(struct client *client);

/*
 * GET, or POST of `body` if there is one. The status of HTTP, with the answer in `*out`
 * (json_decref), or -errno (not reported): -ETIMEDOUT; -EPROTO, it answers with something else.
 */
int client_ask(struct client *client, const char *path, const json_t *body, json_t **out);

#endif
