/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words that people write and read for the enums of include/xnlb: in the configuration, on the
 * command line, in text and JSON. Each list ends with a NULL word.
 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <xnlb/reason.h>
#include <xnlb/tables.h>

struct word {
	const char *word;
	int value;
};

extern const struct word mode_words[];	   /* enum xnlb_cluster_mode */
extern const struct word default_words[];  /* enum xnlb_default */
extern const struct word quorum_words[];   /* enum xnlb_quorum */
extern const struct word attach_words[];   /* enum xnlb_attach */
extern const struct word protocol_words[]; /* enum xnlb_protocol */
extern const struct word filter_words[];   /* enum xnlb_filter, those that a rule may have */
extern const struct word affinity_words[]; /* enum xnlb_affinity */
extern const struct word verdict_words[];  /* enum xnlb_verdict */
extern const struct word state_words[];	   /* enum xnlb_node_state */
extern const struct word xdp_words[];	   /* enum xnlb_xdp_hook */
extern const struct word tc_words[];	   /* enum xnlb_tc_hook */

/* The word of a value; "?" if it has none, as a map that somebody wrote to may hold anything. */
const char *word_of(const struct word *words, int value);

/* The value of a word: 0, or -EINVAL if it is none of them. */
int word_value(const struct word *words, const char *word, int *out);

/* "80", "8000-8099" or "all" into `text`; returns it. Host byte order. */
#define PORTS_TEXT_SIZE 16
const char *ports_text(__u16 first, __u16 last, char text[PORTS_TEXT_SIZE]);

#endif
