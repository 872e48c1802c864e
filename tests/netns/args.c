// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Options by a table. Knows no tool. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"

#define LETTERS_MAX 64

static bool parse_number(const char *text, int base, uint32_t most, uint32_t *out)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, base);
	if (errno || end == text || *end || value > most)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	char digits[3] = {0};
	uint32_t value;
	int i;

	if (strlen(text) != 17)
		return false;
	for (i = 0; i < 6; i++, text += 3) {
		memcpy(digits, text, 2);
		if (!parse_number(digits, 16, 255, &value) || (i < 5 && text[2] != ':'))
			return false;
		mac[i] = (uint8_t)value;
	}
	return true;
}

static bool parse_addr(const char *text, struct arg_addr *out)
{
	struct arg_addr addr = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	size_t size = strcspn(text, "/");
	char copy[INET6_ADDRSTRLEN] = {0};

	if (size >= sizeof(copy))
		return false;
	memcpy(copy, text, size);
	if (inet_pton(addr.family, copy, addr.bytes) != 1)
		return false;
	if (text[size] && !parse_number(text + size + 1, 10, 128, &addr.prefix))
		return false;
	*out = addr;
	return true;
}

static bool take_addr(const struct arg *arg, const char *text)
{
	struct arg_addr *list = arg->to;
	unsigned int i, room = arg->room ? arg->room : 1;

	for (i = 0; i < room; i++) {
		if (!list[i].family)
			return parse_addr(text, &list[i]);
	}
	return false;
}

static bool take(const struct arg *arg, const char *text)
{
	switch (arg->kind) {
	case ARG_FLAG:
		*(uint32_t *)arg->to = 1;
		return true;
	case ARG_NUMBER:
		return parse_number(text, 10, UINT32_MAX, arg->to);
	case ARG_TEXT:
		*(const char **)arg->to = text;
		return true;
	case ARG_MAC:
		return parse_mac(text, arg->to);
	case ARG_ADDR:
		return take_addr(arg, text);
	}
	return false;
}

static const struct arg *find(const struct arg *rows, size_t count, int letter)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (rows[i].letter == letter)
			return &rows[i];
	}
	return NULL;
}

void args_parse(int argc, char **argv, const struct arg *rows, size_t count, const char *usage)
{
	char letters[LETTERS_MAX] = {0};
	size_t i, at = 0;
	int letter;

	for (i = 0; i < count && at + 2 < sizeof(letters); i++) {
		letters[at++] = rows[i].letter;
		if (rows[i].kind != ARG_FLAG)
			letters[at++] = ':';
	}
	while ((letter = getopt(argc, argv, letters)) != -1) {
		const struct arg *arg = find(rows, count, letter);

		if (!arg || !take(arg, optarg))
			errx(2, "usage: %s", usage);
	}
	if (optind != argc)
		errx(2, "usage: %s", usage);
}
