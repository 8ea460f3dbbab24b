/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered of addresses: never another's text, and not without end.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "export/script_memo.h"
#include "export/suites.h"

/* More than there are places, and with their texts more than is kept. */
#define NR_KEYS	  80000u
#define TEXT_SIZE 96

static struct script_memo_key key_of(uint64_t i)
{
	return (struct script_memo_key){ .epoch = 1 + i % 3,
					 .address = 0x400000 + i / 3 * 8,
					 .fields = i % 2 };
}

static size_t write_text(uint64_t i, char text[TEXT_SIZE])
{
	return (size_t)snprintf(text, TEXT_SIZE, "%080" PRIu64 " frame", i);
}

static void keep(struct script_memo *memo, uint64_t i)
{
	struct script_memo_key key = key_of(i);
	struct text text = { .is_short = false };
	char words[TEXT_SIZE];
	size_t size = write_text(i, words);

	/* What stands before belongs to somebody else. */
	text_put(&text, "before", 6);
	text_put(&text, words, size);
	script_memo_keep(memo, &key, &text, 6);
	text_fini(&text);
}

/* Whether it is still known; then it must be right. */
static bool is_known(const struct script_memo *memo, uint64_t i)
{
	struct script_memo_key key = key_of(i);
	struct text text = { .is_short = false };
	char words[TEXT_SIZE];
	size_t size = write_text(i, words);
	bool is_kept = script_memo_put(memo, &key, &text);

	ck_assert_uint_eq(text.bytes.size, is_kept ? size : 0);
	if (is_kept)
		ck_assert_int_eq(memcmp(text.bytes.bytes, words, size), 0);
	text_fini(&text);
	return is_kept;
}

START_TEST(a_text_is_kept_and_is_the_addresses_own)
{
	struct script_memo memo = { .slots = NULL };
	struct text none = { .is_short = false };

	ck_assert(!is_known(&memo, 7));
	keep(&memo, 7);
	ck_assert(is_known(&memo, 7));
	/* Each part of the key tells apart, in the same place too: of so many
	 * others, some come to it. */
	for (uint64_t i = 1; i <= NR_KEYS; i++) {
		struct script_memo_key others[] = { key_of(7), key_of(7),
						    key_of(7) };

		others[0].epoch += i;
		others[1].address += i;
		others[2].fields += i;
		for (size_t j = 0; j < 3; j++)
			ck_assert(!script_memo_put(&memo, &others[j], &none));
	}
	script_memo_fini(&memo);
}
END_TEST

START_TEST(many_texts_are_right_and_take_bounded_memory)
{
	struct script_memo memo = { .slots = NULL };
	size_t nr_known = 0;

	for (uint64_t i = 0; i < NR_KEYS; i++) {
		keep(&memo, i);
		ck_assert(is_known(&memo, i));
		ck_assert_uint_lt(memo.kept.bytes.capacity, 8u << 20);
	}
	for (uint64_t i = 0; i < NR_KEYS; i++)
		nr_known += is_known(&memo, i);
	ck_assert_uint_gt(nr_known, 0);
	ck_assert_uint_lt(nr_known, NR_KEYS);
	script_memo_fini(&memo);
}
END_TEST

START_TEST(an_epoch_of_nobody_is_not_kept)
{
	struct script_memo memo = { .slots = NULL };
	const struct script_memo_key key = { .address = 0x400000 };
	struct text text = { .is_short = false };

	text_put(&text, "main", 4);
	script_memo_keep(&memo, &key, &text, 0);
	ck_assert(!script_memo_put(&memo, &key, &text));
	text_fini(&text);
	script_memo_fini(&memo);
}
END_TEST

Suite *script_memo_suite(void)
{
	Suite *suite = suite_create("script_memo");
	TCase *tcase = tcase_create("script_memo");

	tcase_add_test(tcase, a_text_is_kept_and_is_the_addresses_own);
	tcase_add_test(tcase, many_texts_are_right_and_take_bounded_memory);
	tcase_add_test(tcase, an_epoch_of_nobody_is_not_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}
