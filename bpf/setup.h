/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the loader tells the programs before they are loaded; frozen afterwards. */
#ifndef BPF_SETUP_H
#define BPF_SETUP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xnlb/tables.h>

const volatile struct xnlb_setup setup __weak = {};

#endif
