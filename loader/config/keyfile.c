// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The key file. Its lines are never printed, only their numbers: they are secrets. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "config/keyfile.h"

#define FILE_MAX     16384
#define HEX	     (2 * KEYFILE_SECRET)
#define HASH_CONTEXT "xnlbhash" /* crypto_kdf_CONTEXTBYTES long */
#define AUTH_CONTEXT "xnlbauth"

/* A line being read; words are split in place of it, without copies. */
struct line {
	const char *path;
	FILE *out; /* for errors */
	unsigned int number;
	const char *at, *end;
	unsigned int errors;
};

struct word {
	const char *text;
	size_t length;
};

static void line_error(struct line *line, const char *text)
{
	line->errors++;
	fprintf(line->out, "%s:%u: error: %s\n", line->path, line->number, text);
}

static struct word next_word(struct line *line)
{
	struct word word;

	while (line->at < line->end && (*line->at == ' ' || *line->at == '\t'))
		line->at++;
	word.text = line->at;
	while (line->at < line->end && *line->at != ' ' && *line->at != '\t')
		line->at++;
	word.length = (size_t)(line->at - word.text);
	return word;
}

static bool word_is(struct word word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.text, text, word.length);
}

static int take_secret(struct line *line, uint8_t secret[KEYFILE_SECRET])
{
	struct word word = next_word(line);

	if (word.length != HEX ||
	    sodium_hex2bin(secret, KEYFILE_SECRET, word.text, HEX, NULL, NULL, NULL)) {
		line_error(line, "64 hexadecimal digits are expected here");
		return -EINVAL;
	}
	if (sodium_is_zero(secret, KEYFILE_SECRET)) {
		line_error(line, "this secret is all zeros");
		return -EINVAL;
	}
	if (next_word(line).length) {
		line_error(line, "something follows the 64 digits");
		return -EINVAL;
	}
	return 0;
}

static void take_seed(struct line *line, struct keyfile *keyfile, bool *seeded)
{
	if (*seeded)
		line_error(line, "a second seed: a cluster has one");
	*seeded = true; /* also a bad one: one error a line is enough */
	take_secret(line, keyfile->seed);
}

/* 1 to 255, or 0 */
static uint8_t key_id(struct word word)
{
	unsigned int id = 0;

	if (word.length < 1 || word.length > 3)
		return 0;
	for (size_t i = 0; i < word.length; i++) {
		if (word.text[i] < '0' || word.text[i] > '9')
			return 0;
		id = id * 10 + (unsigned int)(word.text[i] - '0');
	}
	return id <= UINT8_MAX ? (uint8_t)id : 0;
}

static void take_key(struct line *line, struct keyfile *keyfile)
{
	uint8_t id = key_id(next_word(line));

	if (!id) {
		line_error(line, "a key has a number from 1 to 255: \"key 1 HEX\"");
		return;
	}
	for (unsigned int i = 0; i < keyfile->keys; i++) {
		if (keyfile->key[i].id == id) {
			line_error(line, "a second key of this number");
			return;
		}
	}
	if (keyfile->keys == KEYFILE_KEYS) {
		line_error(line, "more than four keys");
		return;
	}
	keyfile->key[keyfile->keys].id = id;
	take_secret(line, keyfile->key[keyfile->keys++].secret);
}

static void take_line(struct line *line, struct keyfile *keyfile, bool *seeded)
{
	struct word word = next_word(line);

	if (!word.length || word.text[0] == '#')
		return;
	if (word_is(word, "seed"))
		take_seed(line, keyfile, seeded);
	else if (word_is(word, "key"))
		take_key(line, keyfile);
	else
		line_error(line, "a line is \"seed HEX\", \"key NUMBER HEX\" or a # comment");
}

int keyfile_parse(const char *path, const char *text, size_t length, FILE *errors,
		  struct keyfile *out)
{
	struct line line = {.path = path, .out = errors};
	struct keyfile keyfile = {0};
	const char *end = text + length, *next;
	bool seeded = false;

	for (const char *at = text; at < end; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		if (!next)
			next = end;
		line.number++;
		line.at = at;
		line.end = next > at && next[-1] == '\r' ? next - 1 : next;
		take_line(&line, &keyfile, &seeded);
	}
	if (!line.errors && !seeded) {
		line.errors++;
		fprintf(errors, "%s: error: it has no seed: `xnlb keygen' makes a whole file\n",
			path);
	}
	if (!line.errors && !keyfile.keys) {
		line.errors++;
		fprintf(errors, "%s: error: it has no key: `xnlb keygen' makes a whole file\n",
			path);
	}
	if (!line.errors)
		*out = keyfile;
	keyfile_wipe(&keyfile);
	return line.errors ? -EINVAL : 0;
}

void keyfile_wipe(struct keyfile *keyfile)
{
	sodium_memzero(keyfile, sizeof(*keyfile));
}

/* Says why `fd` is no file for secrets. */
static int check_guarded(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st)) {
		fprintf(stderr, "%s: error: %m\n", path);
		return -errno;
	}
	if (!S_ISREG(st.st_mode)) {
		fprintf(stderr, "%s: error: a key file is a regular file\n", path);
		return -EINVAL;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		fprintf(stderr, "%s: error: others can reach it (mode %04o): `chmod 600' it\n",
			path, (unsigned int)st.st_mode & 07777);
		return -EINVAL;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		fprintf(stderr, "%s: error: it belongs to user %u, not to you or root\n", path,
			(unsigned int)st.st_uid);
		return -EINVAL;
	}
	return 0;
}

