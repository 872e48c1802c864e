// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/wishes.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "daemon/words.h"

const char *wishes_path(const char *instance, char path[WISHES_PATH_SIZE])
{
	snprintf(path, WISHES_PATH_SIZE, SOCKET_FOLDER "/%s.asked", instance);
	return path;
}

void wishes_forget(const char *instance)
{
	char path[WISHES_PATH_SIZE];

	unlink(wishes_path(instance, path));
}

static void read_rules(json_t *object, const struct cluster *cluster, struct wishes *out)
{
	for (unsigned int i = 0; i < cluster->rules; i++) {
		const char *word =
			json_string_value(json_object_get(object, cluster->rule[i].name));
		int value;

		if (word && !word_value(rule_state_words, word, &value))
			out->rule[i + 1] = (uint8_t)value;
	}
}

static bool understand(json_t *document, const struct cluster *cluster, struct wishes *out)
{
	const char *part, *before;
	json_t *object;
	int weight, closed, is, was;

	if (json_unpack(document, "{s:s, s:s, s:i, s:i, s:o}", "asked", &part, "before", &before,
			"weight", &weight, "closed", &closed, "rules", &object) ||
	    word_value(asked_words, part, &is) || word_value(asked_words, before, &was) ||
	    weight < 0 || weight > XNLB_WEIGHT_MAX || closed < 0 || closed > UINT8_MAX)
		return false;
	out->part = (enum wish_part)is;
	out->before = (enum wish_part)was;
	out->weight = (uint8_t)weight;
	out->closed = (uint8_t)closed;
	read_rules(object, cluster, out);
	return true;
}

void wishes_read(const char *path, const struct cluster *cluster, struct wishes *out)
{
	json_error_t error;
	json_t *document;

	*out = (struct wishes){.weight = 100};
	if (access(path, F_OK) && errno == ENOENT)
		return;
	document = json_load_file(path, 0, &error);
	if (!document || !understand(document, cluster, out))
		say_warning("%s cannot be understood%s%s: this node goes by nothing that was "
			    "asked before",
			    path, document ? "" : ": ", document ? "" : error.text);
	json_decref(document);
}

static json_t *describe(const struct cluster *cluster, const struct wishes *wishes)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < cluster->rules; i++)
		if (wishes->rule[i + 1])
			json_object_set_new(
				object, cluster->rule[i].name,
				json_string(word_of(rule_state_words, wishes->rule[i + 1])));
	return json_pack("{s:s, s:s, s:i, s:i, s:o}", "asked", word_of(asked_words, wishes->part),
			 "before", word_of(asked_words, wishes->before), "weight", wishes->weight,
			 "closed", wishes->closed, "rules", object);
}

int wishes_write(const char *path, const struct cluster *cluster, const struct wishes *wishes)
{
	json_t *document = describe(cluster, wishes);
	char next[WISHES_PATH_SIZE + 4];
	int fd, err = 0;

	snprintf(next, sizeof(next), "%s.new", path);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		err = -errno;
	if (!err && (!document || json_dumpfd(document, fd, JSON_INDENT(2))))
		err = -EIO;
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (!err && rename(next, path))
		err = -errno;
	if (err)
		say_warning("cannot write %s: %s; a daemon that is started anew will not know what "
			    "was asked",
			    path, strerror(-err));
	json_decref(document);
	return err;
}
