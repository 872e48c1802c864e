// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Listening to libbpf and libxdp. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "dataplane/complaint.h"

static _Thread_local char text[COMPLAINT_SIZE];

__attribute__((format(printf, 2, 0))) static int keep(bool warning, const char *format,
						      va_list args)
{
	if (getenv("XNLB_DEBUG"))
		return vfprintf(stderr, format, args);
	if (!warning || *text)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static int keep_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	return keep(level == LIBBPF_WARN, format, args);
}

static int keep_libxdp(enum libxdp_print_level level, const char *format, va_list args)
{
	return keep(level == LIBXDP_WARN, format, args);
}

void complaint_listen(void)
{
	libbpf_set_print(keep_libbpf);
	libxdp_set_print(keep_libxdp);
	text[0] = '\0';
}

const char *complaint(void)
{
	return text;
}

void complaint_take(const char *said)
{
	snprintf(text, sizeof(text), "%s", said);
}
