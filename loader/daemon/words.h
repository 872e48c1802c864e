/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of the daemon's enums, in messages, in JSON and in the API. */
#ifndef DAEMON_WORDS_H
#define DAEMON_WORDS_H

#include "core/cluster.h"
#include "core/words.h"

extern const struct word member_words[];     /* enum xnlb_state */
extern const struct word part_words[];	     /* enum xnlb_part, enum differs */
extern const struct word verb_words[];	     /* enum control_verb */
extern const struct word answer_words[];     /* enum control_answer */
extern const struct word asked_words[];	     /* enum wish_part */
extern const struct word rule_state_words[]; /* enum wish_rule */

/* "mode or default, rules" of bits of both. Returns `text`. */
#define PARTS_TEXT_SIZE 192
const char *parts_text(uint8_t differs, char text[PARTS_TEXT_SIZE]);

/* What is wrong with a node, as warnings say it. They return `text`. */
#define MISMATCH_TEXT_SIZE 384
const char *mismatch_text(const char *node, uint8_t differs, bool member,
			  char text[MISMATCH_TEXT_SIZE]);
const char *silent_text(const char *node, bool ipv6, char text[MISMATCH_TEXT_SIZE]);
const char *twice_text(const char *node, uint8_t id, char text[MISMATCH_TEXT_SIZE]);

#endif
