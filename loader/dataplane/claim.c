// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dataplane/claim.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/say.h"

/* An abstract address: of this network namespace alone, without a file that could be left over. */
static socklen_t fill(const char *instance, struct sockaddr_un *address)
{
	size_t room = sizeof(address->sun_path) - 1;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(address->sun_path + 1, room, "xnlb-daemon-%s",
					    instance));
}

static void say_claimed(const char *instance)
{
	say_error("a daemon of instance %s runs: stop it first", instance);
}

int instance_claim(const char *instance)
{
	struct sockaddr_un address;
	socklen_t size = fill(instance, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, size))
		return fd;
	err = -errno;
	if (err == -EADDRINUSE)
		say_claimed(instance);
	else
		say_error("cannot claim instance %s: %s", instance, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

int instance_unclaimed(const char *instance)
{
	struct sockaddr_un address;
	socklen_t size = fill(instance, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		err = -errno;
	else if (!connect(fd, (struct sockaddr *)&address, size))
		err = -EBUSY; /* somebody has the address */
	else
		err = errno == ECONNREFUSED ? 0 : -errno;
	if (err == -EBUSY)
		say_claimed(instance);
	else if (err)
		say_error("cannot look for a daemon of instance %s: %s", instance, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}
