// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From a file to a struct config, and what else is asked about one. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "base/suggest.h"
#include "config/config.h"
#include "config/keyfile.h"
#include "config/reader.h"

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->key_file);
	free(config->key_path);
	source_free(config->source);
	free(config);
}

/* A relative name is relative to the configuration, wherever the command runs. */
static int resolve_key_path(struct config *config)
{
	const char *folder = config->source->path, *slash = strrchr(folder, '/');
	int length = slash && config->key_file[0] != '/' ? (int)(slash + 1 - folder) : 0;

	if (asprintf(&config->key_path, "%.*s%s", length, folder, config->key_file) >= 0)
		return 0;
	config->key_path = NULL;
	return -ENOMEM;
}

static void read_source(struct reader *reader)
{
	struct yaml_document document;

	if (yaml_read(reader->report, &document))
		goto out;
	if (!document.root || document.root->nothing) {
		report_error(reader->report, (struct mark){0, 0},
			     "nothing is in it: docs/configuration.md has examples");
		goto out;
	}
	read_table(reader, &config_table, document.root);
	check_all(reader);
	if (!reader->report->errors && resolve_key_path(reader->config))
		report_error(reader->report, (struct mark){0, 0}, "memory is short");
out:
	yaml_free(&document);
}

int config_parse(const char *path, const char *text, size_t length, FILE *errors,
		 struct config **out)
{
	struct report *report = calloc(1, sizeof(*report));
	struct reader *reader = calloc(1, sizeof(*reader));
	struct config *config = calloc(1, sizeof(*config));
	int err = -ENOMEM;

	if (config)
		config->source = source_new(path, text, length);
	if (!report || !reader || !config || !config->source) {
		fprintf(errors, "%s: error: memory is short\n", path);
		goto out;
	}
	report->source = config->source;
	reader->report = report;
	reader->config = config;
	read_source(reader);
	report_print(report, errors);
	err = report->errors ? -EINVAL : 0;
out:
	if (err)
		config_free(config);
	else
		*out = config;
	free(reader);
	free(report);
	return err;
}

/* The file's text, malloc'ed, into *text. The length or -errno (reported). */
static ssize_t load(const char *path, char **text)
{
	ssize_t length = -ENOMEM;
	struct stat st;
	char *buffer = NULL;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		length = -errno;
	} else if (S_ISDIR(st.st_mode)) {
		length = -EISDIR;
	} else if (S_ISREG(st.st_mode) && st.st_size > CONFIG_SIZE_MAX) {
		length = -EFBIG;
	} else {
		buffer = malloc(CONFIG_SIZE_MAX + 1);
		if (buffer)
			length = file_read(fd, buffer, CONFIG_SIZE_MAX + 1);
		if (length > CONFIG_SIZE_MAX)
			length = -EFBIG;
	}
	if (fd >= 0)
		close(fd);
	if (length >= 0) {
		*text = buffer;
		return length;
	}
	free(buffer);
	if (length == -EFBIG)
		fprintf(stderr, "%s: error: larger than %d MiB: this is no configuration\n", path,
			CONFIG_SIZE_MAX >> 20);
	else
		fprintf(stderr, "%s: error: %s\n", path, strerror((int)-length));
	return length;
}

int config_read(const char *path, struct config **out)
{
	char *text;
	ssize_t length = load(path, &text);
	int err;

	if (length < 0)
		return (int)length;
	err = config_parse(path, text, (size_t)length, stderr, out);
	free(text);
	return err;
}

void config_error(const struct config *config, struct mark mark, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	source_error(config->source, stderr, mark, text);
}

static void report_no_self(const struct config *config, const char *name, bool given)
{
	const struct cluster *cluster = &config->cluster;
	struct suggest suggest = suggest_for(name);
	char names[256] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < cluster->nodes; i++) {
		suggest_offer(&suggest, cluster->node[i].name);
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 i ? ", " : "", cluster->node[i].name);
	}
	if (used >= sizeof(names))
		memcpy(names + sizeof(names) - 4, "...", 4);
	if (given && suggest_best(&suggest))
		say_error("%s has no node \"%s\": did you mean \"%s\"?", config->source->path, name,
			  suggest_best(&suggest));
	else
		say_error("%s has no node \"%s\"%s; it has %s", config->source->path, name,
			  given ? "" : ", this host's name: say which one it is with --node",
			  names);
}

#define HOST_SIZE 256

static int read_host(char host[HOST_SIZE])
{
	if (gethostname(host, HOST_SIZE))
		return -errno;
	host[HOST_SIZE - 1] = '\0';
	return 0;
}

/* By its whole name, else without the domain, which is cut off. */
static const struct node *node_of_host(const struct config *config, char host[HOST_SIZE])
{
	const struct node *node = cluster_node_named(&config->cluster, host);

	if (node)
		return node;
	host[strcspn(host, ".")] = '\0';
	return cluster_node_named(&config->cluster, host);
}

const struct node *config_self(const struct config *config, const char *name)
{
	const struct node *node;
	char host[HOST_SIZE];

	if (name) {
		node = cluster_node_named(&config->cluster, name);
		if (!node)
			report_no_self(config, name, true);
		return node;
	}
	if (read_host(host)) {
		say_error("this host has no name (%m): say which node it is with --node");
		return NULL;
	}
	node = node_of_host(config, host);
	if (!node)
		report_no_self(config, host, false);
	return node;
}

const struct node *config_here(const struct config *config)
{
	char host[HOST_SIZE];

	return read_host(host) ? NULL : node_of_host(config, host);
}

int config_secrets(const struct config *config, struct secrets *out)
{
	if (access(config->key_path, F_OK) && errno == ENOENT) {
		config_error(config, config->key_mark,
			     "key_file: there is no %s: make it with `xnlb keygen %s', or copy it "
			     "from another node",
			     config->key_path, config->key_path);
		return -ENOENT;
	}
	return keyfile_secrets(config->key_path, out);
}
