/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names as people type them: what the kernel is asked for, and what somebody
 * is told who mistyped one.
 */
#include "config.h"

#include "event/suites.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "event/branch_filter.h"
#include "event/event_name.h"
#include "event/suggest.h"
#include "support/fake_machine.h"

static const struct fake_file files[] = {
	{ "/sys/kernel/debug/tracing/events/sched/sched_switch/id", "314\n" },
	{ "/sys/kernel/tracing/events/irq/irq_handler_entry/id", NULL },
	{ "/sys/bus/event_source/devices/cpu/type", "4\n" },
	{ "/sys/bus/event_source/devices/cpu/format/event", "config:0-7\n" },
	{ "/sys/bus/event_source/devices/cpu/format/wide",
	  "config:0-7,32-35\n" },
	{ "/sys/bus/event_source/devices/cpu/format/edge", "config:18\n" },
	{ "/sys/bus/event_source/devices/cpu/format/ldlat", "config1:0-15\n" },
	{ "/sys/bus/event_source/devices/cpu/format/all", "config2:0-63\n" },
	{ "/sys/bus/event_source/devices/cpu/format/odd", "config9:0-3\n" },
	{ "/sys/bus/event_source/devices/cpu/format/far", "config:60-64\n" },
	{ "/sys/bus/event_source/devices/cpu/events/mem-loads",
	  "event=0xcd,ldlat=3\n" },
	{ NULL, NULL },
};

static struct lbrvirt_context *ctx;
static struct fake_machine fake;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	fake = (struct fake_machine){ .files = files };
	fake_machine_init(&fake);
}

static void tear_down(void)
{
	lbrvirt_context_free(ctx);
}

static int parse(const char *name, struct perf_event_attr *attr)
{
	return event_name_parse(ctx, &fake.machine, name, attr);
}

struct known_name {
	const char *name;
	uint32_t type;
	uint64_t config;
	unsigned int exclude_user, exclude_kernel, precise;
};

static const struct known_name known_names[] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0, 0 },
	{ "cycles:u", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 1, 0 },
	{ "cycles:k", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 1, 0, 0 },
	{ "cycles:uk", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0, 0 },
	{ "cycles:upp", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 1, 2 },
	{ "cycles:ppp", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0, 3 },
	{ "cycles:P", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0, 3 },
	{ "cpu-cycles:p", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0,
	  1 },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, 0, 0,
	  0 },
	{ "branch-misses:u", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES, 0,
	  1, 0 },
	{ "LLC-load-misses", PERF_TYPE_HW_CACHE, 0x10002, 0, 0, 0 },
	{ "cpu-clock:u", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, 1, 0 },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, 0, 0 },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 0, 0,
	  0 },
	{ "faults:k", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 1, 0, 0 },
	{ "context-switches", PERF_TYPE_SOFTWARE,
	  PERF_COUNT_SW_CONTEXT_SWITCHES, 0, 0, 0 },
	{ "cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 0, 0, 0 },
	{ "alignment-faults", PERF_TYPE_SOFTWARE,
	  PERF_COUNT_SW_ALIGNMENT_FAULTS, 0, 0, 0 },
	{ "r1c0", PERF_TYPE_RAW, 0x1c0, 0, 0, 0 },
	{ "r00C0:up", PERF_TYPE_RAW, 0xc0, 0, 1, 1 },
	{ "sched:sched_switch", PERF_TYPE_TRACEPOINT, 314, 0, 0, 0 },
	{ "sched:sched_switch:u", PERF_TYPE_TRACEPOINT, 314, 0, 1, 0 },
	{ "cpu/event=0x3c/", 4, 0x3c, 0, 0, 0 },
	{ "cpu/event=60,edge/u", 4, 0x4003c, 0, 1, 0 },
	{ "cpu/event=0x3c/:upp", 4, 0x3c, 0, 1, 2 },
	{ "cpu/wide=0xfab/", 4, 0xf000000abull, 0, 0, 0 },
	{ "cpu/config=0x1234/", 4, 0x1234, 0, 0, 0 },
	{ "cpu/mem-loads/pp", 4, 0xcd, 0, 0, 2 },
	{ "cpu/mem-loads,edge/", 4, 0x400cd, 0, 0, 0 },
};

enum { NR_KNOWN = sizeof(known_names) / sizeof(known_names[0]) };

START_TEST(a_known_name_is_what_perf_makes_of_it)
{
	const struct known_name *want = &known_names[_i];
	struct perf_event_attr attr;

	ck_assert_msg(parse(want->name, &attr) == 0, "%s: %s", want->name,
		      lbrvirt_context_error(ctx));
	ck_assert_msg(attr.type == want->type, "%s: type %u", want->name,
		      attr.type);
	ck_assert_msg(attr.config == want->config, "%s: config 0x%llx",
		      want->name, (unsigned long long)attr.config);
	ck_assert_uint_eq(attr.exclude_user, want->exclude_user);
	ck_assert_uint_eq(attr.exclude_kernel, want->exclude_kernel);
	ck_assert_uint_eq(attr.precise_ip, want->precise);
}
END_TEST

