/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an operator asks, as JSON: docs/api.md has its fields. The API reads it from whoever may
 * connect, so any bytes must do; the command reads its own operands with it, so that both refuse
 * the same with the same words.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include <stddef.h>
#include "daemon/control.h"

#define REQUEST_MAX	   4096 /* bytes */
#define REQUEST_ERROR_SIZE 256

/* 0, or -EINVAL with one line in `error` that quotes what is wrong; `*out` is untouched then. */
int request_parse(const char *bytes, size_t size, struct control_request *out,
		  char error[REQUEST_ERROR_SIZE]);

#endif
