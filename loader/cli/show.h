/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The document of daemon/report.h as text, on stdout. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <jansson.h>

void show(const json_t *document);

#endif
