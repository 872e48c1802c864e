// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Listening to libbpf. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/complaint.h"

static _Thread_local char text[256];

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	if (getenv("XNLB_DEBUG"))
		return vfprintf(stderr, format, args);
	if (level != LIBBPF_WARN || *text)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

void complaint_listen(void)
{
	libbpf_set_print(keep);
	text[0] = '\0';
}

const char *complaint(void)
{
	return text;
}
