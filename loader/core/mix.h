/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mixing of 64-bit words: the finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators. OOPSLA 2014). Not against somebody who chooses the words.
 */
#ifndef CORE_MIX_H
#define CORE_MIX_H

#include <stdint.h>

static inline uint64_t mix_final(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* `state` with one word more. */
static inline uint64_t mix(uint64_t state, uint64_t word)
{
	return mix_final((state ^ word) + 0x9e3779b97f4a7c15);
}

#endif
