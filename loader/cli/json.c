// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON on stdout. */
#include <stdio.h>

#include "base/say.h"
#include "base/version.h"
#include "cli/json.h"

json_t *json_document(void)
{
	return json_pack("{s:i}", "schema_version", XNLB_SCHEMA_VERSION);
}

enum cli_exit json_print(json_t *document)
{
	int err = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;

	json_decref(document);
	if (err) {
		say_error("cannot print JSON: memory is short or the output is closed");
		return CLI_FAILURE;
	}
	putchar('\n');
	return CLI_DONE;
}
