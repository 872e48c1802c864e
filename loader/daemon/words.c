// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/words.h"

#include <stdio.h>
#include <xnlb/wire.h>

#include "daemon/control.h"

const struct word member_words[] = {
	{"listening", XNLB_STATE_LISTEN}, {"preparing", XNLB_STATE_PREP},
	{"ready", XNLB_STATE_READY},	  {"active", XNLB_STATE_ACTIVE},
	{"leaving", XNLB_STATE_LEAVING},  {NULL, 0},
};

const struct word part_words[] = {
	{"mode or default", XNLB_PART_MODE},
	{"cluster IPs", XNLB_PART_IPS},
	{"nodes", XNLB_PART_NODES},
	{"rules", XNLB_PART_RULES},
	{"heartbeat or quorum", XNLB_PART_TIMES},
	{"seed", XNLB_PART_SEED},
	{NULL, 0},
};

const struct word verb_words[] = {
	{"start", CONTROL_START},	  {"stop", CONTROL_STOP},
	{"drainstop", CONTROL_DRAINSTOP}, {"suspend", CONTROL_SUSPEND},
	{"resume", CONTROL_RESUME},	  {"enable", CONTROL_ENABLE},
	{"disable", CONTROL_DISABLE},	  {"drain", CONTROL_DRAIN},
	{"weight", CONTROL_WEIGHT},	  {NULL, 0},
};

const struct word answer_words[] = {
	{"none", CONTROL_NONE},
	{"taken", CONTROL_TAKEN},
	{"no-rule", CONTROL_NO_RULE},
	{"suspended", CONTROL_SUSPENDED},
	{NULL, 0},
};

const struct word asked_words[] = {
	{"started", CONTROL_STARTED},
	{"draining", CONTROL_DRAINING},
	{"stopped", CONTROL_STOPPED},
	{"suspended", CONTROL_SUSPENDED_PART},
	{NULL, 0},
};

const struct word rule_state_words[] = {
	{"open", CONTROL_OPEN},
	{"draining", CONTROL_RULE_DRAINING},
	{"closed", CONTROL_CLOSED},
	{NULL, 0},
};

const char *parts_text(uint8_t differs, char text[PARTS_TEXT_SIZE])
{
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < XNLB_PARTS; i++)
		if (differs >> i & 1)
			length += (size_t)snprintf(text + length, PARTS_TEXT_SIZE - length, "%s%s",
						   length ? ", " : "", word_of(part_words, i));
	return text;
}
