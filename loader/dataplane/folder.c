// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Opening folders that only we can have filled. Knows no instance. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/folder.h"

static bool is_trusted(uid_t user)
{
	return user == 0 || user == geteuid();
}

/* A sticky folder, as it is by default, lets users make files, but not rename others'. */
static int check_bpffs(int fd)
{
	struct statfs info;
	struct stat folder;

	if (fstatfs(fd, &info) || fstat(fd, &folder)) {
		int err = -errno;

		say_error("cannot look at " FOLDER_BPFFS ": %s", strerror(-err));
		return err;
	}
	if ((unsigned long)info.f_type != BPF_FS_MAGIC)
		return -ENODEV;
	if (is_trusted(folder.st_uid) && (!(folder.st_mode & 022) || folder.st_mode & S_ISVTX))
		return 0;
	say_error("others than root may rename what is in " FOLDER_BPFFS
		  ": chown root " FOLDER_BPFFS " && chmod 700 " FOLDER_BPFFS);
	return -EPERM;
}

int folder_open_bpffs(void)
{
	int fd = open(FOLDER_BPFFS, O_PATH | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0) {
		err = -errno;
		if (err == -ENOENT)
			return -ENODEV;
		say_error("cannot open " FOLDER_BPFFS ": %s", strerror(-err));
		return err;
	}
	err = check_bpffs(fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int check_folder(int fd, const char *path)
{
	struct stat folder;

	if (fstat(fd, &folder)) {
		int err = -errno;

		say_error("cannot look at %s: %s", path, strerror(-err));
		return err;
	}
	if (!is_trusted(folder.st_uid)) {
		say_error("%s belongs to user %u, not to you or root, so its pins are not to be "
			  "trusted: `rm -r %s', or run xnlb as that user",
			  path, folder.st_uid, path);
		return -EPERM;
	}
	if (folder.st_mode & 077) {
		say_error("others can reach %s (mode %04o), so its pins are not to be trusted: "
			  "`chmod 700 %s' if they are as you left them, else `rm -r' it",
			  path, folder.st_mode & 07777, path);
		return -EPERM;
	}
	return 0;
}

int folder_open(int at, const char *name, const char *path)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	if (err && err != -ENOENT)
		say_error("cannot open %s: %s%s", path, strerror(-err),
			  err == -EACCES ? "; run it as root" : "");
	if (err)
		return err;
	err = check_folder(fd, path);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}
