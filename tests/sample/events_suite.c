/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events that come one by one, as a pipe names them: what is known of those
 * before is not worked out anew for each.
 */
#include "config.h"

#include "sample/suites.h"

#include <stdlib.h>

/* As many as a pipe may name. */
#define NR_EVENTS 16384

/* Bytes that the library has asked for; the linker leads its calls here. */
static size_t asked;

void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);

void *__wrap_calloc(size_t nr, size_t size)
{
	asked += nr * size;
	return __real_calloc(nr, size);
}

START_TEST(events_that_come_one_by_one_cost_as_much_as_at_once)
{
	struct lbrvirt_event *events = malloc(NR_EVENTS * sizeof(*events));
	uint64_t *ids = malloc(2 * NR_EVENTS * sizeof(*ids));
	struct decoder *decoder;
	size_t at_once;

	ck_assert(events && ids);
	for (uint32_t i = 0; i < NR_EVENTS; i++) {
		ids[2 * i] = 2 * i;
		ids[2 * i + 1] = 2 * i + 1;
		events[i] = (struct lbrvirt_event){ .name = "test",
						    .ids = &ids[2 * i],
						    .nr_ids = 2,
						    .index = i };
	}
	asked = 0;
	ck_assert_int_eq(decoder_new(events, NR_EVENTS, false, &decoder), 0);
	at_once = asked;
	ck_assert_uint_gt(at_once, NR_EVENTS);
	decoder_free(decoder);

	asked = 0;
	ck_assert_int_eq(decoder_new(events, 0, false, &decoder), 0);
	for (size_t nr = 1; nr <= NR_EVENTS; nr++)
		ck_assert_int_eq(decoder_add_events(decoder, nr), 0);
	ck_assert_uint_le(asked, 2 * at_once);
	for (uint64_t id = 0; id < 2 * NR_EVENTS; id++)
		ck_assert_ptr_eq(decoder_event(decoder, id), &events[id / 2]);
	ck_assert_ptr_null(decoder_event(decoder, 2 * NR_EVENTS));
	decoder_free(decoder);
	free(ids);
	free(events);
}
END_TEST

START_TEST(an_id_given_twice_stays_with_the_first)
{
	const uint64_t ids[] = { 5, 6, 5 };
	const struct lbrvirt_event events[] = {
		{ .name = "first", .ids = ids, .nr_ids = 2 },
		{ .name = "second", .ids = ids + 2, .nr_ids = 1, .index = 1 },
	};
	struct decoder *decoder;

	ck_assert_int_eq(decoder_new(events, 1, false, &decoder), 0);
	ck_assert_int_eq(decoder_add_events(decoder, 2), 0);
	ck_assert_ptr_eq(decoder_event(decoder, 5), &events[0]);
	ck_assert_int_eq(decoder_set_events(decoder, events + 1, 1), 0);
	ck_assert_ptr_eq(decoder_event(decoder, 5), &events[1]);
	ck_assert_ptr_null(decoder_event(decoder, 6));
	decoder_free(decoder);
}
END_TEST

/* A sample's time is looked for by its event only if events differ in that. */
START_TEST(an_event_added_later_may_have_its_time_elsewhere)
{
	const uint64_t ids[] = { 1, 2 };
	const struct lbrvirt_event events[] = {
		{ .name = "first",
		  .attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TIME,
		  .ids = &ids[0],
		  .nr_ids = 1 },
		{ .name = "second",
		  .attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP |
				      PERF_SAMPLE_TIME,
		  .ids = &ids[1],
		  .nr_ids = 1,
		  .index = 1 },
	};
	uint64_t words[] = { header_word(PERF_RECORD_SAMPLE, 0, 32), 2, 77,
			     1000 };
	struct decoder *decoder;
	uint64_t time_ns = 0;

	ck_assert_int_eq(decoder_new(events, 0, false, &decoder), 0);
	ck_assert_int_eq(decoder_add_events(decoder, 1), 0);
	ck_assert_int_eq(decoder_add_events(decoder, 2), 0);
	ck_assert(decoder_time(decoder, words, sizeof(words), &time_ns));
	ck_assert_uint_eq(time_ns, 1000);
	words[1] = 1;
	ck_assert(decoder_time(decoder, words, sizeof(words), &time_ns));
	ck_assert_uint_eq(time_ns, 77);
	decoder_free(decoder);
}
END_TEST

Suite *events_suite(void)
{
	Suite *suite = suite_create("events");
	TCase *tcase = tcase_create("one by one");

	tcase_add_test(tcase,
		       events_that_come_one_by_one_cost_as_much_as_at_once);
	tcase_add_test(tcase, an_id_given_twice_stays_with_the_first);
	tcase_add_test(tcase, an_event_added_later_may_have_its_time_elsewhere);
	suite_add_tcase(suite, tcase);
	return suite;
}
