// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The nearest of several words. Knows nothing of xnlb. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/suggest.h"

/* Longer words are not compared: nobody misspells those. */
#define WORD_MAX 64

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

static char lower(char c)
{
	return (char)tolower((unsigned char)c);
}

/* Edits (insert, delete, replace, swap two neighbours) from one word to the other; case is free. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][WORD_MAX + 1];
	unsigned int *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t la = strlen(a), lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		last[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int differ = lower(a[i - 1]) != lower(b[j - 1]);

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + differ);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[lb];
}

struct suggest suggest_for(const char *word)
{
	size_t length = strlen(word);
	struct suggest s = {.word = word, .distance = (unsigned int)length / 3 + 1};

	if (length == 2)
		s.distance = 2; /* "ip" for "ips", "di" for "id" */
	if (length < 2 || length > WORD_MAX)
		s.distance = 0;
	return s;
}

void suggest_offer(struct suggest *s, const char *candidate)
{
	unsigned int found;

	if (!s->distance || strlen(candidate) > WORD_MAX)
		return;
	found = distance(s->word, candidate);
	if (found < s->distance) {
		s->best = candidate;
		s->distance = found;
	}
}

const char *suggest_best(const struct suggest *s)
{
	return s->best;
}
