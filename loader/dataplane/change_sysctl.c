// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sysctls. Those of an interface are found by its index: its name, and with it the path, may have
 * changed since.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dataplane/change_kinds.h"

#define PATH_SIZE (sizeof(((struct xnlb_undo *)0)->path) + IF_NAMESIZE)

static const char *fill_in(const struct xnlb_undo *change, const char *device, char path[PATH_SIZE])
{
	const char *star = change->ifindex ? strchr(change->path, '*') : NULL;

	if (star)
		snprintf(path, PATH_SIZE, "%.*s%s%s", (int)(star - change->path), change->path,
			 device, star + 1);
	else
		snprintf(path, PATH_SIZE, "%s", change->path);
	return path;
}

/* -ENODEV if its interface is gone. */
static int open_sysctl(const struct xnlb_undo *change, int flags)
{
	char path[PATH_SIZE], full[sizeof("/proc/sys/") + PATH_SIZE];
	char name[IF_NAMESIZE] = "";
	int fd, err;

	err = change->ifindex ? change_device(change, name) : 0;
	if (err)
		return err;
	snprintf(full, sizeof(full), "/proc/sys/%s", fill_in(change, name, path));
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_sysctl(const struct xnlb_undo *change, char value[sizeof(change->before)])
{
	int fd = open_sysctl(change, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return fd;
	size = file_read(fd, value, sizeof(change->before) - 1);
	close(fd);
	if (size < 0)
		return (int)size;
	value[size] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int write_sysctl(const struct xnlb_undo *change, const char *value)
{
	int fd = open_sysctl(change, O_WRONLY);
	int err;

	if (fd < 0)
		return fd;
	err = file_write(fd, value, strlen(value));
	close(fd);
	return err;
}

/*
 * arp_ignore=1: no answer for an address of another interface. 2 (nor to another subnet) and 8 (no
 * answer at all) refuse more. All others answer for a cluster IP on lo: 3 too, as its scope is not
 * host, and 4 to 7, which the kernel treats as 0. Nothing refuses more than arp_announce=2.
 */
static bool is_stricter(const struct xnlb_undo *change, const char *value)
{
	const char *name = strrchr(change->path, '/');

	return name && !strcmp(name, "/arp_ignore") && !strcmp(change->after, "1") &&
	       (!strcmp(value, "2") || !strcmp(value, "8"));
}

static int prepare(struct xnlb_undo *change)
{
	int err = read_sysctl(change, change->before);

	if (err)
		return err;
	if (is_stricter(change, change->before))
		return CHANGE_LEFT;
	return strcmp(change->before, change->after) ? CHANGE_DONE : CHANGE_ALREADY;
}

static int apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return write_sysctl(change, change->after);
}

static int revert(const struct site *site, const struct xnlb_undo *change)
{
	char value[sizeof(change->before)];
	int err = read_sysctl(change, value);

	(void)site;
	if (err)
		return err == -ENODEV ? CHANGE_DONE : err; /* went with its interface */
	if (!strcmp(value, change->before))
		return CHANGE_DONE;
	if (strcmp(value, change->after) != 0)
		return CHANGE_LEFT;
	return write_sysctl(change, change->before);
}

static int holds(const struct site *site, const struct xnlb_undo *change)
{
	char value[sizeof(change->before)];
	int err = read_sysctl(change, value);

	(void)site;
	if (err)
		return err == -ENODEV ? 0 : err;
	return !strcmp(value, change->after) || is_stricter(change, value);
}

static void describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char name[IF_NAMESIZE], path[PATH_SIZE];

	snprintf(text, size, "sysctl %s = %s",
		 fill_in(change, change_device_text(change, name), path), change->after);
}

const struct change_kind change_sysctl = {prepare, apply, revert, holds, describe};
