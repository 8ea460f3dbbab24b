/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening on kernels that lack this or that, and the words for each refusal.
 */
#include "config.h"

#include "event/suites.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event/plan.h"
#include "support/fake_machine.h"

static struct fake_machine fake;

static struct perf_event_attr full_attr(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_HARDWARE,
		.size = PERF_ATTR_SIZE_VER7,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN |
			       PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_USER |
				      PERF_SAMPLE_BRANCH_CALL_STACK |
				      PERF_SAMPLE_BRANCH_NO_FLAGS |
				      PERF_SAMPLE_BRANCH_NO_CYCLES |
				      PERF_SAMPLE_BRANCH_TYPE_SAVE |
				      PERF_SAMPLE_BRANCH_HW_INDEX |
				      PERF_SAMPLE_BRANCH_PRIV_SAVE,
		.read_format = PERF_FORMAT_LOST,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.exclude_callchain_user = 1,
	};
}

static int open_on(const struct fake_open_rule *rules,
		   struct perf_event_attr *attr)
{
	int fd;

	fake = (struct fake_machine){ .rules = rules };
	fd = event_open(fake_machine_init(&fake), attr, 0, -1, 0);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* A kernel of some age: it refuses all bits that came later. */
static bool has_later_than(const struct perf_event_attr *attr, int step)
{
	const uint64_t bits = attr->branch_sample_type;
	const bool has[] = {
		bits & PERF_SAMPLE_BRANCH_PRIV_SAVE,
		attr->read_format & PERF_FORMAT_LOST,
		bits & PERF_SAMPLE_BRANCH_HW_INDEX,
		bits & PERF_SAMPLE_BRANCH_TYPE_SAVE,
		bits & PERF_SAMPLE_BRANCH_NO_FLAGS,
		attr->use_clockid,
		attr->exclude_callchain_user,
	};

	for (int i = 0; i < step; i++)
		if (has[i])
			return true;
	return false;
}

#define AGE(n)                                                         \
	static bool is_too_new_##n(const struct perf_event_attr *attr, \
				   pid_t pid, int cpu)                 \
	{                                                              \
		(void)pid;                                             \
		(void)cpu;                                             \
		return has_later_than(attr, n);                        \
	}
AGE(1)
AGE(2)
AGE(3)
AGE(4) AGE(5) AGE(6) AGE(7)

	START_TEST(an_older_kernel_keeps_all_that_it_knows)
{
	static const struct fake_open_rule rules[][2] = {
		{ { is_too_new_1, EINVAL }, { 0 } },
		{ { is_too_new_2, EINVAL }, { 0 } },
		{ { is_too_new_3, EINVAL }, { 0 } },
		{ { is_too_new_4, EINVAL }, { 0 } },
		{ { is_too_new_5, EINVAL }, { 0 } },
		{ { is_too_new_6, EINVAL }, { 0 } },
		{ { is_too_new_7, EINVAL }, { 0 } },
	};
	struct perf_event_attr attr = full_attr();

	ck_assert_int_eq(open_on(rules[_i], &attr), 0);
	ck_assert_uint_eq(fake.nr_opens, (size_t)_i + 2);
	ck_assert(!has_later_than(&attr, _i + 1));
	/* The next older bit is still there. */
	ck_assert(_i == 6 || has_later_than(&attr, _i + 2));
	ck_assert_uint_eq(attr.branch_sample_type &
				  PERF_SAMPLE_BRANCH_CALL_STACK,
			  PERF_SAMPLE_BRANCH_CALL_STACK);
}
END_TEST

START_TEST(an_event_refused_for_good_is_given_back_as_it_was)
{
	static const struct fake_open_rule rules[] = { { fake_any, EINVAL },
						       { 0 } };
	struct perf_event_attr attr = full_attr(), before;

	attr.precise_ip = 2;
	before = attr;
	ck_assert_int_eq(open_on(rules, &attr), -EINVAL);
	ck_assert_mem_eq(&attr, &before, sizeof(attr));
}
END_TEST

START_TEST(a_forbidden_kernel_is_excluded)
{
	static const struct fake_open_rule rules[] = { { fake_sees_kernel,
							 EACCES },
						       { 0 } };
	struct perf_event_attr attr = full_attr();

	ck_assert_int_eq(open_on(rules, &attr), 0);
	ck_assert_uint_eq(attr.exclude_kernel, 1);
	ck_assert_uint_eq(attr.exclude_callchain_kernel, 1);
	ck_assert_uint_eq(fake.nr_opens, 2);
}
END_TEST

