/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * "Did you mean": the known word that is nearest to a misspelt one. Offer every candidate, then
 * ask for the best.
 *
 *	struct suggest s = suggest_for("intervall");
 *	suggest_offer(&s, "interval");
 *	suggest_best(&s)	"interval", or NULL if nothing is near enough to be meant
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

struct suggest {
	const char *word;
	const char *best;
	unsigned int distance; /* of best; a candidate must be nearer than this */
};

struct suggest suggest_for(const char *word);
void suggest_offer(struct suggest *s, const char *candidate);
const char *suggest_best(const struct suggest *s);

#endif
