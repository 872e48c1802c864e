// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include <xnlb/siphash.h>
#include "random.h"

#define WORDS 132

static void hash(const uint64_t key[2], const uint64_t *input, uint32_t words, uint64_t tag[2])
{
	struct xnlb_siphash sip;
	const uint64_t key_words[2] = {xnlb_siphash_le(key[0]), xnlb_siphash_le(key[1])};

	xnlb_siphash_begin(&sip, (const __u64 *)key_words);
	for (uint32_t i = 0; i < words; i++)
		xnlb_siphash_word(&sip, input[i]);
	xnlb_siphash_end(&sip, words, (__u64 *)tag);
}

/* vectors_sip128 of the authors' vectors.h: key 00 to 0f, input nothing, and 00 to 07. */
Test(siphash, the_authors_vectors)
{
	static const unsigned char wanted[2][16] = {
		{0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55,
		 0x02, 0x93},
		{0x3b, 0x62, 0xa9, 0xba, 0x62, 0x58, 0xf5, 0x61, 0x0f, 0x83, 0xe2, 0x64, 0xf3, 0x14,
		 0x97, 0xb4},
	};
	unsigned char bytes[16];
	uint64_t key[2], input[2], tag[2];

	for (int i = 0; i < 16; i++)
		bytes[i] = (unsigned char)i;
	memcpy(key, bytes, 16);
	memcpy(input, bytes, 16);
	for (uint32_t words = 0; words < 2; words++) {
		hash(key, input, words, tag);
		cr_assert_arr_eq(tag, wanted[words], 16, "%u words", words);
	}
}

Test(siphash, the_same_as_libsodium)
{
	uint64_t key[2], input[WORDS], tag[2];
	unsigned char wanted[crypto_shorthash_siphashx24_BYTES];

	for (int round = 0; round < 2000; round++) {
		uint32_t words = random_below(WORDS + 1);

		for (int i = 0; i < 2; i++)
			key[i] = (uint64_t)random_word() << 32 | random_word();
		for (uint32_t i = 0; i < words; i++)
			input[i] = (uint64_t)random_word() << 32 | random_word();
		crypto_shorthash_siphashx24(wanted, (const unsigned char *)input, words * 8ull,
					    (const unsigned char *)key);
		hash(key, input, words, tag);
		cr_assert_arr_eq(tag, wanted, 16, "%u words", words);
	}
}
