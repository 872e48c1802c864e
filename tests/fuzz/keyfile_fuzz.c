// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a key file: no crash, and what is accepted has one seed and one to four keys. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_zero(const uint8_t secret[KEYFILE_SECRET])
{
	static const uint8_t zeros[KEYFILE_SECRET];

	return !memcmp(secret, zeros, KEYFILE_SECRET);
}

static void require_sound(const struct keyfile *keyfile)
{
	if (is_zero(keyfile->seed) || keyfile->keys < 1 || keyfile->keys > KEYFILE_KEYS)
		abort();
	for (unsigned int i = 0; i < keyfile->keys; i++) {
		if (!keyfile->key[i].id || is_zero(keyfile->key[i].secret))
			abort();
		for (unsigned int j = 0; j < i; j++)
			if (keyfile->key[i].id == keyfile->key[j].id)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy that ends where the text ends: reading on is found */
	char *text = malloc(size ? size : 1);
	struct keyfile keyfile, before;
	char *report = NULL;
	size_t length = 0;
	FILE *errors = open_memstream(&report, &length);
	int err;

	if (!text || !errors)
		abort();
	memcpy(text, data, size);
	memset(&keyfile, 0xa5, sizeof(keyfile));
	before = keyfile;
	err = keyfile_parse("fuzz.key", text, size, errors, &keyfile);
	fclose(errors);
	if (!err != !length)
		abort();
	if (!err)
		require_sound(&keyfile);
	else if (memcmp(&keyfile, &before, sizeof(keyfile)) != 0)
		abort();
	free(report);
	free(text);
	return 0;
}
