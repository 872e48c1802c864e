/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* JSON as the verbs print it: one object, "schema_version" (base/version.h) first. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "cli/cli.h"

/* An object with nothing but schema_version; NULL if memory is short. */
json_t *json_document(void);

/* Prints and frees it. NULL, as every function of jansson returns it on failure, is reported. */
enum cli_exit json_print(json_t *document);

#endif
