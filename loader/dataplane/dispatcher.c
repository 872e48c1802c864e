// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Our part of a chain of XDP programs. Knows no instance and no journal. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/say.h"
#include "dataplane/complaint.h"
#include "dataplane/dispatcher.h"
#include "dataplane/folder.h"
#include "dataplane/instance.h"
#include "dataplane/program.h"

/* The object that libxdp makes its dispatchers from, and a program in it that does nothing. */
#define OBJECT	 "xdp-dispatcher.o"
#define NOTHING	 "xdp_pass"
#define PIN_ROOT "xdp"

/* How long a change of the chain may take (ms); a watchdog waits. It takes less than a second. */
#define CHANGE_MAX 5000

static int pointer_error(const void *pointer)
{
	long err = libxdp_get_error(pointer);

	return err ? (int)err : pointer ? 0 : -ENOENT;
}

/* libxdp makes the folder if it is missing, and looks at no owner. */
int dispatcher_check(void)
{
	int bpffs = folder_open_bpffs(), fd;

	if (bpffs < 0)
		return bpffs;
	fd = folder_open(bpffs, PIN_ROOT, FOLDER_BPFFS "/" PIN_ROOT);
	close(bpffs);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	close(fd);
	return 0;
}

/* ---- looking ---- */

/* The program that the driver or the stack calls; its id, 0 if there is none. */
static int main_program(unsigned int ifindex, enum xnlb_xdp_hook *hook, unsigned int *id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query((int)ifindex, 0, &opts);

	if (err)
		return err;
	*hook = opts.skb_prog_id ? XNLB_XDP_GENERIC : XNLB_XDP_NATIVE;
	*id = opts.skb_prog_id	 ? opts.skb_prog_id
	      : opts.drv_prog_id ? opts.drv_prog_id
				 : opts.prog_id;
	return 0;
}

/*
 * What dispatcher `id` calls, by its pins: dispatch-IFINDEX-ID/progN-prog, as libxdp's protocol
 * has it. (libxdp's own functions lose a descriptor of each program each time, and need
 * CAP_SYS_ADMIN.)
 */
static int list_programs(unsigned int ifindex, unsigned int id, struct dispatcher *out)
{
	char path[96];
	int length = snprintf(path, sizeof(path), FOLDER_BPFFS "/" PIN_ROOT "/dispatch-%u-%u",
			      ifindex, id);

	if (access(path, F_OK)) {
		out->foreign = errno == ENOENT;
		return out->foreign ? 0 : -errno;
	}
	out->there = true;
	while (out->count < DISPATCHER_PROGRAMS) {
		int fd, err;

		snprintf(path + length, sizeof(path) - (size_t)length, "/prog%u-prog", out->count);
		fd = bpf_obj_get(path);
		if (fd < 0)
			return errno == ENOENT ? 0 : -errno;
		err = program_name(fd, out->program[out->count].name, &out->program[out->count].id);
		close(fd);
		if (err)
			return err;
		out->count++;
	}
	return 0;
}

int dispatcher_look(unsigned int ifindex, struct dispatcher *out)
{
	int err = 0;

	/* While one dispatcher takes the place of another, its pins do too. */
	for (int tries = 0; !err && tries < 10; tries++) {
		struct dispatcher found = {.there = false};
		enum xnlb_xdp_hook hook;
		unsigned int id, now;

		err = main_program(ifindex, &found.hook, &id);
		if (!err && id)
			err = list_programs(ifindex, id, &found);
		if (!err)
			err = main_program(ifindex, &hook, &now);
		if (!err && now == id) {
			*out = found;
			return 0;
		}
	}
	return err ? err : -EAGAIN;
}

static bool has(const struct dispatcher *chain, unsigned int id)
{
	for (unsigned int i = 0; i < chain->count; i++)
		if (chain->program[i].id == id)
			return true;
	return false;
}

/* ---- what a program is loaded for ---- */

static struct xdp_program *open_nothing(void)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .find_filename = OBJECT, .prog_name = NOTHING);

	return xdp_program__create(&opts);
}

static int load_nothing(struct xdp_program *program)
{
	struct bpf_object *object = xdp_program__bpf_obj(program);
	int err = bpf_object__load(object);

	return err ? err : bpf_program__fd(bpf_object__find_program_by_name(object, NOTHING));
}

/* Does the kernel take a program in place of the function? 0 or -errno. */
static int try_replacement(int target)
{
	struct xdp_program *program = open_nothing();
	struct bpf_program *replacement;
	int err = pointer_error(program);

	if (err)
		return err;
	replacement = bpf_object__find_program_by_name(xdp_program__bpf_obj(program), NOTHING);
	bpf_program__set_type(replacement, BPF_PROG_TYPE_EXT);
	bpf_program__set_expected_attach_type(replacement, (enum bpf_attach_type)0);
	err = bpf_program__set_attach_target(replacement, target, NOTHING);
	if (!err)
		err = load_nothing(program);
	xdp_program__close(program);
	return err < 0 ? err : 0;
}

