// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb check: tests a configuration and its key file without touching the machine. */
#include <sodium.h>
#include <stdio.h>

#include "cli/json.h"
#include "cli/verbs.h"
#include "config/config.h"

static void print_key(const struct config_key *key, void *data)
{
	(void)data;
	printf("%-20s %-28s %-26s %s\n", key->path, key->type,
	       key->required   ? "required"
	       : key->fallback ? key->fallback
			       : "",
	       key->help);
}

static void append_key(const struct config_key *key, void *data)
{
	json_t *keys = data;

	json_array_append_new(keys, json_pack("{s:s, s:s, s:b, s:s*, s:s}", "key", key->path,
					      "type", key->type, "required", (int)key->required,
					      "default", key->fallback, "help", key->help));
}

static enum cli_exit list_keys(bool json)
{
	json_t *document, *keys;

	if (!json) {
		printf("%-20s %-28s %-26s %s\n", "KEY", "TYPE", "DEFAULT", "MEANING");
		config_each_key(print_key, NULL);
		return CLI_DONE;
	}
	document = json_document();
	keys = json_array();
	config_each_key(append_key, keys);
	json_object_set_new(document, "keys", keys);
	return json_print(document);
}

static enum cli_exit show(const struct config *config, bool json)
{
	const struct cluster *cluster = &config->cluster;
	json_t *document;

	if (!json) {
		printf("%s: cluster \"%s\": nodes %u, cluster IPs %u, port rules %u: no errors\n",
		       config->source->path, cluster->name, cluster->nodes, cluster->ips,
		       cluster->rules);
		return CLI_DONE;
	}
	document = json_document();
	json_object_set_new(document, "file", json_string(config->source->path));
	json_object_set_new(document, "configuration", config_json(config));
	return json_print(document);
}

static enum cli_exit run(const struct cli_args *args)
{
	struct secrets secrets;
	struct config *config;
	enum cli_exit code;

	if (args->keys)
		return list_keys(args->json);
	if (config_read(args->operand[0], &config))
		return CLI_CONFIG;
	if (config_secrets(config, &secrets)) {
		code = CLI_CONFIG;
	} else {
		sodium_memzero(&secrets, sizeof(secrets));
		code = show(config, args->json);
	}
	config_free(config);
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.group = CLI_PREPARE,
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.options = CLI_JSON | CLI_KEYS,
	.help = "Test a configuration: reports all its errors",
	.text = "The key file that it names is tested too. With -j the configuration is printed\n"
		"as it was understood, all defaults filled in. --keys lists all keys that a\n"
		"configuration may have; docs/configuration.md explains them.",
	.run = run,
};
