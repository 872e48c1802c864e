/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow in words: "tcp 192.0.2.7:40000 192.168.1.100:80", "udp [2001:db8::7]:5353 [fd00::100]:53",
 * "icmp 192.0.2.7 192.168.1.100"; a protocol may be a number.
 */
#ifndef CLI_FLOW_H
#define CLI_FLOW_H

#include "core/tables.h"

/* 0, or -EINVAL with the part that is wrong in *bad. */
int flow_parse(const char *proto, const char *src, const char *dst, struct flow *out,
	       const char **bad);

#define FLOW_TEXT_SIZE 160
const char *flow_text(const struct flow *flow, char text[FLOW_TEXT_SIZE]);

#endif
