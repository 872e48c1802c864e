// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What was asked of a node, over a restart of its daemon. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/wishes.h"

static char folder[] = "/tmp/xnlb-wishes-XXXXXX", path[WISHES_PATH_SIZE];
static struct cluster cluster = {.rules = 3,
				 .rule = {{.name = "web"}, {.name = "db"}, {.name = "x"}}};
static struct wishes wishes;

static void begin(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/asked", folder);
	cr_redirect_stderr();
}

static void end(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(wishes, .init = begin, .fini = end);

static void write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
}

static bool nothing_asked(void)
{
	bool asked = false;

	wishes_read(path, &cluster, &wishes);
	for (int i = 0; i <= XNLB_RULES_MAX; i++)
		asked |= wishes.rule[i] != WISH_OPEN;
	return !asked && wishes.part == WISH_STARTED && wishes.weight == 100 && !wishes.closed;
}

Test(wishes, without_a_file_nothing_was_asked)
{
	cr_assert(nothing_asked());
}

Test(wishes, what_is_written_reads_back_the_same)
{
	struct wishes all = {.part = WISH_SUSPENDED,
			     .before = WISH_STOPPED,
			     .weight = 7,
			     .closed = 255,
			     .rule = {[1] = WISH_CLOSED, [3] = WISH_RULE_DRAINING}};
	struct stat found;

	cr_assert_eq(wishes_write(path, &cluster, &all), 0);
	wishes_read(path, &cluster, &wishes);
	cr_assert_arr_eq(&wishes, &all, sizeof(all));
	cr_assert_eq(stat(path, &found), 0);
	cr_assert_eq(found.st_mode & 0777, 0600);
}

Test(wishes, rules_go_by_their_names)
{
	struct cluster other = {.rules = 2, .rule = {{.name = "new"}, {.name = "web"}}};
	struct wishes closed = {.weight = 100, .rule = {[1] = WISH_CLOSED, [2] = WISH_CLOSED}};

	wishes_write(path, &cluster, &closed);
	wishes_read(path, &other, &wishes);
	cr_assert_eq(wishes.rule[1], WISH_OPEN);
	cr_assert_eq(wishes.rule[2], WISH_CLOSED);
}

Test(wishes, what_cannot_be_understood_counts_for_nothing)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{\"asked\": \"flying\", \"before\": \"started\", \"weight\": 1, \"closed\": 0, "
		"\"rules\": {}}",
		"{\"asked\": \"stopped\", \"before\": \"started\", \"weight\": 101, \"closed\": 0, "
		"\"rules\": {}}",
		"{\"asked\": \"stopped\", \"before\": \"started\", \"weight\": -1, \"closed\": 0, "
		"\"rules\": {}}",
		"{\"asked\": \"stopped\", \"before\": \"started\", \"weight\": 1, \"closed\": 256, "
		"\"rules\": {}}",
		"{\"asked\": \"stopped\", \"before\": \"?\", \"weight\": 1, \"closed\": 0, "
		"\"rules\": {}}",
		"{\"asked\": \"stopped\", \"before\": \"started\", \"weight\": 1, \"closed\": 0}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_text(bad[i]);
		cr_assert(nothing_asked(), "%s", bad[i]);
	}
	write_text(
		"{\"asked\": \"stopped\", \"before\": \"started\", \"weight\": 1, \"closed\": 0, "
		"\"rules\": {\"web\": 7, \"db\": \"ajar\"}}");
	wishes_read(path, &cluster, &wishes);
	cr_assert_eq(wishes.part, WISH_STOPPED);
	cr_assert_eq(wishes.rule[1] | wishes.rule[2], WISH_OPEN);
}

Test(wishes, a_write_that_fails_leaves_what_was_there)
{
	struct wishes first = {.weight = 1}, second = {.weight = 2};
	char next[WISHES_PATH_SIZE + 8];

	wishes_write(path, &cluster, &first);
	snprintf(next, sizeof(next), "%s.new", path);
	cr_assert_eq(mkdir(next, 0700), 0); /* in the way */
	cr_assert_neq(wishes_write(path, &cluster, &second), 0);
	rmdir(next);
	wishes_read(path, &cluster, &wishes);
	cr_assert_eq(wishes.weight, 1);
}
