/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flattened ranges answer as a search through all of them would.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stdlib.h>

#include "symbol/range_map.h"

START_TEST(the_innermost_range_answers)
{
	struct range ranges[] = {
		{ 100, 200, 0 }, { 120, 160, 1 }, { 130, 140, 2 },
		{ 160, 170, 3 }, { 300, 400, 4 },
	};
	static const struct {
		uint64_t address;
		uint32_t value;
	} wanted[] = {
		{ 99, RANGE_MAP_NONE },
		{ 100, 0 },
		{ 119, 0 },
		{ 120, 1 },
		{ 130, 2 },
		{ 139, 2 },
		{ 140, 1 },
		{ 160, 3 },
		{ 170, 0 },
		{ 200, RANGE_MAP_NONE },
		{ 300, 4 },
		{ 399, 4 },
		{ 400, RANGE_MAP_NONE },
	};
	struct range_map map;

	ck_assert_int_eq(range_map_init(ranges, 5, &map), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_uint_eq(range_map_find(&map, wanted[i].address),
				  wanted[i].value);
	range_map_fini(&map);
}
END_TEST

START_TEST(of_equal_ranges_the_greater_value_is_inside)
{
	struct range ranges[] = { { 10, 20, 1 }, { 10, 20, 2 }, { 10, 20, 0 } };
	struct range_map map;

	ck_assert_int_eq(range_map_init(ranges, 3, &map), 0);
	ck_assert_uint_eq(range_map_find(&map, 15), 2);
	range_map_fini(&map);
}
END_TEST

START_TEST(an_empty_map_answers_none)
{
	struct range empty[] = { { 10, 10, 1 }, { 30, 20, 2 } };
	struct range_map map;

	ck_assert_int_eq(range_map_init(empty, 2, &map), 0);
	ck_assert_uint_eq(range_map_find(&map, 10), RANGE_MAP_NONE);
	ck_assert_uint_eq(range_map_find(&map, 25), RANGE_MAP_NONE);
	range_map_fini(&map);
	ck_assert_int_eq(range_map_init(NULL, 0, &map), 0);
	ck_assert_uint_eq(range_map_find(&map, 0), RANGE_MAP_NONE);
	range_map_fini(&map);
}
END_TEST

/* Properly nested ranges, made by halving; the search walks them all. */
#define NESTED_MAX 512

static size_t nest(struct range *ranges, size_t nr, uint64_t low, uint64_t high)
{
	uint64_t middle;

	if (nr == NESTED_MAX || high - low < 4)
		return nr;
	ranges[nr] = (struct range){ low, high, (uint32_t)nr };
	nr++;
	middle = low + 1 + (uint64_t)rand() % (high - low - 2);
	nr = nest(ranges, nr, low + (uint64_t)rand() % 2, middle);
	return nest(ranges, nr, middle, high - (uint64_t)rand() % 2);
}

START_TEST(many_nested_ranges_agree_with_a_plain_search)
{
	struct range ranges[NESTED_MAX], sorted[NESTED_MAX];
	struct range_map map;
	size_t nr;

	srand((unsigned int)_i + 1);
	nr = nest(ranges, 0, 1000, 3000);
	ck_assert_uint_gt(nr, 10);
	for (size_t i = 0; i < nr; i++)
		sorted[i] = ranges[i];
	ck_assert_int_eq(range_map_init(sorted, nr, &map), 0);
	for (uint64_t at = 990; at < 3010; at++) {
		uint32_t wanted = RANGE_MAP_NONE;

		for (size_t i = 0; i < nr; i++) {
			if (at >= ranges[i].low && at < ranges[i].high)
				wanted = ranges[i].value;
		}
		ck_assert_uint_eq(range_map_find(&map, at), wanted);
	}
	range_map_fini(&map);
}
END_TEST

START_TEST(ranges_that_cross_each_other_do_no_harm)
{
	struct range ranges[NESTED_MAX];
	struct range_map map;

	srand((unsigned int)_i + 1);
	for (uint32_t i = 0; i < NESTED_MAX; i++) {
		uint64_t low = (uint64_t)rand() % 1000;

		ranges[i] =
			(struct range){ low, low + (uint64_t)rand() % 300, i };
	}
	ck_assert_int_eq(range_map_init(ranges, NESTED_MAX, &map), 0);
	ck_assert_uint_le(map.nr, 2 * NESTED_MAX);
	for (size_t i = 1; i < map.nr; i++)
		ck_assert_uint_lt(map.segments[i - 1].start,
				  map.segments[i].start);
	ck_assert_uint_eq(map.segments[map.nr - 1].value, RANGE_MAP_NONE);
	range_map_fini(&map);
}
END_TEST

Suite *range_map_suite(void)
{
	Suite *suite = suite_create("range_map");
	TCase *tcase = tcase_create("flattened");

	tcase_add_test(tcase, the_innermost_range_answers);
	tcase_add_test(tcase, of_equal_ranges_the_greater_value_is_inside);
	tcase_add_test(tcase, an_empty_map_answers_none);
	tcase_add_loop_test(tcase, many_nested_ranges_agree_with_a_plain_search,
			    0, 20);
	tcase_add_loop_test(tcase, ranges_that_cross_each_other_do_no_harm, 0,
			    20);
	suite_add_tcase(suite, tcase);
	return suite;
}
