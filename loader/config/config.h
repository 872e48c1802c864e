/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration: one YAML file, the same on every node, read into a struct cluster. The keys
 * are described in docs/configuration.md. All errors of a file are reported, each with line, column and the
 * line itself, on stderr; nothing is applied from a file with an error.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "core/cluster.h"

/* Where something stands in the file, for messages about it that come later; line 0: nowhere. */
struct mark {
	unsigned int line, column; /* from 1 */
};

struct config {
	struct cluster cluster;
	char *path;	/* of the file */
	char *key_path; /* of the key file, relative names resolved against the file's folder */
	struct mark ip_mark[XNLB_IPS_MAX];
	struct mark interface_mark;
	struct mark node_mark[XNLB_NODES_MAX];
};

/*
 * Reads and checks `path`. 0; -EINVAL if the file has errors (all reported); another -errno if it
 * cannot be read (reported). `*out` is untouched on failure; free it with config_free.
 */
int config_read(const char *path, struct config **out);
void config_free(struct config *config);

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

#endif
