/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where an instance's daemon is asked: /run/xnlb/INSTANCE.sock. The folder is made if it is
 * missing, and left as it is if not: one with a group and the set-group-ID bit gives the group to
 * the sockets. Who may open the socket may read; who may write is seen from who connects.
 */
#ifndef DAEMON_SOCKET_H
#define DAEMON_SOCKET_H

#define SOCKET_FOLDER	 "/run/xnlb"
#define SOCKET_ENDING	 ".sock"
#define SOCKET_PATH_SIZE 108 /* struct sockaddr_un's */

/* Returns `path`. */
const char *socket_path(const char *instance, char path[SOCKET_PATH_SIZE]);

/*
 * A listening socket; one that is left over is replaced. The caller has the claim on the instance
 * (dataplane/claim.h). -EADDRINUSE if another daemon answers there, or another -errno (reported).
 */
int socket_listen(const char *instance);
void socket_close(const char *instance, int fd);

/* Removes what a daemon that was killed has left, and the folder if nothing else is there. */
void socket_forget(const char *instance);

/*
 * A connection to the instance's daemon, or -errno (not reported): -ENOENT, -ECONNREFUSED: none
 * runs; -EACCES.
 */
int socket_connect(const char *instance);

#endif
