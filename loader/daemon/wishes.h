/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What operators have asked of this node, and its file: JSON, rules by their names. The file is
 * replaced as a whole, and mends itself: what cannot be read is reported, and as if it were not
 * there.
 */
#ifndef DAEMON_WISHES_H
#define DAEMON_WISHES_H

#include "core/cluster.h"
#include "daemon/socket.h"

enum wish_part { WISH_STARTED, WISH_DRAINING, WISH_STOPPED, WISH_SUSPENDED };
enum wish_rule { WISH_OPEN, WISH_RULE_DRAINING, WISH_CLOSED };

struct wishes {
	enum wish_part part;
	enum wish_part before; /* suspended: what it was before */
	uint8_t weight;	       /* percent */
	uint8_t closed;	       /* version of the list of rules that are not open; 0: never */
	uint8_t rule[XNLB_RULES_MAX + 1]; /* enum wish_rule, by number */
};

/* Of an instance's file, in the folder of the sockets. Returns `path`. */
#define WISHES_PATH_SIZE (sizeof(SOCKET_FOLDER) + XNLB_NAME_SIZE + 8)
const char *wishes_path(const char *instance, char path[WISHES_PATH_SIZE]);
void wishes_forget(const char *instance);

/* Nothing was asked, if there is no file. */
void wishes_read(const char *path, const struct cluster *cluster, struct wishes *out);

/* Through "PATH.new". 0 or -errno (reported); what was there is untouched then. */
int wishes_write(const char *path, const struct cluster *cluster, const struct wishes *wishes);

#endif
