/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers and durations as people write them: "50ms", "30s", "2m". In the configuration, on the
 * command line and in the API alike.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

/* Decimal digits without a leading zero (octal to some). The character after them, or NULL. */
const char *number_parse(const char *text, uint64_t *out);

/*
 * A whole number and us, ms, s, m or h. NULL, or what is wrong, for behind the quoted text: "has no
 * unit: ...". `*out_us` is untouched then.
 */
const char *duration_parse(const char *text, uint64_t *out_us);

#endif