START_TEST(terms_reach_every_config_word_and_the_period)
{
	struct perf_event_attr attr;

	ck_assert_int_eq(parse("cpu/ldlat=0x1234,all=0xfedcba9876543210,"
			       "period=77/",
			       &attr),
			 0);
	ck_assert_uint_eq(attr.config1, 0x1234);
	ck_assert_uint_eq(attr.config2, 0xfedcba9876543210ull);
	ck_assert_uint_eq(attr.sample_period, 77);
}
END_TEST

START_TEST(guest_and_host_modifiers_exclude_each_other)
{
	struct perf_event_attr attr;

	ck_assert_int_eq(parse("cycles:uH", &attr), 0);
	ck_assert_uint_eq(attr.exclude_guest, 1);
	ck_assert_uint_eq(attr.exclude_host, 0);
	ck_assert_int_eq(parse("cycles:G", &attr), 0);
	ck_assert_uint_eq(attr.exclude_guest, 0);
	ck_assert_uint_eq(attr.exclude_host, 1);
	ck_assert_uint_eq(attr.exclude_kernel, 0);
}
END_TEST

struct bad_name {
	const char *name;
	int err;
	const char *said; /* part of the text */
};

static const struct bad_name bad_names[] = {
	{ "", EINVAL, "empty" },
	{ "cyclse", ENOENT, "nearest: cycles" },
	{ "cyclse:u", ENOENT, "nearest: cycles" },
	{ "branch-miss", ENOENT, "branch-misses" },
	{ "cpuclock", ENOENT, "cpu-clock" },
	{ "page-fault", ENOENT, "page-faults" },
	{ "zzzzzzzzzzzz", ENOENT, "none with a name like it" },
	{ "cycles:x", EINVAL, "modifiers are u k h" },
	{ "cycles:pppp", EINVAL, "at most ppp" },
	{ "{cycles,instructions}:S", EINVAL, "groups" },
	{ "sched:sched_swich", ENOENT, "none with a name like it" },
	{ "irq:irq_handler_entry", EACCES, "root only" },
	{ "rxyz", ENOENT, "no event" },
	{ "r", ENOENT, "no event" },
	{ "r11112222333344445", ENOENT, "no event" },
	{ "tpu/event=1/", ENOENT, "no PMU 'tpu'" },
	{ "../cpu/event=1/", EINVAL, "PMU/TERM" },
	{ "cpu/../type/", EINVAL, "cannot read" },
	{ "cpu/event=1", EINVAL, "PMU/TERM" },
	{ "cpu/evnt=1/", EINVAL, "no term 'evnt'" },
	{ "cpu/event=0x100/", EINVAL, "too large" },
	{ "cpu/event=/", EINVAL, "cannot read" },
	{ "cpu/event=-1/", EINVAL, "cannot read" },
	{ "cpu/event=1x/", EINVAL, "cannot read" },
	{ "cpu/,event=1/", EINVAL, "cannot read" },
	{ "cpu/odd=1/", EIO, "cannot be understood" },
	{ "cpu/far=1/", EIO, "cannot be understood" },
};

enum { NR_BAD = sizeof(bad_names) / sizeof(bad_names[0]) };

START_TEST(a_bad_name_is_refused_with_what_may_help)
{
	const struct bad_name *want = &bad_names[_i];
	struct perf_event_attr attr = { .config = 77 };

	ck_assert_int_eq(parse(want->name, &attr), -want->err);
	ck_assert_msg(strstr(lbrvirt_context_error(ctx), want->said) != NULL,
		      "%s: %s", want->name, lbrvirt_context_error(ctx));
	ck_assert_uint_eq(attr.config, 77);
}
END_TEST

START_TEST(a_tracepoint_without_tracefs_says_how_to_mount_it)
{
	struct perf_event_attr attr;

	fake.files = NULL;
	ck_assert_int_eq(parse("sched:sched_switch", &attr), -ENOENT);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "mount -t tracefs"));
}
END_TEST

