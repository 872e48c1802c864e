// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the goldens cannot see: places kept for later messages, the hash key, who this node is. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "base/suggest.h"
#include "config/config.h"
#include "config/keyfile.h"

static const char text[] = "cluster:\n"
			   "  name: web\n"
			   "  mode: igmp\n"
			   "  ips: [192.168.1.100,\n"
			   "        'fd00::100']\n"
			   "  interface: eth0\n"
			   "  key_file: web.key\n"
			   "nodes:\n"
			   "  - {id: 1, name: node1}\n"
			   "  - {id: 2, name: node2.example.org, interface: eth1}\n";

static struct config *parse(const char *path)
{
	struct config *config = NULL;

	cr_assert_eq(config_parse(path, text, strlen(text), stderr, &config), 0);
	return config;
}

static void expect_mark(struct mark mark, unsigned int line, unsigned int column)
{
	cr_expect(mark.line == line && mark.column == column, "%u:%u instead of %u:%u", mark.line,
		  mark.column, line, column);
}

Test(config, remembers_places)
{
	struct config *config = parse("web.yaml");

	expect_mark(config->ip_mark[0], 4, 9);
	expect_mark(config->ip_mark[1], 5, 10);
	expect_mark(config->interface_mark, 6, 14);
	expect_mark(config->key_mark, 7, 13);
	expect_mark(config->node_mark[0], 9, 5);
	expect_mark(config->node_mark[1], 10, 49);
	config_free(config);
}

Test(config, reports_later_errors_in_the_same_form, .init = cr_redirect_stderr)
{
	struct config *config = parse("web.yaml");

	config_error(config, config->ip_mark[1], "ips: %s is node%d's own", "fd00::100", 1);
	config_error(config, (struct mark){0, 0}, "nowhere");
	fflush(stderr);
	cr_assert_stderr_eq_str("web.yaml:5:10: error: ips: fd00::100 is node1's own\n"
				"          'fd00::100']\n"
				"           ^\n"
				"web.yaml: error: nowhere\n");
	config_free(config);
}

