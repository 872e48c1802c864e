/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration: one YAML file, the same on every node, read into a struct cluster. The keys
 * are described in docs/configuration.md. All errors of a file are reported, each with line, column
 * and the line itself, on stderr; nothing is applied from a file with an error.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdio.h>
#include <jansson.h>

#include "config/keyfile.h"
#include "config/source.h"
#include "core/cluster.h"

#define CONFIG_SIZE_MAX (2 << 20) /* bytes of a file */

struct config {
	struct cluster cluster;
	char *key_file; /* as the configuration has it */
	char *key_path; /* the same as seen from here: relative to the configuration's folder */
	struct source *source; /* the file; its path is as the user gave it */
	/* Where things stand, for messages about them that come later. */
	struct mark ip_mark[XNLB_IPS_MAX];
	struct mark interface_mark;	       /* line 0 if the cluster names none */
	struct mark key_mark;		       /* key_file */
	struct mark node_mark[XNLB_NODES_MAX]; /* the node's interface, else the whole node */
};

/*
 * Reads and checks `path`. 0; -EINVAL if the file has errors (all reported); another -errno if it
 * cannot be read (reported). `*out` is untouched on failure; free it with config_free.
 */
int config_read(const char *path, struct config **out);
void config_free(struct config *config);

/* The same from memory; `path` is for messages and to find the key file. Reports to `errors`. */
int config_parse(const char *path, const char *text, size_t length, FILE *errors,
		 struct config **out);

/*
 * Reports one more error about the file in the same form: "FILE:LINE:COLUMN: error: ...", the line
 * and a caret. For checks that need the machine, such as the interface's addresses.
 */
void config_error(const struct config *config, struct mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The node that this machine is: `name` if given (--node), else the host name, also without its
 * domain. NULL if the file has no such node (reported, with the names that it has).
 */
const struct node *config_self(const struct config *config, const char *name);

/* The node that the host name says; NULL if it is none (not reported). */
const struct node *config_here(const struct config *config);

/* What the cluster's key file has. 0 or -errno (reported; a missing file at key_mark). */
int config_secrets(const struct config *config, struct secrets *out);

/*
 * The configuration as it was understood, all defaults filled in: an object that is, written to a
 * file beside the original, the same configuration. NULL if memory is short.
 */
json_t *config_json(const struct config *config);

/* Every key that a configuration may have, in the order of the documentation. */
struct config_key {
	char path[64]; /* "cluster.name", "rules[].ports" */
	const char *type, *fallback, *help;
	bool required;
};

void config_each_key(void (*visit)(const struct config_key *key, void *data), void *data);

#endif
