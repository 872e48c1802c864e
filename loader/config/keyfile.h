/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The key file: the cluster's secrets, apart from the configuration. Text, one item a line:
 *
 *   # comment
 *   seed HEX64           32 bytes: the hash key of the flow hash is derived from it
 *   key ID HEX64         32 bytes: authenticates heartbeats; up to four, ID 1 to 255
 *
 * Seed and keys are independent: keys are changed in operation, the seed never, because another
 * seed is another bucket for every flow. The file must be a regular file that only its owner can
 * read. Secrets are wiped from memory after use and are in no message.
 */
#ifndef CONFIG_KEYFILE_H
#define CONFIG_KEYFILE_H

#include <xnlb/hash.h>

/* Writes a new file, mode 0600, with a random seed and key 1. -EEXIST if it exists. Reports. */
int keyfile_create(const char *path);

/* Reads the seed and derives the hash key from it. Reports what is wrong. 0 or -errno. */
int keyfile_hash_key(const char *path, struct xnlb_hash_key *out);

#endif
