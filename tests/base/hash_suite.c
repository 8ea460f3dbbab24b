/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys made to meet in a table: such families are easily computed for a
 * multiplication by a known number, and a file may be full of them.
 */
#include "config.h"

#include "base/suites.h"

#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

#define NR_KEYS 4096

/* The number by which the tables of many programs multiply, and its inverse
 * modulo 2^64. */
#define GOLDEN	0x9e3779b97f4a7c15u
#define INVERSE 0xf1de83e19937733du

_Static_assert((uint64_t)(GOLDEN *INVERSE) == 1, "the inverse");

/* How many slots of a table twice their number the keys fall on: of 4096
 * random ones, 3223 on average with a deviation of less than 30. */
static void check_spread(const uint64_t *hashes, unsigned int shift)
{
	bool is_used[2 * NR_KEYS] = { false };
	unsigned int nr_used = 0;

	for (size_t i = 0; i < NR_KEYS; i++) {
		size_t slot = hashes[i] >> shift & (2 * NR_KEYS - 1);

		nr_used += !is_used[slot];
		is_used[slot] = true;
	}
	ck_assert_uint_gt(nr_used, 3000);
}

START_TEST(numbers_whose_products_agree_are_spread)
{
	uint64_t hashes[NR_KEYS];

	/* Products that differ in their lowest bits alone, or highest. */
	for (uint64_t i = 0; i < NR_KEYS; i++)
		hashes[i] = hash_word((_i ? i << 52 : i) * INVERSE);
	check_spread(hashes, 0);
}
END_TEST

START_TEST(numbers_in_a_row_are_spread)
{
	uint64_t hashes[NR_KEYS];

	for (uint64_t i = 0; i < NR_KEYS; i++)
		hashes[i] = hash_word(i << _i);
	check_spread(hashes, 0);
}
END_TEST

/*
 * Each pair of words comes in two forms that leave a multiplication by any odd
 * number, folded in the middle, alike: so 24 words give 2^12 keys.
 */
START_TEST(bytes_with_flipped_top_bits_are_spread)
{
	const uint64_t top = 1ull << 63;
	uint64_t hashes[NR_KEYS];

	for (size_t i = 0; i < NR_KEYS; i++) {
		uint64_t words[24];

		for (size_t j = 0; j < 12; j++) {
			bool is_flipped = i >> j & 1;

			words[2 * j] = j ^ (is_flipped ? top : 0);
			words[2 * j + 1] = j ^
					   (is_flipped ? top | top >> 32 : 0);
		}
		hashes[i] = intern_hash(words, sizeof(words));
	}
	check_spread(hashes, 0);
	check_spread(hashes, 32);
}
END_TEST

START_TEST(size_and_last_bytes_count)
{
	const char zeros[16] = { 0 };
	uint64_t hashes[sizeof(zeros)];

	for (size_t i = 0; i < sizeof(zeros); i++) {
		hashes[i] = intern_hash(zeros, i);
		ck_assert_uint_eq(hashes[i], intern_hash(zeros, i));
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(hashes[i], hashes[j]);
	}
	ck_assert_uint_ne(intern_hash("123456789a", 10),
			  intern_hash("123456789b", 10));
}
END_TEST

Suite *hash_suite(void)
{
	Suite *suite = suite_create("hash");
	TCase *tcase = tcase_create("hash");

	tcase_add_loop_test(tcase, numbers_whose_products_agree_are_spread, 0,
			    2);
	tcase_add_loop_test(tcase, numbers_in_a_row_are_spread, 0, 48);
	tcase_add_test(tcase, bytes_with_flipped_top_bits_are_spread);
	tcase_add_test(tcase, size_and_last_bytes_count);
	suite_add_tcase(suite, tcase);
	return suite;
}
