/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of the lab's tools: a table of letters, what they take and where it goes. */
#ifndef NETNS_ARGS_H
#define NETNS_ARGS_H

#include <stddef.h>
#include <stdint.h>

enum arg_kind {
	ARG_FLAG,   /* takes nothing; sets a uint32_t to 1 */
	ARG_NUMBER, /* uint32_t */
	ARG_TEXT,   /* const char * */
	ARG_MAC,    /* uint8_t[6] */
	ARG_ADDR,   /* struct arg_addr, the next of `room` of them each time */
};

/* An address of either family, wire order, with the prefix length if one was given. */
struct arg_addr {
	int family; /* AF_INET or AF_INET6; 0: none was given */
	uint8_t bytes[16];
	unsigned int prefix;
};

struct arg {
	char letter;
	enum arg_kind kind;
	void *to;
	unsigned int room; /* ARG_ADDR: how many; 0 is 1 */
};

/* Parses the command line; ends the program with `usage` if it does not fit. */
void args_parse(int argc, char **argv, const struct arg *rows, size_t count, const char *usage);

#endif