int dispatcher_target(const char **function)
{
	struct xdp_program *program;
	int fd, err;

	complaint_listen();
	program = open_nothing();
	err = pointer_error(program);
	if (err) {
		say_error("cannot open libxdp's %s: %s%s%s; is its package (libxdp1) complete?",
			  OBJECT, strerror(-err), *complaint() ? "; " : "", complaint());
		return err;
	}
	fd = load_nothing(program);
	if (fd >= 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	xdp_program__close(program);
	if (fd < 0) {
		say_error("cannot load libxdp's %s: %s%s%s", OBJECT, strerror(-fd),
			  *complaint() ? "; " : "", complaint());
		return fd;
	}
	err = try_replacement(fd);
	if (err == -EPERM && !instance_may_administer()) {
		say_error("libxdp's dispatcher takes CAP_SYS_ADMIN, besides what attach needs "
			  "anyway: run it as root, or see docs/operation.md");
	} else if (err) {
		say_error("this kernel does not let a program replace a function of another "
			  "(freplace: %s), and libxdp's dispatcher needs that: without `attach: "
			  "dispatcher' in the configuration xnlb has the interface for itself",
			  strerror(-err));
	}
	if (err) {
		close(fd);
		return err;
	}
	*function = NOTHING;
	return fd;
}

/* ---- joining and leaving ---- */

/* A change of the chain. */
struct errand {
	unsigned int ifindex;
	struct dispatcher chain; /* as it was found */
	enum xnlb_xdp_hook hook; /* to join */
	int program;		 /* likewise */
	const char *name;	 /* to leave */
	unsigned int keep;	 /* likewise */
};

/*
 * Does it in a process of its own. libxdp loses descriptors of programs, and those would keep a
 * daemon's former programs, and their maps, in memory until it ends. The lock of the instances is
 * held until both processes have ended: not for ever, as libxdp waits for a lock of its own, which
 * anybody may hold who can open its folder.
 */
static int apart(int (*run)(const struct errand *), const struct errand *errand)
{
	struct {
		int err;
		char said[COMPLAINT_SIZE];
	} answer = {.err = -ECHILD};
	struct pollfd waiting = {.events = POLLIN};
	pid_t pid, parent = getpid();
	int ends[2], err, ready;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		/* Without the parent nobody would end it. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		complaint_listen();
		answer.err = run(errand);
		snprintf(answer.said, sizeof(answer.said), "%s", complaint());
		_exit(write(ends[1], &answer, sizeof(answer)) != sizeof(answer));
	}
	if (pid < 0) {
		err = -errno;
		close(ends[0]);
		close(ends[1]);
		return err;
	}
	close(ends[1]);
	waiting.fd = ends[0];
	while ((ready = poll(&waiting, 1, CHANGE_MAX)) < 0 && errno == EINTR)
		;
	if (ready <= 0) {
		kill(pid, SIGKILL);
		answer.err = -ETIME;
		say_warning("libxdp does not come back: another process may hold its lock, "
			    "of " FOLDER_BPFFS "/" PIN_ROOT);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	/* Also what it said just before it was killed: a pipe has all of it or nothing. */
	while (read(ends[0], &answer, sizeof(answer)) < 0 && errno == EINTR)
		;
	close(ends[0]);
	complaint_take(answer.said);
	return answer.err;
}

static enum xdp_attach_mode mode_of(enum xnlb_xdp_hook hook)
{
	return hook == XNLB_XDP_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

static int join(const struct errand *errand)
{
	struct xdp_program *ours;
	int err;

	/* Of dispatchers whose interface went nobody else takes the pins away. */
	if (!errand->chain.there)
		libxdp_clean_references((int)errand->ifindex);
	ours = xdp_program__from_fd(errand->program);
	err = pointer_error(ours);
	if (!err)
		err = xdp_program__attach(ours, (int)errand->ifindex, mode_of(errand->hook), 0);
	return err;
}

int dispatcher_join(unsigned int ifindex, enum xnlb_xdp_hook hook, int program)
{
	struct errand errand = {.ifindex = ifindex, .hook = hook, .program = program};
	char name[PROGRAM_NAME_SIZE];
	unsigned int id;
	int err;

	complaint_listen();
	err = dispatcher_look(ifindex, &errand.chain);
	if (!err)
		err = program_name(program, name, &id);
	if (err || has(&errand.chain, id))
		return err;
	if (errand.chain.foreign)
		return -EBUSY;
	if (errand.chain.there)
		errand.hook = errand.chain.hook;
	return apart(join, &errand);
}

static bool leaves(const struct errand *errand, unsigned int i)
{
	return errand->chain.program[i].id != errand->keep &&
	       !strcmp(errand->chain.program[i].name, errand->name);
}

static int leave(const struct errand *errand)
{
	const struct dispatcher *chain = &errand->chain;
	int err = 0;

	if (!chain->there)
		libxdp_clean_references((int)errand->ifindex);
	for (unsigned int i = 0; !err && i < chain->count; i++) {
		struct xdp_program *program;

		if (!leaves(errand, i))
			continue;
		program = xdp_program__from_id(chain->program[i].id);
		err = pointer_error(program);
		if (!err)
			err = xdp_program__detach(program, (int)errand->ifindex,
						  mode_of(chain->hook), 0);
		if (err == -ENOENT) /* somebody was faster */
			err = 0;
	}
	return err;
}

int dispatcher_leave(unsigned int ifindex, const char *name, unsigned int keep)
{
	struct errand errand = {.ifindex = ifindex, .name = name, .keep = keep};
	bool needed;
	int err;

	complaint_listen();
	err = dispatcher_look(ifindex, &errand.chain);
	if (err && err != -ENODEV)
		return err;
	/* Without a dispatcher there may be pins of a former one. */
	needed = !errand.chain.there && !keep;
	for (unsigned int i = 0; i < errand.chain.count; i++)
		needed = needed || leaves(&errand, i);
	if (!needed)
		return 0;
	err = dispatcher_check();
	return err ? err : apart(leave, &errand);
}