static bool chain_sees_kernel(const struct perf_event_attr *attr, pid_t pid,
			      int cpu)
{
	(void)pid;
	(void)cpu;
	return (attr->sample_type & PERF_SAMPLE_CALLCHAIN) &&
	       !attr->exclude_callchain_kernel;
}

START_TEST(a_forbidden_kernel_is_excluded_from_call_chains_too)
{
	static const struct fake_open_rule rules[] = { { chain_sees_kernel,
							 EACCES },
						       { 0 } };
	struct perf_event_attr attr = full_attr();

	attr.exclude_kernel = 1;
	ck_assert_int_eq(open_on(rules, &attr), 0);
	ck_assert_uint_eq(attr.exclude_callchain_kernel, 1);
}
END_TEST

START_TEST(an_event_of_the_kernel_alone_is_not_turned_around)
{
	static const struct fake_open_rule rules[] = { { fake_sees_kernel,
							 EACCES },
						       { 0 } };
	struct perf_event_attr attr = full_attr();

	attr.exclude_user = 1;
	ck_assert_int_eq(open_on(rules, &attr), -EACCES);
	ck_assert_uint_eq(fake.nr_opens, 1);
}
END_TEST

static bool is_more_than_once_precise(const struct perf_event_attr *attr,
				      pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->precise_ip > 1;
}

START_TEST(precision_is_lowered_to_what_there_is)
{
	static const struct fake_open_rule rules[] = {
		{ is_more_than_once_precise, EOPNOTSUPP },
		{ 0 }
	};
	struct perf_event_attr attr = full_attr();

	attr.precise_ip = 3;
	ck_assert_int_eq(open_on(rules, &attr), 0);
	ck_assert_uint_eq(attr.precise_ip, 1);
	ck_assert_uint_eq(fake.nr_opens, 3);
}
END_TEST

