/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random numbers with a fixed seed, the same on each machine: Marsaglia's xorshift64. */
#ifndef UNIT_RANDOM_H
#define UNIT_RANDOM_H

#include <stdint.h>

static uint64_t random_state = 88172645463325252;

static inline uint32_t random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

static inline uint32_t random_below(uint32_t limit)
{
	return (uint32_t)((uint64_t)random_word() * limit >> 32);
}

#endif
