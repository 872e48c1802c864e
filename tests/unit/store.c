// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The map `saved`: two copies, of which one always counts. */
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/store.h"

static struct xnlb_saved saved;
static char text[32];

static bool read_back(uint64_t writer, uint64_t digest)
{
	memset(text, 0, sizeof(text));
	return store_read(&saved, writer, digest, text, sizeof(text));
}

static void write_text(const char *what)
{
	char copy[sizeof(text)] = "";

	strcpy(copy, what);
	store_write(&saved, 1, 2, copy, sizeof(copy));
}

Test(store, nothing_is_stored_at_first)
{
	cr_assert(!read_back(0, 0));
	cr_assert(!read_back(1, 2));
}

Test(store, what_is_written_is_read)
{
	write_text("one");
	cr_assert(read_back(1, 2));
	cr_assert_str_eq(text, "one");
	write_text("two");
	cr_assert(read_back(1, 2));
	cr_assert_str_eq(text, "two");
}

Test(store, another_program_or_configuration_or_size_is_another_state)
{
	write_text("one");
	cr_assert(!read_back(2, 2));
	cr_assert(!read_back(1, 1));
	cr_assert(!store_read(&saved, 1, 2, text, sizeof(text) - 1));
}

Test(store, a_copy_that_was_not_finished_does_not_count)
{
	write_text("one");
	memset(saved.bytes[!saved.copy], 0xff, 16);
	cr_assert(read_back(1, 2));
	cr_assert_str_eq(text, "one");
}

Test(store, what_is_forgotten_is_gone)
{
	write_text("one");
	store_forget(&saved);
	cr_assert(!read_back(1, 2));
}

Test(store, a_program_knows_itself)
{
	uint64_t once = 0, again = 0;

	cr_assert_eq(store_writer(&once), 0);
	cr_assert_eq(store_writer(&again), 0);
	cr_assert_eq(once, again);
	cr_assert_neq(once, 0);
}
