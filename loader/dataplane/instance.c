// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Folders, names and the lock of the BPF file system. Knows no map and no program. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/complaint.h"
#include "dataplane/instance.h"

#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1

static int open_bpffs(enum instance_access access)
{
	int fd = folder_open_bpffs();

	if (fd != -ENODEV)
		return fd;
	if (access == INSTANCE_LOOK)
		return -ENOENT;
	say_error("the BPF file system is not mounted: mount -t bpf -o mode=700 bpf " FOLDER_BPFFS);
	return fd;
}

/* Only the owner may enter: whoever can open the pins can steer the traffic. */
static int make_folder(int at, const char *name, const char *path)
{
	if (mkdirat(at, name, 0700) == 0 || errno == EEXIST)
		return 0;
	int err = -errno;

	say_error("cannot make %s: %s", path, strerror(-err));
	return err;
}

static int open_root(int bpffs, enum instance_access access)
{
	int fd = folder_open(bpffs, INSTANCE_ROOT_NAME, INSTANCE_ROOT);

	if (fd == -ENOENT && (access == INSTANCE_READ || access == INSTANCE_WRITE))
		say_error("nothing is attached on this machine");
	return fd;
}

static int wait_for_lock(int fd, int operation)
{
	if (!flock(fd, operation | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK) {
		say_note("waiting for another xnlb command to end");
		while (flock(fd, operation))
			if (errno != EINTR)
				return -errno;
		return 0;
	}
	return -errno;
}

/*
 * 1 with the lock; 0 if what was opened is no longer what the path names, because whoever held the
 * lock before removed it; -errno.
 */
static int lock_root(int fd, int operation)
{
	struct stat opened, named;
	int err = wait_for_lock(fd, operation);

	if (!err && fstat(fd, &opened))
		err = -errno;
	if (!err && stat(INSTANCE_ROOT, &named)) {
		if (errno == ENOENT)
			return 0;
		err = -errno;
	}
	if (err) {
		say_error("cannot lock " INSTANCE_ROOT ": %s", strerror(-err));
		return err;
	}
	return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int open_locked(int bpffs, enum instance_access access, int *out)
{
	bool shared = access == INSTANCE_READ || access == INSTANCE_LOOK;
	int fd, locked = 0;

	while (!locked) {
		int err = access == INSTANCE_CREATE
				  ? make_folder(bpffs, INSTANCE_ROOT_NAME, INSTANCE_ROOT)
				  : 0;

		if (err)
			return err;
		fd = open_root(bpffs, access);
		if (fd == -ENOENT && access == INSTANCE_CREATE)
			continue; /* removed before it could be opened */
		if (fd < 0)
			return fd;
		locked = lock_root(fd, shared ? LOCK_SH : LOCK_EX);
		if (locked <= 0)
			close(fd);
	}
	if (locked < 0)
		return locked;
	*out = fd;
	return 0;
}

static void set_name(struct instance *instance, const char *name)
{
	snprintf(instance->name, sizeof(instance->name), "%.*s", XNLB_NAME_SIZE - 1, name);
	snprintf(instance->folder, sizeof(instance->folder), INSTANCE_ROOT "/%s", instance->name);
}

/* 0; -ENOENT if it is missing (not reported); another -errno (reported). */
static int check_folder(int root, const struct instance *instance)
{
	int fd = folder_open(root, instance->name, instance->folder);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int instance_each(const struct instance *except, int (*each)(const struct instance *, void *),
		  void *data)
{
	struct instance instance = {.lock = -1};
	struct dirent *entry;
	int result = 0;
	DIR *root;

	root = opendir(INSTANCE_ROOT);
	if (!root) {
		result = -errno;
		say_error("cannot open " INSTANCE_ROOT ": %s", strerror(-result));
		return result;
	}
	while (!result && (errno = 0, entry = readdir(root))) {
		if (entry->d_name[0] == '.' || (except && !strcmp(entry->d_name, except->name)))
			continue;
		set_name(&instance, entry->d_name);
		result = check_folder(dirfd(root), &instance);
		result = result ? result : each(&instance, data);
	}
	if (!result && errno) {
		result = -errno;
		say_error("cannot read " INSTANCE_ROOT ": %s", strerror(-result));
	}
	closedir(root);
	return result;
}

struct choice {
	char names[256];
	unsigned int count;
	struct instance instance;
};

static int note_instance(const struct instance *instance, void *data)
{
	struct choice *choice = data;
	size_t used = strlen(choice->names);

	snprintf(choice->names + used, sizeof(choice->names) - used, "%s%s", used ? ", " : "",
		 instance->name);
	choice->instance = *instance;
	choice->count++;
	return 0;
}

/* Without a name there must be one instance only. */
static int choose(struct instance *instance)
{
	struct choice choice = {.count = 0};
	int err = instance_each(NULL, note_instance, &choice);

	if (err)
		return err;
	if (choice.count == 0) {
		say_error("nothing is attached on this machine");
		return -ENOENT;
	}
	if (choice.count > 1) {
		say_error("there are several instances (%s): name one with --instance",
			  choice.names);
		return -EINVAL;
	}
	set_name(instance, choice.instance.name);
	return 0;
}

static int enter(const char *name, enum instance_access access, struct instance *instance)
{
	int err = 0;

	if (!name)
		return choose(instance);
	set_name(instance, name);
	if (access == INSTANCE_CREATE)
		err = make_folder(instance->lock, instance->name, instance->folder);
	if (!err)
		err = check_folder(instance->lock, instance);
	if (err != -ENOENT)
		return err;
	if (access == INSTANCE_LOOK)
		return 0;
	say_error("instance %s is not attached", name);
	return err;
}

static int open_instance(int bpffs, const char *name, enum instance_access access,
			 struct instance *instance)
{
	int err = open_locked(bpffs, access, &instance->lock);

	if (!err)
		err = enter(name, access, instance);
	/* What is empty is what a killed command leaves, or this one; but others' is others'. */
	if (err && err != -EPERM && (access == INSTANCE_CREATE || access == INSTANCE_WRITE))
		instance_tidy(instance);
	return err;
}

int instance_open(const char *name, enum instance_access access, struct instance *out)
{
	struct instance instance = {.lock = -1};
	int bpffs, err;

	complaint_listen();
	bpffs = open_bpffs(access);
	if (bpffs < 0)
		return bpffs;
	err = open_instance(bpffs, name, access, &instance);
	close(bpffs);
	if (err) {
		instance_close(&instance);
		return err;
	}
	*out = instance;
	return 0;
}

void instance_claimed(const char *name, struct instance *out)
{
	*out = (struct instance){.lock = -1};
	set_name(out, name);
}

void instance_close(struct instance *instance)
{
	if (instance->lock >= 0)
		close(instance->lock);
	instance->lock = -1;
}

/* Calls `each` with every pin's name until one returns non-zero; returns that, 0, or -errno. */
static int each_pin(const struct instance *instance, int (*each)(int folder, const char *name))
{
	DIR *folder = opendir(instance->folder);
	struct dirent *entry;
	int result = 0;

	if (!folder)
		return -errno;
	while (!result && (errno = 0, entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			result = each(dirfd(folder), entry->d_name);
	if (!result)
		result = -errno;
	closedir(folder);
	return result;
}

static int remove_pin(int folder, const char *name)
{
	return unlinkat(folder, name, 0) ? -errno : 0;
}

int instance_remove(const struct instance *instance)
{
	int err = each_pin(instance, remove_pin);

	if (!err && rmdir(instance->folder))
		err = -errno;
	if (err) {
		say_error("cannot remove %s: %s; detach again", instance->folder, strerror(-err));
		return err;
	}
	/* It stays while another instance is there. */
	if (rmdir(INSTANCE_ROOT) && errno != ENOTEMPTY) {
		err = -errno;
		say_warning("cannot remove " INSTANCE_ROOT ": %s", strerror(-err));
	}
	return 0;
}

void instance_tidy(const struct instance *instance)
{
	/* rmdir refuses a folder that still holds something */
	rmdir(instance->folder);
	rmdir(INSTANCE_ROOT);
}

static int is_new(int folder, const char *name)
{
	(void)folder;
	return !strncmp(name, INSTANCE_NEW, strlen(INSTANCE_NEW));
}

int instance_interrupted(const struct instance *instance)
{
	return each_pin(instance, is_new);
}

void instance_say_unreadable(const struct instance *instance, int err)
{
	if (err == -EPROTO)
		say_error("instance %s was attached by another version of xnlb: detach it with "
			  "that version",
			  instance->name);
	else
		say_error("cannot read the pins in %s: %s%s", instance->folder, strerror(-err),
			  err == -EACCES || err == -EPERM ? "; run it as root" : "");
}

const char *instance_path(const struct instance *instance, const char *prefix, const char *name,
			  char path[INSTANCE_PATH_SIZE])
{
	snprintf(path, INSTANCE_PATH_SIZE, "%s/%s%s", instance->folder, prefix, name);
	return path;
}

static const struct {
	unsigned int number;
	const char *name;
} capabilities[] = {
	{CAP_BPF, "CAP_BPF"},
	{CAP_PERFMON, "CAP_PERFMON"},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	{CAP_NET_RAW, "CAP_NET_RAW"},
};

static bool is_capable(unsigned int number)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &head, set))
		return true; /* cannot tell: the first step that lacks it will */
	return set[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number);
}

bool instance_may_administer(void)
{
	return is_capable(CAP_SYS_ADMIN);
}

static int check_capabilities(void)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		if (is_capable(capabilities[i].number))
			continue;
		say_error("not permitted: %s is missing; run it as root", capabilities[i].name);
		return -EPERM;
	}
	return 0;
}

static int check_kernel(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	if (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))
		return 0;
	say_error("kernel %s is too old: xnlb needs Linux %d.%d or newer", name.release,
		  KERNEL_MAJOR, KERNEL_MINOR);
	return -ENOSYS;
}

int instance_check_machine(void)
{
	int err = check_kernel();

	return err ? err : check_capabilities();
}
