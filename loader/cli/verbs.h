/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verbs; the table in xnlb.c lists them. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

extern const struct verb verb_attach;
extern const struct verb verb_check;
extern const struct verb verb_detach;
extern const struct verb verb_disable;
extern const struct verb verb_drain;
extern const struct verb verb_drainstop;
extern const struct verb verb_enable;
extern const struct verb verb_explain;
extern const struct verb verb_ip2mac;
extern const struct verb verb_keygen;
extern const struct verb verb_resume;
extern const struct verb verb_run;
extern const struct verb verb_start;
extern const struct verb verb_status;
extern const struct verb verb_stop;
extern const struct verb verb_suspend;
extern const struct verb verb_weight;

#endif