Test(config, key_file_is_beside_the_configuration)
{
	static const struct {
		const char *path, *key;
	} rows[] = {
		{"web.yaml", "web.key"},
		{"./web.yaml", "./web.key"},
		{"/etc/xnlb/web.yaml", "/etc/xnlb/web.key"},
		{"../a/b/web.yaml", "../a/b/web.key"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *config = parse(rows[i].path);

		cr_expect_str_eq(config->key_path, rows[i].key);
		cr_expect_str_eq(config->key_file, "web.key");
		config_free(config);
	}
}

Test(config, free_takes_null)
{
	config_free(NULL);
}

/* The name that the host has, and the node that it then is. */
static void expect_self(const struct config *config, const char *host, uint8_t id)
{
	const struct node *self;

	cr_assert_eq(sethostname(host, strlen(host)), 0);
	self = config_self(config, NULL);
	cr_expect_eq(self ? self->id : 0, id, "host %s", host);
}

Test(config, finds_itself, .init = cr_redirect_stderr)
{
	struct config *config = parse("web.yaml");

	cr_expect_eq(config_self(config, "node1")->id, 1);
	cr_expect_null(config_self(config, "nod1"));
	cr_expect_null(config_self(config, "node2"), "--node is exact");
	if (geteuid() == 0) {
		cr_assert_eq(unshare(CLONE_NEWUTS), 0);
		expect_self(config, "node1", 1);
		expect_self(config, "node1.example.org", 1);
		expect_self(config, "node2.example.org", 2);
		expect_self(config, "zebra", 0);
		fflush(stderr);
		cr_assert_stderr_eq_str(
			"xnlb: web.yaml has no node \"nod1\": did you mean \"node1\"?\n"
			"xnlb: web.yaml has no node \"node2\": did you mean \"node1\"?\n"
			"xnlb: web.yaml has no node \"zebra\", this host's name: say which one it "
			"is with --node; it has node1, node2.example.org\n");
	}
	config_free(config);
}

/*
 * By another BLAKE2b (Python): hashlib.blake2b(b'', digest_size=64 or 24, key=bytes(range(32)),
 * salt=struct.pack('<QQ', 1 or 2, 0), person=b'xnlbhash' + bytes(8)), read as '<11Q'. The cluster:
 * digest_size=16, 3 in the salt, its first 8 bytes. The heartbeat key: key=bytes(range(1, 33)),
 * digest_size=16, 1 in the salt, person b'xnlbauth', read as '<2Q'.
 */
static const uint64_t derived[XNLB_HASH_WORDS + 1] = {
	0x723dd906475ac9b8, 0x4b5450147ee7da00, 0x7d108fed623e2bf3, 0x54e28d05f7d6ee50,
	0xe7ea0759af06ffdd, 0xf97dbaac4343f601, 0x42bad83fd59809df, 0x4eb692df65b2e6e4,
	0xb2d9cc0111916df4, 0xaf01e318f471570e, 0x077eab594b4ee41d,
};

static const uint8_t derived_cluster[8] = {0x0d, 0xb8, 0x6e, 0xda, 0xdc, 0x0d, 0xa6, 0xe6};
static const uint64_t derived_auth[2] = {0x474988719c2e77c5, 0x2e86d5654ba2c01d};

Test(keyfile, derives_all_secrets)
{
	struct keyfile keyfile = {.keys = 2, .key = {{.id = 9}, {.id = 7}}};
	struct secrets secrets;

	for (uint8_t i = 0; i < KEYFILE_SECRET; i++) {
		keyfile.seed[i] = i;
		keyfile.key[1].secret[i] = i + 1;
	}
	keyfile_derive(&keyfile, &secrets);
	for (unsigned int i = 0; i < XNLB_HASH_WORDS; i++)
		cr_expect_eq(secrets.hash.a[i], derived[i], "a[%u]", i);
	cr_expect_eq(secrets.hash.c, derived[XNLB_HASH_WORDS]);
	cr_expect_arr_eq(&secrets.cluster, derived_cluster, sizeof(derived_cluster));
	cr_expect_eq(secrets.auth[0].id, 9);
	cr_expect_eq(secrets.auth[1].id, 7);
	cr_expect_eq(secrets.auth[1].key[0], derived_auth[0]);
	cr_expect_eq(secrets.auth[1].key[1], derived_auth[1]);
	cr_expect_neq(secrets.auth[0].key[0], derived_auth[0]);
	cr_expect_eq(secrets.auth[2].id, 0);
}

Test(keyfile, only_the_seed_counts_for_the_hash_key)
{
	char folder[] = "/tmp/xnlb-keyfile-XXXXXX", path[64], again[64];
	struct keyfile keyfile, other;
	struct secrets secrets, same;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.key", folder);
	snprintf(again, sizeof(again), "%s/b.key", folder);
	cr_assert_eq(keyfile_create(path), 0);
	cr_assert_eq(keyfile_create(again), 0);
	cr_assert_eq(keyfile_read(path, &keyfile), 0);
	cr_assert_eq(keyfile_read(again, &other), 0);
	cr_assert_eq(keyfile_secrets(path, &secrets), 0);
	unlink(path);
	unlink(again);
	rmdir(folder);
	cr_expect_eq(keyfile.keys, 1);
	cr_expect_eq(keyfile.key[0].id, 1);
	cr_expect_neq(memcmp(keyfile.seed, other.seed, KEYFILE_SECRET), 0);
	cr_expect_neq(memcmp(keyfile.seed, keyfile.key[0].secret, KEYFILE_SECRET), 0);
	other.keys = 0;
	memcpy(other.seed, keyfile.seed, KEYFILE_SECRET);
	keyfile_derive(&other, &same);
	cr_expect_arr_eq(secrets.hash.a, same.hash.a, sizeof(same.hash.a));
	cr_expect_eq(secrets.cluster, same.cluster);
	keyfile_wipe(&keyfile);
	for (size_t i = 0; i < sizeof(keyfile); i++)
		cr_assert_eq(((uint8_t *)&keyfile)[i], 0);
}

/* A misspelt word, and the known word that is meant; NULL: none. */
static const struct {
	const char *word, *meant;
} misspelt[] = {
	{"interfase", "interface"},
	{"INTERFACE", "interface"},
	{"interfcae", "interface"},
	{"nterface", "interface"},
	{"interfacees", "interface"},
	{"ipp", "ip"},
	{"pi", "ip"},
	{"ip2mca", "ip2mac"},
	{"weight", "weights"},
	{"i", NULL},
	{"", NULL},
	{"zebra", NULL},
	{"face", NULL},
	{"0123456789012345678901234567890123456789012345678901234567890123456789", NULL},
};

Test(suggest, nearest_word)
{
	for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
		struct suggest s = suggest_for(misspelt[i].word);
		const char *best;

		suggest_offer(&s, "interface");
		suggest_offer(&s, "ip");
		suggest_offer(&s, "ip2mac");
		suggest_offer(&s, "weights");
		best = suggest_best(&s);
		cr_expect(misspelt[i].meant ? best && !strcmp(best, misspelt[i].meant) : !best,
			  "%s: %s", misspelt[i].word, best ? best : "nothing");
	}
}

static const struct {
	const char *name;
	bool plain, dots;
} names[] = {
	{"web", true, true},
	{"Web_1-a", true, true},
	{"a", true, true},
	{"", false, false},
	{"web.example", false, true},
	{".", false, false},
	{"..", false, false},
	{".web", false, false},
	{"a/b", false, false},
	{"a b", false, false},
	{"a\n", false, false},
	{"\303\244", false, false},
	{"012345678901234567890123456789012345678901234567890123456789012", true, true},
	{"0123456789012345678901234567890123456789012345678901234567890123", false, false},
};

Test(name, valid)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_expect_eq(name_valid(names[i].name, NAME_PLAIN), names[i].plain, "\"%s\" plain",
			     names[i].name);
		cr_expect_eq(name_valid(names[i].name, NAME_DOTS), names[i].dots, "\"%s\" dots",
			     names[i].name);
	}
}
