// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/say.h"

/* More than come at once: who does not fit in is refused. */
#define BACKLOG 256

const char *socket_path(const char *instance, char path[SOCKET_PATH_SIZE])
{
	snprintf(path, SOCKET_PATH_SIZE, SOCKET_FOLDER "/%s" SOCKET_ENDING, instance);
	return path;
}

static struct sockaddr_un fill(const char *instance)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	socket_path(instance, address.sun_path);
	return address;
}

int socket_connect(const char *instance)
{
	struct sockaddr_un address = fill(instance);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Nobody else may make files there: else there could be a socket of theirs. */
static int check_folder(void)
{
	struct stat folder;
	int err;

	/* Whatever the umask: it is to be entered by all. */
	if (!mkdir(SOCKET_FOLDER, 0755)) {
		if (!chmod(SOCKET_FOLDER, 0755))
			return 0;
	} else if (errno == EEXIST && !lstat(SOCKET_FOLDER, &folder)) {
		bool ours = folder.st_uid == 0 || folder.st_uid == geteuid();

		if (S_ISDIR(folder.st_mode) && ours && !(folder.st_mode & 022))
			return 0;
		say_error(SOCKET_FOLDER " is no folder that only root or the daemon's user may "
					"change: remove it, or chmod 755 it");
		return -EPERM;
	}
	err = -errno;
	say_error("cannot make " SOCKET_FOLDER ": %s; make it, as the daemon's user's (systemd: "
		  "RuntimeDirectory=xnlb)",
		  strerror(-err));
	return err;
}

/* The claim says that no other daemon has the instance; one of another network may have the name.
 */
static int remove_stale(const char *instance)
{
	struct sockaddr_un address = fill(instance);
	int fd = socket_connect(instance);

	if (fd >= 0 || fd == -EAGAIN) {
		if (fd >= 0)
			close(fd);
		say_error("a daemon of instance %s answers at %s: stop it first", instance,
			  address.sun_path);
		return -EADDRINUSE;
	}
	if (fd == -ECONNREFUSED && unlink(address.sun_path)) {
		fd = -errno;
		say_error("cannot remove %s, which is left over: %s", address.sun_path,
			  strerror(-fd));
		return fd;
	}
	return 0;
}

/* Nobody can connect before it listens, so it has its mode by then. */
static int bind_and_listen(const char *instance, int fd)
{
	struct sockaddr_un address = fill(instance);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	if (!chmod(address.sun_path, 0660) && !listen(fd, BACKLOG))
		return 0;
	int err = -errno;

	unlink(address.sun_path);
	return err;
}

int socket_listen(const char *instance)
{
	char path[SOCKET_PATH_SIZE];
	int err = check_folder(), fd;

	if (!err)
		err = remove_stale(instance);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = fd < 0 ? -errno : bind_and_listen(instance, fd);
	if (!err)
		return fd;
	say_error("cannot listen at %s: %s", socket_path(instance, path), strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

void socket_close(const char *instance, int fd)
{
	char path[SOCKET_PATH_SIZE];

	unlink(socket_path(instance, path));
	close(fd);
}

void socket_forget(const char *instance)
{
	char path[SOCKET_PATH_SIZE];

	unlink(socket_path(instance, path));
	rmdir(SOCKET_FOLDER);
}
