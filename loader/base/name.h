/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that people give to clusters, nodes and rules: 1 to 63 of A-Z a-z 0-9 _ - and, where
 * `dots` is set, full stops (not first). A cluster's name has none: it becomes a folder of the BPF
 * file system, which refuses them.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>

enum name_kind { NAME_PLAIN, NAME_DOTS };

bool name_valid(const char *name, enum name_kind kind);

#endif
