/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libxdp's dispatcher: an XDP program that calls several others in a chain, in the order of their
 * priorities. The only part that knows libxdp, whose pins are in /sys/fs/bpf/xdp. Each change makes
 * a new dispatcher with the programs that shall be in it, and attaches it in place of the former in
 * one step; other programs' owners do the same at the same time. A change takes CAP_SYS_ADMIN, to
 * look does not.
 *
 * Nothing is reported here unless a function says so; what libxdp says is kept (complaint.h).
 */
#ifndef DATAPLANE_DISPATCHER_H
#define DATAPLANE_DISPATCHER_H

#include <stdbool.h>
#include <xnlb/tables.h>

/* What a dispatcher is called, where programs are named; and how many it calls. */
#define DISPATCHER_NAME	    "xdp_dispatcher"
#define DISPATCHER_PROGRAMS 10

/* What is at an interface. */
struct dispatcher {
	bool there;   /* libxdp's dispatcher */
	bool foreign; /* or a program that is none */
	enum xnlb_xdp_hook hook;
	unsigned int count;
	struct {
		unsigned int id;
		char name[16];
	} program[DISPATCHER_PROGRAMS]; /* in the order of the chain */
};

/*
 * May the pins be trusted? Whoever can change them has the next dispatcher call programs of theirs.
 * 0 or -errno (reported). To be asked before a program joins; where one leaves it is asked anyway.
 */
int dispatcher_check(void);

/* 0 and *out, also if there is nothing; -errno. */
int dispatcher_look(unsigned int ifindex, struct dispatcher *out);

/*
 * Descriptor of a program that ours can be loaded for; the caller closes it. *function is what ours
 * stands for in it. -errno (reported): the kernel does not let programs replace functions, or
 * libxdp's object file is missing.
 */
int dispatcher_target(const char **function);

/*
 * Adds the program (descriptor) to the chain, unless it is there. 0 or -errno; -ETIME (reported)
 * after 5 s, when another process holds libxdp's lock.
 */
int dispatcher_join(unsigned int ifindex, enum xnlb_xdp_hook hook, int program);

/*
 * Takes all programs of that name out of the chain but the one with id `keep`; with the last one
 * the dispatcher goes. 0, also if none is there or the interface is gone; -errno, -ETIME as
 * above.
 */
int dispatcher_leave(unsigned int ifindex, const char *name, unsigned int keep);

#endif
