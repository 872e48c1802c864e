// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Folders, names and the lock of the BPF file system. Knows no map and no program. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/say.h"
#include "dataplane/instance.h"

#define BPFFS	     "/sys/fs/bpf"
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1

static int check_bpffs(void)
{
	struct statfs info;

	if (statfs(BPFFS, &info) == 0 && (unsigned long)info.f_type == BPF_FS_MAGIC)
		return 0;
	say_error("the BPF file system is not mounted: mount -t bpf bpf " BPFFS);
	return -ENODEV;
}

/* Only the owner may enter: whoever can open the pins can steer the traffic. */
static int make_folder(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	int err = -errno;

	say_error("cannot make %s: %s", path, strerror(-err));
	return err;
}

static int open_locked(enum instance_access access, int *out)
{
	int fd, err;

	fd = open(INSTANCE_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		if (err == -ENOENT)
			say_error("nothing is attached on this machine");
		else
			say_error("cannot open " INSTANCE_ROOT ": %s", strerror(-err));
		return err;
	}
	while (flock(fd, access == INSTANCE_READ ? LOCK_SH : LOCK_EX)) {
		if (errno == EINTR)
			continue;
		err = -errno;
		say_error("cannot lock " INSTANCE_ROOT ": %s", strerror(-err));
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

static void set_name(struct instance *instance, const char *name)
{
	snprintf(instance->name, sizeof(instance->name), "%.*s", XNLB_NAME_SIZE - 1, name);
	snprintf(instance->folder, sizeof(instance->folder), INSTANCE_ROOT "/%s", instance->name);
}

int instance_each(const struct instance *except, int (*each)(const struct instance *, void *),
		  void *data)
{
	struct instance instance = {.lock = -1};
	struct dirent *entry;
	int result = 0;
	DIR *root;

	root = opendir(INSTANCE_ROOT);
	if (!root)
		return errno == ENOENT ? 0 : -errno;
	while (!result && (entry = readdir(root))) {
		if (entry->d_name[0] == '.' || (except && !strcmp(entry->d_name, except->name)))
			continue;
		set_name(&instance, entry->d_name);
		result = each(&instance, data);
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
	if (!name)
		return choose(instance);
	set_name(instance, name);
	if (access == INSTANCE_CREATE)
		return make_folder(instance->folder);
	if (faccessat(AT_FDCWD, instance->folder, F_OK, 0) == 0)
		return 0;
	say_error("instance %s is not attached", name);
	return -ENOENT;
}

int instance_open(const char *name, enum instance_access access, struct instance *out)
{
	struct instance instance = {.lock = -1};
	int err;

	err = check_bpffs();
	if (!err && access == INSTANCE_CREATE)
		err = make_folder(INSTANCE_ROOT);
	if (!err)
		err = open_locked(access, &instance.lock);
	if (err)
		return err;
	err = enter(name, access, &instance);
	if (err) {
		instance_close(&instance);
		return err;
	}
	*out = instance;
	return 0;
}

void instance_close(struct instance *instance)
{
	if (instance->lock >= 0)
		close(instance->lock);
	instance->lock = -1;
}

void instance_empty(const struct instance *instance)
{
	struct dirent *entry;
	DIR *folder = opendir(instance->folder);

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0); /* refuses "." and ".." */
	closedir(folder);
}

void instance_remove(const struct instance *instance)
{
	/* rmdir refuses a folder that still holds something */
	rmdir(instance->folder);
	rmdir(INSTANCE_ROOT);
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

static int check_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &head, set))
		return 0; /* cannot tell: the first step that lacks one will */
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		unsigned int number = capabilities[i].number;

		if (set[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number))
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
