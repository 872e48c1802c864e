/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SipHash-2-4 with 128 bits of output, word by word, for the BPF program; user space has
 * libsodium's (crypto_shorthash_siphashx24), and a test holds them together. Aumasson, Bernstein:
 * SipHash: a fast short-input PRF. INDOCRYPT 2012; the long output as in the authors' siphash.c.
 *
 * Only inputs of whole 64-bit words: what authenticates heartbeats has no others.
 */
#ifndef XNLB_SIPHASH_H
#define XNLB_SIPHASH_H

#include <linux/types.h>

struct xnlb_siphash {
	__u64 v0, v1, v2, v3;
};

/* A word as the hash reads it: little-endian, on every machine. */
static inline __attribute__((always_inline)) __u64 xnlb_siphash_le(__u64 bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(bytes);
#else
	return bytes;
#endif
}

static inline __attribute__((always_inline)) __u64 xnlb_siphash_left(__u64 word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline __attribute__((always_inline)) void xnlb_siphash_round(struct xnlb_siphash *sip)
{
	sip->v0 += sip->v1;
	sip->v2 += sip->v3;
	sip->v1 = xnlb_siphash_left(sip->v1, 13) ^ sip->v0;
	sip->v3 = xnlb_siphash_left(sip->v3, 16) ^ sip->v2;
	sip->v0 = xnlb_siphash_left(sip->v0, 32);
	sip->v2 += sip->v1;
	sip->v0 += sip->v3;
	sip->v1 = xnlb_siphash_left(sip->v1, 17) ^ sip->v2;
	sip->v3 = xnlb_siphash_left(sip->v3, 21) ^ sip->v0;
	sip->v2 = xnlb_siphash_left(sip->v2, 32);
}

/* `key`: 16 bytes as two words, read little-endian. */
static inline __attribute__((always_inline)) void xnlb_siphash_begin(struct xnlb_siphash *sip,
								     const __u64 key[2])
{
	sip->v0 = 0x736f6d6570736575 ^ key[0];
	sip->v1 = 0x646f72616e646f6d ^ key[1] ^ 0xee;
	sip->v2 = 0x6c7967656e657261 ^ key[0];
	sip->v3 = 0x7465646279746573 ^ key[1];
}

static inline __attribute__((always_inline)) void xnlb_siphash_word(struct xnlb_siphash *sip,
								    __u64 bytes)
{
	__u64 word = xnlb_siphash_le(bytes);

	sip->v3 ^= word;
	xnlb_siphash_round(sip);
	xnlb_siphash_round(sip);
	sip->v0 ^= word;
}

static inline __attribute__((always_inline)) __u64 xnlb_siphash_half(struct xnlb_siphash *sip)
{
	for (int i = 0; i < 4; i++)
		xnlb_siphash_round(sip);
	return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

/* `words`: how many there were. `tag`: 16 bytes as two words, as they lie in memory. */
static inline __attribute__((always_inline)) void xnlb_siphash_end(struct xnlb_siphash *sip,
								   __u32 words, __u64 tag[2])
{
	xnlb_siphash_word(sip, xnlb_siphash_le((__u64)words << 3 << 56));
	sip->v2 ^= 0xee;
	tag[0] = xnlb_siphash_le(xnlb_siphash_half(sip));
	sip->v1 ^= 0xdd;
	tag[1] = xnlb_siphash_le(xnlb_siphash_half(sip));
}

#endif
