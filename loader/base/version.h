/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The version, as CHANGELOG.md names it. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define XNLB_VERSION "0.1.0"

#endif
