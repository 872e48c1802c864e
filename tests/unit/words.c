// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Words of the enums: each value has one word and each word leads back to it. */
#include <criterion/criterion.h>
#include <errno.h>

#include "core/words.h"

Test(words, lead_back_to_their_values)
{
	const struct word *const lists[] = {mode_words,	  default_words,  protocol_words,
					    filter_words, affinity_words, verdict_words,
					    state_words,  xdp_words,	  tc_words,
					    quorum_words, attach_words};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const struct word *word = lists[i]; word->word; word++) {
			int value = -1;

			cr_assert_str_eq(word_of(lists[i], word->value), word->word);
			cr_assert_eq(word_value(lists[i], word->word, &value), 0);
			cr_assert_eq(value, word->value, "%s", word->word);
		}
	}
}

Test(words, no_word_for_a_strange_value)
{
	cr_assert_str_eq(word_of(mode_words, 77), "?");
	cr_assert_str_eq(word_of(mode_words, -1), "?");
}

Test(words, a_strange_word_changes_nothing)
{
	int value = 42;

	cr_assert_eq(word_value(mode_words, "broadcast", &value), -EINVAL);
	cr_assert_eq(word_value(mode_words, "", &value), -EINVAL);
	cr_assert_eq(value, 42);
}

Test(words, ports)
{
	char text[PORTS_TEXT_SIZE];

	cr_assert_str_eq(ports_text(80, 80, text), "80");
	cr_assert_str_eq(ports_text(8000, 8099, text), "8000-8099");
	cr_assert_str_eq(ports_text(0, 65535, text), "all");
	cr_assert_str_eq(ports_text(0, 0, text), "0");
	cr_assert_str_eq(ports_text(1, 65535, text), "1-65535");
}
