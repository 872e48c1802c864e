/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The key file: the cluster's secrets, apart from the configuration. Text, one item a line:
 *
 *   # comment
 *   seed HEX64           32 bytes: the hash key of the flow hash is derived from it
 *   key ID HEX64         32 bytes: authenticates heartbeats; one to four, ID 1 to 255
 *
 * Seed and keys are independent: keys are changed in operation, the seed never, because another
 * seed is another bucket for every flow. The file must be a regular file that only its owner can
 * read. Secrets are wiped from memory after use and are in no message.
 *
 * What is derived, with crypto_kdf of libsodium (BLAKE2b):
 *   the hash key    from the seed, context "xnlbhash": 64 bytes of subkey 1 and 24 bytes of subkey
 * 2 in a row, read as 11 little-endian 64-bit numbers: a[0] to a[9], then c the cluster     that
 * heartbeats name: the first 8 bytes of 16 of subkey 3, from the seed too a heartbeat key from a
 * key, context "xnlbauth": 16 bytes of subkey 1, the key of SipHash
 */
#ifndef CONFIG_KEYFILE_H
#define CONFIG_KEYFILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <xnlb/tables.h>

#define KEYFILE_SECRET 32 /* bytes of the seed and of each key */
#define KEYFILE_KEYS   XNLB_AUTH_KEYS

struct keyfile {
	uint8_t seed[KEYFILE_SECRET];
	unsigned int keys;
	struct {
		uint8_t id;
		uint8_t secret[KEYFILE_SECRET];
	} key[KEYFILE_KEYS]; /* in the order of the file */
};

/* Writes a new file, mode 0600, with a random seed and key 1. -EEXIST if it exists. Reports. */
int keyfile_create(const char *path);

/*
 * Reads and checks a key file. Everything that is wrong is reported: 0, -EINVAL for errors in it,
 * another -errno if it cannot be read. `*out` is untouched on failure; wipe it after use.
 */
int keyfile_read(const char *path, struct keyfile *out);
/* The same from memory; `path` is only for the messages, which go to `errors`. */
int keyfile_parse(const char *path, const char *text, size_t length, FILE *errors,
		  struct keyfile *out);
void keyfile_wipe(struct keyfile *keyfile);

/* All that the data plane needs of a key file; wipe it after use. */
struct secrets {
	struct xnlb_hash_key hash;
	struct xnlb_auth_key auth[XNLB_AUTH_KEYS]; /* in the order of the file; id 0: no more */
	__be64 cluster;
};

void keyfile_derive(const struct keyfile *keyfile, struct secrets *out);

/* keyfile_read and keyfile_derive in one. */
int keyfile_secrets(const char *path, struct secrets *out);

#endif
