/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which threads had samples, and their names.
 */
#include "config.h"

#include "browser/suites.h"
#include "thread_list.h"

static void take(struct thread_list *threads,
		 const struct lbrvirt_record *record)
{
	ck_assert_int_eq(thread_list_add(threads, record), 0);
}

static void sample(struct thread_list *threads, uint32_t tid, unsigned int nr)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_SAMPLE,
		.pid = 10,
		.tid = tid,
	};

	while (nr--)
		take(threads, &record);
}

static void comm(struct thread_list *threads, uint32_t tid, const char *name)
{
	const struct lbrvirt_record record = {
		.type = PERF_RECORD_COMM,
		.comm = { .pid = 10, .tid = tid, .name = name },
	};

	take(threads, &record);
}

START_TEST(the_busiest_thread_comes_first_and_idle_ones_not_at_all)
{
	struct thread_list threads = { .nr = 0 };
	const struct browser_thread *list;
	size_t nr;

	comm(&threads, 10, "main");
	comm(&threads, 11, "worker");
	comm(&threads, 12, "sleeper");
	sample(&threads, 10, 1);
	sample(&threads, 11, 3);
	list = thread_list_by_samples(&threads, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(list[0].tid, 11);
	ck_assert_uint_eq(list[0].samples, 3);
	ck_assert_str_eq(list[0].comm, "worker");
	ck_assert_str_eq(list[1].comm, "main");
	/* Sorting moved them: they are found all the same. */
	sample(&threads, 10, 5);
	list = thread_list_by_samples(&threads, &nr);
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(list[0].tid, 10);
	ck_assert_uint_eq(list[0].samples, 6);
	thread_list_fini(&threads);
}
END_TEST

START_TEST(a_new_thread_is_called_what_its_maker_is)
{
	const struct lbrvirt_record fork = {
		.type = PERF_RECORD_FORK,
		.task = { .pid = 10, .ppid = 10, .tid = 11, .ptid = 10 },
	};
	struct thread_list threads = { .nr = 0 };
	const struct browser_thread *list;
	size_t nr;

	comm(&threads, 10, "maker");
	take(&threads, &fork);
	sample(&threads, 11, 1);
	list = thread_list_by_samples(&threads, &nr);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(list[0].comm, "maker");
	thread_list_fini(&threads);
}
END_TEST

START_TEST(more_threads_than_there_is_room_for_are_left_out)
{
	struct thread_list threads = { .nr = 0 };
	size_t nr;

	for (uint32_t tid = 1; tid <= THREAD_LIST_MAX + 10; tid++)
		sample(&threads, tid, 1);
	thread_list_by_samples(&threads, &nr);
	ck_assert_uint_eq(nr, THREAD_LIST_MAX);
	thread_list_fini(&threads);
}
END_TEST

Suite *thread_list_suite(void)
{
	Suite *suite = suite_create("thread_list");
	TCase *tcase = tcase_create("thread_list");

	tcase_add_test(tcase,
		       the_busiest_thread_comes_first_and_idle_ones_not_at_all);
	tcase_add_test(tcase, a_new_thread_is_called_what_its_maker_is);
	tcase_add_test(tcase, more_threads_than_there_is_room_for_are_left_out);
	suite_add_tcase(suite, tcase);
	return suite;
}
