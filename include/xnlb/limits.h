/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How large a cluster may be. Numbers that kernel and user space, or two nodes, must agree on. */
#ifndef XNLB_LIMITS_H
#define XNLB_LIMITS_H

#define XNLB_NODES_MAX	64   /* node ids are 1 to 64; 0 means "no node" */
#define XNLB_IPS_MAX	64   /* cluster IPs, both families together */
#define XNLB_RULES_MAX	1000 /* port rules; rule numbers are 1 to 1000, 0 means "no rule" */
#define XNLB_PLANS_MAX	(XNLB_RULES_MAX + 1) /* plan 0 belongs to the default node */
#define XNLB_BUCKETS	4096		     /* hash slots of a plan: a power of two */
#define XNLB_PORTS	65536
#define XNLB_NAME_SIZE	64 /* bytes of a cluster, node or rule name, with the final NUL */
#define XNLB_WEIGHT_MAX 100

#endif
