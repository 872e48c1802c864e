/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words that users read and write for the enums of include/xnlb/tables.h. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <xnlb/reason.h>
#include <xnlb/tables.h>

const char *mode_word(enum xnlb_cluster_mode mode);
const char *filter_word(enum xnlb_filter filter);
const char *affinity_word(enum xnlb_affinity affinity);
const char *protocol_word(enum xnlb_protocol protocol);
const char *verdict_word(enum xnlb_verdict verdict);
const char *xdp_word(enum xnlb_xdp_hook hook);
const char *tc_word(enum xnlb_tc_hook hook);
const char *node_word(enum xnlb_node_state state);

/* "80", "8000-8099" or "all" into `text`; returns it. */
#define PORTS_TEXT_SIZE 16
const char *ports_text(const struct xnlb_rule *rule, char text[PORTS_TEXT_SIZE]);

#endif
