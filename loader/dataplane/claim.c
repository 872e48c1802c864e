// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A lock of the instance's folder: nobody but its owner can open that, and it ends with the daemon.
 */
#include "dataplane/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/instance.h"

static int open_folder(const struct instance *instance)
{
	int fd = open(instance->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void say_claimed(const char *instance)
{
	say_error("a daemon of instance %s runs: stop it first", instance);
}

/* The folder, made if it is missing, and locked. */
static int lock_folder(const struct instance *instance)
{
	int fd = open_folder(instance), err;

	if (fd < 0 || !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
	close(fd);
	return err;
}

int instance_claim(const char *name)
{
	struct instance instance;
	int fd = instance_open(name, INSTANCE_CREATE, &instance);

	if (fd < 0)
		return fd;
	fd = lock_folder(&instance);
	if (fd == -EADDRINUSE)
		say_claimed(name);
	else if (fd < 0)
		say_error("cannot claim instance %s: %s", name, strerror(-fd));
	instance_close(&instance);
	return fd;
}

int instance_unclaimed(const struct instance *instance)
{
	int fd = open_folder(instance), err = 0;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		err = fd;
	else if (flock(fd, LOCK_SH | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err == -EBUSY)
		say_claimed(instance->name);
	else if (err)
		say_error("cannot look for a daemon of instance %s: %s", instance->name,
			  strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}
