/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The version, as CHANGELOG.md names it, and that of the JSON. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define XNLB_VERSION "0.1.0"

/*
 * "schema_version" of all JSON that the command and the daemon give out: goes up when a field
 * changes its meaning or disappears; new fields do not change it.
 */
#define XNLB_SCHEMA_VERSION 1

#endif
