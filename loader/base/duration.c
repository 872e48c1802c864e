// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/duration.h"

#include <stddef.h>
#include <string.h>

const char *number_parse(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t number = 0;

	if (!digits || digits > 15 || (text[0] == '0' && digits > 1))
		return NULL;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	*out = number;
	return text + digits;
}

const char *duration_parse(const char *text, uint64_t *out_us)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {
		{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000ull},
	};
	uint64_t number;
	const char *end = number_parse(text, &number);

	if (end && !*end)
		return "has no unit: us, ms, s, m or h";
	for (size_t i = 0; end && i < sizeof(units) / sizeof(units[0]); i++) {
		/* more than 2^63 us is no time that anybody means */
		if (strcmp(end, units[i].name) != 0 || number > INT64_MAX / units[i].us)
			continue;
		*out_us = number * units[i].us;
		return NULL;
	}
	return "is not a duration such as 50ms: a whole number and us, ms, s, m or h";
}
