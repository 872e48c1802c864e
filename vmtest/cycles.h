/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions, counted by the emulator: with `-icount shift=0` the emulated CPU's time stamp
 * counter goes up by one with each instruction, of the kernel too. On any other machine it counts
 * time.
 */
#ifndef VMTEST_CYCLES_H
#define VMTEST_CYCLES_H

#include <stdint.h>

static inline uint64_t instructions_now(void)
{
	return __builtin_ia32_rdtsc();
}

#endif
