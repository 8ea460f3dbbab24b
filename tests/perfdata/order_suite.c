/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue that puts records in order of time.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <string.h>

#include "perfdata/order.h"

/* A record that is nothing but its number. */
static void push(struct order *order, uint64_t time_ns, uint64_t seq,
		 bool is_stable)
{
	static const unsigned char bytes[8];
	unsigned char volatile_bytes[8];
	struct raw raw = { .size = 8, .offset = seq, .is_stable = is_stable };

	memset(volatile_bytes, (int)seq, sizeof(volatile_bytes));
	raw.bytes = is_stable ? bytes : volatile_bytes;
	ck_assert_int_eq(order_push(order, time_ns, &raw), 0);
	memset(volatile_bytes, 0xff, sizeof(volatile_bytes));
}

static void expect(struct order *order, uint64_t seq)
{
	struct raw raw;

	ck_assert(order_pop(order, &raw));
	ck_assert_uint_eq(raw.offset, seq);
}

static void expect_none(struct order *order)
{
	struct raw raw;

	ck_assert(!order_pop(order, &raw));
}

START_TEST(nothing_goes_out_before_a_round_has_passed)
{
	struct order order = { 0 };

	push(&order, 20, 0, true);
	push(&order, 10, 1, true);
	expect_none(&order);
	ck_assert_int_eq(order_round(&order), 0);
	expect_none(&order);
	push(&order, 15, 2, true);
	push(&order, 30, 3, true);
	ck_assert_int_eq(order_round(&order), 0);
	expect(&order, 1);
	expect(&order, 2);
	expect(&order, 0);
	expect_none(&order);
	ck_assert_int_eq(order_end(&order), 0);
	expect(&order, 3);
	expect_none(&order);
	order_fini(&order);
}
END_TEST

START_TEST(equal_times_keep_the_order_of_writing)
{
	struct order order = { 0 };

	for (uint64_t i = 0; i < 100; i++)
		push(&order, i % 3, i, true);
	ck_assert_int_eq(order_end(&order), 0);
	for (uint64_t time_ns = 0; time_ns < 3; time_ns++) {
		for (uint64_t i = time_ns; i < 100; i += 3)
			expect(&order, i);
	}
	expect_none(&order);
	order_fini(&order);
}
END_TEST

START_TEST(copies_outlive_the_bytes_they_came_from)
{
	struct order order = { 0 };
	struct raw raw;

	for (uint64_t i = 0; i < 100000; i++)
		push(&order, 100000 - i, i % 251, false);
	ck_assert_int_eq(order_end(&order), 0);
	for (uint64_t i = 100000; i-- > 0;) {
		ck_assert(order_pop(&order, &raw));
		ck_assert_uint_eq(raw.offset, i % 251);
		ck_assert_uint_eq(raw.bytes[7], i % 251);
	}
	expect_none(&order);
	/* All but the block that would be filled next is given back. */
	ck_assert_uint_le(order.copied, 2 * 256 * 1024);
	order_fini(&order);
}
END_TEST

START_TEST(a_queue_that_was_not_emptied_leaks_nothing)
{
	struct order order = { 0 };

	for (uint64_t i = 0; i < 100000; i++)
		push(&order, i, i, false);
	ck_assert_int_eq(order_end(&order), 0);
	expect(&order, 0);
	order_fini(&order);
	ck_assert_uint_eq(order.copied, 0);
}
END_TEST

Suite *order_suite(void)
{
	Suite *suite = suite_create("order");
	TCase *rounds = tcase_create("rounds");

	tcase_add_test(rounds, nothing_goes_out_before_a_round_has_passed);
	tcase_add_test(rounds, equal_times_keep_the_order_of_writing);
	tcase_add_test(rounds, copies_outlive_the_bytes_they_came_from);
	tcase_add_test(rounds, a_queue_that_was_not_emptied_leaks_nothing);
	suite_add_tcase(suite, rounds);
	return suite;
}
