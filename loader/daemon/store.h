/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The map `saved`: what the heartbeat thread knows, written before each step's deeds, so that a
 * daemon that is killed and started again goes on where it was: in the same life, with its lease.
 */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xnlb/tables.h>

/* A digest of this program. 0 or -errno. */
int store_writer(uint64_t *out);

/* Of another program or configuration, or nothing at all: false, and `state` is untouched. */
bool store_read(const struct xnlb_saved *saved, uint64_t writer, uint64_t digest, void *state,
		size_t size);

/* At most XNLB_SAVED_SIZE bytes. */
void store_write(struct xnlb_saved *saved, uint64_t writer, uint64_t digest, const void *state,
		 size_t size);

/* Nobody shall go on with it. */
void store_forget(struct xnlb_saved *saved);

#endif
