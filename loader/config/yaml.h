/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of YAML that configurations are written in: one document of mappings, lists and text.
 * What makes YAML surprising is refused: anchors, aliases and tags, keys that are not plain text,
 * texts of several lines, several documents. Text stays text: which of it is a number is for the
 * key to say.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>

#include "config/source.h"

#define YAML_DEPTH_MAX	 8
#define YAML_TEXT_MAX	 4096	/* bytes of a single text as it is written */
#define YAML_ESCAPES_MAX 3	/* in a text in quotes */
#define YAML_NODES_MAX	 300000 /* twice what the largest cluster needs */

enum yaml_kind { YAML_TEXT, YAML_MAP, YAML_LIST };

struct yaml {
	enum yaml_kind kind;
	struct mark mark;   /* of nothing: where its key stands */
	char *text;	    /* YAML_TEXT: never NULL, never with a NUL inside */
	bool nothing;	    /* YAML_TEXT: nothing was written */
	struct yaml *key;   /* in a mapping: this entry's key */
	struct yaml *first; /* YAML_MAP, YAML_LIST: entries, in order */
	struct yaml *last, *next;
};

struct yaml_document {
	struct yaml *root;
	struct yaml_chunk *chunks; /* memory of all of it */
	size_t used;		   /* of the newest chunk */
	unsigned int nodes;
};

/*
 * Reads the whole of report->source. Errors go to the report; 0, -EINVAL, or -ENOMEM (reported
 * too). In any case free it with yaml_free.
 */
int yaml_read(struct report *report, struct yaml_document *document);
void yaml_free(struct yaml_document *document);

#endif
