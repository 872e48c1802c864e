// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which names are allowed. Independent of the locale. */
#include <string.h>

#include <xnlb/limits.h>
#include "base/name.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

bool name_valid(const char *name, enum name_kind kind)
{
	size_t length = strlen(name);

	if (!length || length >= XNLB_NAME_SIZE || strspn(name, letters) != length)
		return false;
	return kind == NAME_DOTS ? name[0] != '.' : !strchr(name, '.');
}