int keyfile_read(const char *path, struct keyfile *out)
{
	char text[FILE_MAX + 1];
	ssize_t length;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		err = -errno;
		if (err == -ENOENT)
			fprintf(stderr,
				"%s: error: there is no such key file: make one with "
				"`xnlb keygen', or copy it from another node\n",
				path);
		else
			fprintf(stderr, "%s: error: %m\n", path);
		return err;
	}
	err = check_guarded(path, fd);
	if (err)
		goto out;
	length = file_read(fd, text, sizeof(text));
	if (length < 0) {
		err = (int)length;
		fprintf(stderr, "%s: error: %s\n", path, strerror(-err));
	} else if (length > FILE_MAX) {
		err = -EINVAL;
		fprintf(stderr, "%s: error: too long for a key file\n", path);
	} else {
		err = keyfile_parse(path, text, (size_t)length, stderr, out);
	}
	sodium_memzero(text, sizeof(text));
out:
	close(fd);
	return err;
}

static void derive_hash(const uint8_t seed[KEYFILE_SECRET], struct xnlb_hash_key *out)
{
	uint64_t words[XNLB_HASH_WORDS + 1];
	uint8_t *bytes = (uint8_t *)words;

	_Static_assert(sizeof(words) == 64 + 24, "two subkeys");
	_Static_assert(sizeof(HASH_CONTEXT) - 1 == crypto_kdf_CONTEXTBYTES, "context");
	_Static_assert(KEYFILE_SECRET == crypto_kdf_KEYBYTES, "the seed is the master key");
	crypto_kdf_derive_from_key(bytes, 64, 1, HASH_CONTEXT, seed);
	crypto_kdf_derive_from_key(bytes + 64, 24, 2, HASH_CONTEXT, seed);
	for (unsigned int i = 0; i < XNLB_HASH_WORDS; i++)
		out->a[i] = le64toh(words[i]);
	out->c = le64toh(words[XNLB_HASH_WORDS]);
	sodium_memzero(words, sizeof(words));
}

static void derive_auth(const uint8_t secret[KEYFILE_SECRET], struct xnlb_auth_key *out)
{
	uint64_t words[2];

	_Static_assert(sizeof(AUTH_CONTEXT) - 1 == crypto_kdf_CONTEXTBYTES, "context");
	crypto_kdf_derive_from_key((uint8_t *)words, sizeof(words), 1, AUTH_CONTEXT, secret);
	out->key[0] = le64toh(words[0]);
	out->key[1] = le64toh(words[1]);
	sodium_memzero(words, sizeof(words));
}

void keyfile_derive(const struct keyfile *keyfile, struct secrets *out)
{
	uint8_t cluster[crypto_kdf_BYTES_MIN];

	memset(out, 0, sizeof(*out));
	derive_hash(keyfile->seed, &out->hash);
	crypto_kdf_derive_from_key(cluster, sizeof(cluster), 3, HASH_CONTEXT, keyfile->seed);
	memcpy(&out->cluster, cluster, sizeof(out->cluster));
	for (unsigned int i = 0; i < keyfile->keys; i++) {
		out->auth[i].id = keyfile->key[i].id;
		derive_auth(keyfile->key[i].secret, &out->auth[i]);
	}
}

int keyfile_secrets(const char *path, struct secrets *out)
{
	struct keyfile keyfile = {.keys = 0};
	int err = keyfile_read(path, &keyfile);

	if (err)
		return err;
	keyfile_derive(&keyfile, out);
	keyfile_wipe(&keyfile);
	return 0;
}

static int write_secrets(int fd)
{
	uint8_t seed[KEYFILE_SECRET], key[KEYFILE_SECRET];
	char seed_hex[HEX + 1], key_hex[HEX + 1], text[1024];
	int length, err;

	randombytes_buf(seed, sizeof(seed));
	randombytes_buf(key, sizeof(key));
	length = snprintf(
		text, sizeof(text),
		"# Key file of an xnlb cluster: the same on all its nodes, secret.\n"
		"# The seed says which flow belongs to which bucket: it is never changed.\n"
		"seed %s\n"
		"# Keys authenticate the nodes to each other.\n"
		"key 1 %s\n",
		sodium_bin2hex(seed_hex, sizeof(seed_hex), seed, sizeof(seed)),
		sodium_bin2hex(key_hex, sizeof(key_hex), key, sizeof(key)));
	err = file_write(fd, text, (size_t)length);
	if (!err && fsync(fd))
		err = -errno;
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(key, sizeof(key));
	sodium_memzero(seed_hex, sizeof(seed_hex));
	sodium_memzero(key_hex, sizeof(key_hex));
	sodium_memzero(text, sizeof(text));
	return err;
}

int keyfile_create(const char *path)
{
	int fd, err;

	if (sodium_init() < 0) {
		say_error("libsodium finds no source of random numbers");
		return -EIO;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = -errno;
		if (err == -EEXIST)
			say_error("%s exists already and is left alone: a new seed would move "
				  "every connection of its cluster",
				  path);
		else
			say_error("cannot create %s: %m", path);
		return err;
	}
	err = write_secrets(fd);
	if (close(fd) && !err)
		err = -errno;
	if (err) {
		unlink(path);
		say_error("cannot write %s: %s", path, strerror(-err));
	}
	return err;
}
