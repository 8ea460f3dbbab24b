/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples of a group's leader, told apart into its members'.
 */
#include "config.h"

#include "perfdata/suites.h"

#include <errno.h>

#include "perfdata/groups.h"
#include "sample/abi.h"

#define LEADER 71
#define MEMBER 72
#define FORMAT \
	(PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_ENABLED)

static const uint64_t leader_id = LEADER;
static const uint64_t member_id = MEMBER;

struct trial {
	struct lbrvirt_event events[2];
	struct decoder *decoder;
	struct groups groups;
	struct lbrvirt_record record;
};

static void begin(struct trial *trial)
{
	*trial = (struct trial){ 0 };
	trial->events[0] = (struct lbrvirt_event){
		.name = "leader",
		.attr = { .sample_type = PERF_SAMPLE_READ,
			  .read_format = FORMAT },
		.ids = &leader_id,
		.nr_ids = 1,
	};
	trial->events[1] = trial->events[0];
	trial->events[1].name = "member";
	trial->events[1].ids = &member_id;
	ck_assert_int_eq(decoder_new(trial->events, 2, false, &trial->decoder),
			 0);
	trial->record = (struct lbrvirt_record){
		.type = PERF_RECORD_SAMPLE,
		.event = &trial->events[0],
		.tid = 5,
	};
}

static void end(struct trial *trial)
{
	groups_fini(&trial->groups);
	decoder_free(trial->decoder);
}

static void read_values(struct trial *trial, const uint64_t *words, size_t nr)
{
	trial->record.sample.read_values = words;
	trial->record.sample.nr_read_values = nr;
	ck_assert(groups_has_members(&trial->record));
	groups_begin(&trial->groups, &trial->record);
}

static void comes(struct trial *trial, const char *name, uint64_t period)
{
	struct lbrvirt_record got;

	ck_assert_int_eq(groups_next(&trial->groups, trial->decoder, &got), 0);
	ck_assert_str_eq(got.event->name, name);
	ck_assert_uint_eq(got.id, *got.event->ids);
	ck_assert_uint_eq(got.sample.period, period);
	ck_assert(got.fields & PERF_SAMPLE_PERIOD);
}

static void nothing_comes(struct trial *trial)
{
	struct lbrvirt_record got;

	ck_assert_int_eq(groups_next(&trial->groups, trial->decoder, &got),
			 -ENODATA);
}

START_TEST(each_member_has_a_sample_with_what_it_counted_since)
{
	static const uint64_t first[] = { 2, 9, 1000, LEADER, 300, MEMBER };
	static const uint64_t second[] = { 2, 9, 1500, LEADER, 301, MEMBER };
	struct trial trial;

	begin(&trial);
	nothing_comes(&trial);
	read_values(&trial, first, 6);
	comes(&trial, "leader", 1000);
	comes(&trial, "member", 300);
	nothing_comes(&trial);
	read_values(&trial, second, 6);
	comes(&trial, "leader", 500);
	comes(&trial, "member", 1);
	nothing_comes(&trial);
	end(&trial);
}
END_TEST

START_TEST(members_that_counted_nothing_or_are_unknown_have_none)
{
	static const uint64_t words[] = { 3, 9, 0, LEADER, 7, 99, 4, MEMBER };
	struct trial trial;

	begin(&trial);
	read_values(&trial, words, 8);
	comes(&trial, "member", 4);
	nothing_comes(&trial);
	end(&trial);
}
END_TEST

START_TEST(lost_counts_are_stepped_over)
{
	static const uint64_t words[] = { 2, 9, 6, LEADER, 1, 4, MEMBER, 1 };
	struct trial trial;

	begin(&trial);
	trial.events[0].attr.read_format |= ABI_FORMAT_LOST;
	read_values(&trial, words, 8);
	comes(&trial, "leader", 6);
	comes(&trial, "member", 4);
	nothing_comes(&trial);
	end(&trial);
}
END_TEST

START_TEST(inherited_counts_are_each_threads_own)
{
	static const uint64_t words[] = { 1, 9, 100, LEADER };
	struct trial trial;

	begin(&trial);
	trial.events[0].attr.inherit = 1;
	read_values(&trial, words, 4);
	comes(&trial, "leader", 100);
	trial.record.tid = 6;
	read_values(&trial, words, 4);
	comes(&trial, "leader", 100);
	trial.record.tid = 5;
	read_values(&trial, words, 4);
	nothing_comes(&trial);
	end(&trial);
}
END_TEST

START_TEST(many_threads_keep_their_counts)
{
	uint64_t words[] = { 1, 9, 0, LEADER };
	struct trial trial;

	begin(&trial);
	trial.events[0].attr.inherit = 1;
	for (uint64_t count = 10; count <= 30; count += 10)
		for (uint32_t tid = 1; tid <= 1000; tid++) {
			words[2] = count;
			trial.record.tid = tid;
			read_values(&trial, words, 4);
			comes(&trial, "leader", 10);
		}
	end(&trial);
}
END_TEST

START_TEST(values_without_ids_are_left_together)
{
	struct trial trial;

	begin(&trial);
	trial.events[0].attr.read_format = PERF_FORMAT_GROUP;
	ck_assert(!groups_has_members(&trial.record));
	end(&trial);
}
END_TEST

Suite *groups_suite(void)
{
	Suite *suite = suite_create("groups");
	TCase *tc = tcase_create("members");

	tcase_add_test(tc, each_member_has_a_sample_with_what_it_counted_since);
	tcase_add_test(tc,
		       members_that_counted_nothing_or_are_unknown_have_none);
	tcase_add_test(tc, lost_counts_are_stepped_over);
	tcase_add_test(tc, inherited_counts_are_each_threads_own);
	tcase_add_test(tc, many_threads_keep_their_counts);
	tcase_add_test(tc, values_without_ids_are_left_together);
	suite_add_tcase(suite, tc);
	return suite;
}