START_TEST(a_kernel_with_a_shorter_attribute_gets_a_shorter_one)
{
	struct perf_event_attr attr = full_attr();
	int fd;

	attr.sig_data = 1;
	fake = (struct fake_machine){ .attr_size = PERF_ATTR_SIZE_VER5 };
	fd = event_open(fake_machine_init(&fake), &attr, 0, -1, 0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_uint_eq(attr.sig_data, 0);
	ck_assert_uint_eq(attr.size, PERF_ATTR_SIZE_VER7);
}
END_TEST

START_TEST(a_kernel_that_lacks_what_matters_is_an_error)
{
	static const struct fake_open_rule rules[] = { { fake_any, E2BIG },
						       { 0 } };
	struct perf_event_attr attr = full_attr();

	fake = (struct fake_machine){ .attr_size = PERF_ATTR_SIZE_VER1 };
	ck_assert_int_eq(event_open(fake_machine_init(&fake), &attr, 0, -1, 0),
			 -E2BIG);
	/* And one that insists does not keep us for ever. */
	ck_assert_int_eq(open_on(rules, &attr), -E2BIG);
	ck_assert_uint_le(fake.nr_opens, 2);
}
END_TEST

START_TEST(other_errors_are_passed_on_at_once)
{
	static const int errs[] = { ENOENT, EPERM,  EBUSY,  ESRCH, ENOSYS,
				    ENODEV, EMFILE, ENOMEM, ENOSPC };
	struct fake_open_rule rules[] = { { fake_any, errs[_i] }, { 0 } };
	struct perf_event_attr attr = full_attr();

	ck_assert_int_eq(open_on(rules, &attr), -errs[_i]);
	ck_assert_uint_eq(fake.nr_opens, 1);
}
END_TEST

struct reason {
	int err;
	uint32_t type;
	uint64_t branches; /* 0: none */
	unsigned int precise, exclude_user;
	pid_t pid;
	const char *paranoid; /* NULL: no such file */
	bool has_seccomp, has_pmu;
	const char *said; /* part of the text */
};

#define STACK (PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_CALL_STACK)

static const struct reason reasons[] = {
	{ .err = ENOENT, .said = "found no PMU" },
	{ .err = ENOENT, .has_pmu = true, .said = "PMU driver has no such" },
	{ .err = ENOENT, .type = PERF_TYPE_TRACEPOINT, .said = "no such event" },
	{ .err = EOPNOTSUPP,
	  .type = PERF_TYPE_SOFTWARE,
	  .branches = STACK,
	  .said = "hardware events alone" },
	{ .err = EOPNOTSUPP, .branches = STACK, .said = "call-stack mode" },
	{ .err = EOPNOTSUPP,
	  .branches = PERF_SAMPLE_BRANCH_ANY,
	  .said = "not with this filter" },
	{ .err = EOPNOTSUPP, .precise = 2, .said = "without :p" },
	{ .err = EOPNOTSUPP, .said = "cannot sample" },
	{ .err = EINVAL, .branches = STACK, .said = "refuses branch records" },
	{ .err = EINVAL, .type = PERF_TYPE_RAW, .said = "PMU refuses" },
	{ .err = EINVAL, .said = "with these settings" },
	{ .err = EACCES, .paranoid = "3\n", .said = "perf_event_paranoid=2" },
	{ .err = EACCES,
	  .paranoid = "3\n",
	  .pid = -1,
	  .said = "perf_event_paranoid=0" },
	{ .err = EACCES,
	  .paranoid = "2\n",
	  .pid = -1,
	  .said = "perf_event_paranoid=0" },
	{ .err = EACCES,
	  .paranoid = "2\n",
	  .exclude_user = 1,
	  .said = "perf_event_paranoid=1" },
	{ .err = EACCES, .paranoid = "2\n", .pid = 1, .said = "another user" },
	{ .err = EACCES, .paranoid = "-1\n", .said = "cap_perfmon" },
	{ .err = EACCES, .said = "cap_perfmon" },
	{ .err = EPERM, .has_seccomp = true, .said = "--cap-add PERFMON" },
	{ .err = EPERM, .said = "security module" },
	{ .err = ENOSYS, .has_seccomp = true, .said = "seccomp" },
	{ .err = ENOSYS, .said = "CONFIG_PERF_EVENTS" },
	{ .err = EBUSY, .said = "somebody else" },
	{ .err = ENODEV, .said = "offline" },
	{ .err = ENXIO, .said = "gone" },
	{ .err = ESRCH, .said = "no such process" },
	{ .err = E2BIG, .said = "too old" },
	{ .err = EMFILE, .said = "ulimit -n" },
	{ .err = ENFILE, .said = "fs.file-max" },
	{ .err = ENOMEM, .said = "memory" },
	{ .err = ENOSPC, .said = "pinned" },
	{ .err = EINTR, .said = "perf_event_open failed" },
};

enum { NR_REASONS = sizeof(reasons) / sizeof(reasons[0]) };

START_TEST(every_errno_is_told_in_words_that_help)
{
	const struct reason *want = &reasons[_i];
	struct fake_file files[] = {
		{ "/proc/self/status", want->has_seccomp ?
					       "Name:\tx\nSeccomp:\t2\n" :
					       "Name:\tx\nSeccomp:\t0\n" },
		{ want->has_pmu ? "/sys/bus/event_source/devices/cpu/type" :
				  "/none",
		  "4\n" },
		{ want->paranoid ? "/proc/sys/kernel/perf_event_paranoid" :
				   "/none",
		  want->paranoid },
		{ NULL, NULL },
	};
	struct perf_event_attr attr = {
		.type = want->type,
		.precise_ip = want->precise & 3,
		.exclude_user = want->exclude_user & 1,
		.sample_type = want->branches ? PERF_SAMPLE_BRANCH_STACK : 0,
		.branch_sample_type = want->branches,
	};
	char text[512] = "";

	fake = (struct fake_machine){ .files = files };
	event_open_reason(fake_machine_init(&fake), NULL, &attr, want->pid,
			  want->err, text, sizeof(text));
	ck_assert_msg(strstr(text, want->said) != NULL, "%d: %s", want->err,
		      text);
}
END_TEST

Suite *event_open_suite(void)
{
	Suite *suite = suite_create("event_open");
	TCase *concessions = tcase_create("concessions");
	TCase *words = tcase_create("reasons");

	tcase_add_loop_test(concessions,
			    an_older_kernel_keeps_all_that_it_knows, 0, 7);
	tcase_add_test(concessions,
		       an_event_refused_for_good_is_given_back_as_it_was);
	tcase_add_test(concessions, a_forbidden_kernel_is_excluded);
	tcase_add_test(concessions,
		       a_forbidden_kernel_is_excluded_from_call_chains_too);
	tcase_add_test(concessions,
		       an_event_of_the_kernel_alone_is_not_turned_around);
	tcase_add_test(concessions, precision_is_lowered_to_what_there_is);
	tcase_add_test(concessions,
		       a_kernel_with_a_shorter_attribute_gets_a_shorter_one);
	tcase_add_test(concessions,
		       a_kernel_that_lacks_what_matters_is_an_error);
	tcase_add_loop_test(concessions, other_errors_are_passed_on_at_once, 0,
			    9);
	suite_add_tcase(suite, concessions);

	tcase_add_loop_test(words, every_errno_is_told_in_words_that_help, 0,
			    NR_REASONS);
	suite_add_tcase(suite, words);

	return suite;
}