START_TEST(an_endless_name_is_refused)
{
	struct perf_event_attr attr;
	char name[2000];

	memset(name, 'c', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(parse(name, &attr), -EINVAL);
}
END_TEST

START_TEST(a_list_is_cut_at_commas_outside_of_slashes)
{
	ck_assert_uint_eq(event_name_length("cycles"), 6);
	ck_assert_uint_eq(event_name_length("cycles,cs"), 6);
	ck_assert_uint_eq(event_name_length("cpu/a=1,b=2/u,cs"), 13);
	ck_assert_uint_eq(event_name_length(""), 0);
}
END_TEST

START_TEST(a_clock_keeps_the_modifiers_it_can_honour)
{
	char name[64];

	event_name_of_clock("cycles", name, sizeof(name));
	ck_assert_str_eq(name, "cpu-clock");
	event_name_of_clock("cycles:upp", name, sizeof(name));
	ck_assert_str_eq(name, "cpu-clock:u");
	event_name_of_clock("cycles:pp", name, sizeof(name));
	ck_assert_str_eq(name, "cpu-clock");
	event_name_without_kernel("cycles", name, sizeof(name));
	ck_assert_str_eq(name, "cycles:u");
	event_name_without_kernel("cycles:pp", name, sizeof(name));
	ck_assert_str_eq(name, "cycles:ppu");
	event_name_without_kernel("cpu/event=1/", name, sizeof(name));
	ck_assert_str_eq(name, "cpu/event=1/u");
	event_name_without_kernel("sched:sched_switch", name, sizeof(name));
	ck_assert_str_eq(name, "sched:sched_switch:u");
}
END_TEST

START_TEST(suggestions_stay_within_their_buffer)
{
	char small[8];

	memset(small, 'x', sizeof(small));
	suggest_events("cache-misses", small, sizeof(small));
	ck_assert_uint_lt(strlen(small), sizeof(small));
}
END_TEST

struct known_filter {
	const char *words;
	uint64_t bits;
};

static const struct known_filter known_filters[] = {
	{ "any", PERF_SAMPLE_BRANCH_ANY },
	{ "any,u", PERF_SAMPLE_BRANCH_ANY | PERF_SAMPLE_BRANCH_USER },
	{ "u", PERF_SAMPLE_BRANCH_ANY | PERF_SAMPLE_BRANCH_USER },
	{ "u,save_type", PERF_SAMPLE_BRANCH_ANY | PERF_SAMPLE_BRANCH_USER |
				 PERF_SAMPLE_BRANCH_TYPE_SAVE },
	{ "any_call,any_ret,k", PERF_SAMPLE_BRANCH_ANY_CALL |
					PERF_SAMPLE_BRANCH_ANY_RETURN |
					PERF_SAMPLE_BRANCH_KERNEL },
	{ "ind_call,ind_jmp,call,cond,hv",
	  PERF_SAMPLE_BRANCH_IND_CALL | PERF_SAMPLE_BRANCH_IND_JUMP |
		  PERF_SAMPLE_BRANCH_CALL | PERF_SAMPLE_BRANCH_COND |
		  PERF_SAMPLE_BRANCH_HV },
	{ "in_tx,no_tx,abort_tx", PERF_SAMPLE_BRANCH_IN_TX |
					  PERF_SAMPLE_BRANCH_NO_TX |
					  PERF_SAMPLE_BRANCH_ABORT_TX },
	{ "stack,hw_index,priv", PERF_SAMPLE_BRANCH_CALL_STACK |
					 PERF_SAMPLE_BRANCH_HW_INDEX |
					 PERF_SAMPLE_BRANCH_PRIV_SAVE },
};

enum { NR_FILTERS = sizeof(known_filters) / sizeof(known_filters[0]) };

START_TEST(a_branch_filter_is_the_sum_of_its_words)
{
	uint64_t filter = 0;

	ck_assert_int_eq(
		branch_filter_parse(ctx, known_filters[_i].words, &filter), 0);
	ck_assert_uint_eq(filter, known_filters[_i].bits);
}
END_TEST

START_TEST(an_unknown_kind_of_branch_lists_the_known)
{
	static const char *const bad[] = { "", "any,", "anyy", "an", "any u" };
	uint64_t filter = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(branch_filter_parse(ctx, bad[i], &filter),
				 -EINVAL);
		ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx),
					     "known: any, any_call"));
	}
	ck_assert_uint_eq(filter, 77);
}
END_TEST

Suite *event_name_suite(void)
{
	Suite *suite = suite_create("event_name");
	TCase *names = tcase_create("names");
	TCase *filters = tcase_create("branch filters");

	tcase_add_checked_fixture(names, set_up, tear_down);
	tcase_add_loop_test(names, a_known_name_is_what_perf_makes_of_it, 0,
			    NR_KNOWN);
	tcase_add_test(names, terms_reach_every_config_word_and_the_period);
	tcase_add_test(names, guest_and_host_modifiers_exclude_each_other);
	tcase_add_loop_test(names, a_bad_name_is_refused_with_what_may_help, 0,
			    NR_BAD);
	tcase_add_test(names,
		       a_tracepoint_without_tracefs_says_how_to_mount_it);
	tcase_add_test(names, an_endless_name_is_refused);
	tcase_add_test(names, a_list_is_cut_at_commas_outside_of_slashes);
	tcase_add_test(names, a_clock_keeps_the_modifiers_it_can_honour);
	tcase_add_test(names, suggestions_stay_within_their_buffer);
	suite_add_tcase(suite, names);

	tcase_add_checked_fixture(filters, set_up, tear_down);
	tcase_add_loop_test(filters, a_branch_filter_is_the_sum_of_its_words, 0,
			    NR_FILTERS);
	tcase_add_test(filters, an_unknown_kind_of_branch_lists_the_known);
	suite_add_tcase(suite, filters);

	return suite;
}
