// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/client.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "base/say.h"
#include "daemon/socket.h"

#define ANSWER_MS  3000L /* a daemon that lives answers in some milliseconds */
#define ANSWER_MAX ((size_t)16 * 1024 * 1024)

/* ---- which daemon ---- */

/* Is one there, whether it may be asked or not? 1, 0, or -errno. */
static int runs(const char *instance)
{
	int fd = socket_connect(instance);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -EAGAIN)
		return 1;
	return fd == -ENOENT || fd == -ECONNREFUSED ? 0 : fd;
}

struct found {
	char names[512];
	unsigned int count;
	int err;
};

/* Sockets that nobody listens at any more are none. */
static void note_socket(const char *file, struct found *found, struct client *client)
{
	size_t length = strlen(file), ending = strlen(SOCKET_ENDING), used = strlen(found->names);
	char name[XNLB_NAME_SIZE];
	int err;

	if (length <= ending || length - ending >= sizeof(name) ||
	    strcmp(file + length - ending, SOCKET_ENDING) != 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(length - ending), file);
	err = name_valid(name, NAME_PLAIN) ? runs(name) : 0;
	if (!err)
		return;
	found->err = err < 0 ? err : 0;
	found->count++;
	snprintf(found->names + used, sizeof(found->names) - used, "%s%s", used ? ", " : "", name);
	memcpy(client->instance, name, sizeof(name));
}

static int find_only(struct client *client)
{
	struct found found = {.count = 0};
	DIR *folder = opendir(SOCKET_FOLDER);
	struct dirent *entry;

	if (!folder)
		return errno == EACCES ? -EACCES : -ENOENT;
	while ((entry = readdir(folder)))
		note_socket(entry->d_name, &found, client);
	closedir(folder);
	if (found.count > 1) {
		client->instance[0] = '\0';
		say_error("there are several daemons (%s): name one with --instance", found.names);
		return -EINVAL;
	}
	return found.count ? found.err : -ENOENT;
}

static int find(const char *instance, struct client *client)
{
	int found;

	if (!instance)
		return find_only(client);
	snprintf(client->instance, sizeof(client->instance), "%s", instance);
	found = runs(instance);
	return found < 0 ? found : found ? 0 : -ENOENT;
}

int client_open(const char *instance, struct client *out)
{
	int err;

	*out = (struct client){.curl = NULL};
	err = find(instance, out);
	if (err)
		return err;
	out->curl = curl_easy_init();
	if (out->curl)
		return 0;
	say_error("libcurl cannot be used");
	return -ENOMEM;
}

void client_close(struct client *client)
{
	if (client->curl)
		curl_easy_cleanup(client->curl);
	client->curl = NULL;
}

/* ---- one question ---- */

struct bytes {
	char *data;
	size_t size;
};

static size_t take(char *data, size_t one, size_t count, void *context)
{
	struct bytes *bytes = context;
	size_t size = one * count;
	char *larger;

	if (bytes->size + size > ANSWER_MAX)
		return 0;
	larger = realloc(bytes->data, bytes->size + size);
	if (!larger)
		return 0;
	bytes->data = larger;
	memcpy(larger + bytes->size, data, size);
	bytes->size += size;
	return size;
}

/* Whatever proxies the environment names: this is a file of this machine. */
static CURLcode prepare(struct client *client, const char *path, struct bytes *bytes)
{
	char socket[SOCKET_PATH_SIZE], url[128];
	CURL *curl = client->curl;
	CURLcode code;

	snprintf(url, sizeof(url), "http://xnlb%s", path);
	curl_easy_reset(curl);
	code = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
				socket_path(client->instance, socket));
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	return code ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, bytes);
}

static CURLcode add_body(struct client *client, const char *text, struct curl_slist *headers)
{
	CURLcode code = curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(text));

	if (!code)
		code = curl_easy_setopt(client->curl, CURLOPT_COPYPOSTFIELDS, text);
	return code ? code : curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
}

static CURLcode perform(struct client *client, const char *path, const char *body,
			struct bytes *bytes)
{
	struct curl_slist *headers = NULL;
	CURLcode code = prepare(client, path, bytes);

	if (!code && body) {
		headers = curl_slist_append(NULL, "Content-Type: application/json");
		code = headers ? add_body(client, body, headers) : CURLE_OUT_OF_MEMORY;
	}
	if (!code)
		code = curl_easy_perform(client->curl);
	curl_slist_free_all(headers);
	return code;
}

static int error_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		int err;
	} errors[] = {
		{CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT}, {CURLE_COULDNT_CONNECT, -ECONNREFUSED},
		{CURLE_GOT_NOTHING, -ECONNRESET},	{CURLE_RECV_ERROR, -ECONNRESET},
		{CURLE_SEND_ERROR, -ECONNRESET},
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == code)
			return errors[i].err;
	return -EPROTO;
}

int client_ask(struct client *client, const char *path, const json_t *body, json_t **out)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct bytes bytes = {NULL, 0};
	json_t *answer = NULL;
	CURLcode code;
	long status = 0;

	if (body && !text)
		return -ENOMEM;
	code = perform(client, path, text, &bytes);
	free(text);
	if (!code)
		code = curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	if (!code)
		answer = json_loadb(bytes.data ? bytes.data : "", bytes.size, 0, NULL);
	free(bytes.data);
	if (code)
		return error_of(code);
	if (!json_is_object(answer)) {
		json_decref(answer);
		return -EPROTO;
	}
	*out = answer;
	return (int)status;
}
