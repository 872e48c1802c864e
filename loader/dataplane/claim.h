/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An instance's daemon has a claim on it for as long as it runs: no command replaces or removes its
 * programs under it. Commands wait for each other by the lock of instance.h, and look for a claim
 * while they have it.
 */
#ifndef DATAPLANE_CLAIM_H
#define DATAPLANE_CLAIM_H

struct instance;

/*
 * A descriptor that holds the claim on the instance of this name until it is closed, or -errno
 * (reported); -EADDRINUSE: another daemon has it. The instance's folder is made if it is missing.
 */
int instance_claim(const char *name);

/* 0 if no daemon has a claim, else -EBUSY, or another -errno (reported). */
int instance_unclaimed(const struct instance *instance);

#endif
