/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ladder on machines that nobody here has: which step is taken, what is
 * opened there, and what is said of the steps above.
 */
#include "config.h"

#include "event/suites.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "event/event_attr.h"
#include "event/plan.h"
#include "guest/guest.h"
#include "stack/unwind.h"
#include "support/fake_machine.h"

static const struct fake_open_rule without_pmu[] = {
	{ fake_is_hardware, ENOENT },
	{ fake_has_branches, EOPNOTSUPP },
	{ 0 },
};

static const struct fake_open_rule without_lbr[] = {
	{ fake_has_branches, EOPNOTSUPP },
	{ 0 },
};

static const struct fake_file files[] = {
	{ "/proc/sys/kernel/perf_event_max_sample_rate", "2000\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "2\n" },
	{ "/sys/kernel/tracing/events/sched/sched_switch/id", "314\n" },
	{ NULL, NULL },
};

static struct lbrvirt_context *ctx;
static struct fake_machine fake;
static struct lbrvirt_plan *plan;
static struct plan_trial trial;
static char logged[512];

static void keep_log(enum lbrvirt_log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(logged, sizeof(logged), "%s", text);
}

static void set_up(void)
{
	logged[0] = '\0';
	plan = NULL;
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	lbrvirt_context_set_log(ctx, LBRVIRT_LOG_WARNING, keep_log, NULL);
}

static void tear_down(void)
{
	lbrvirt_plan_free(plan);
	lbrvirt_context_free(ctx);
}

static int make(const struct fake_open_rule *rules,
		const struct lbrvirt_plan_opts *opts)
{
	lbrvirt_plan_free(plan);
	plan = NULL;
	fake = (struct fake_machine){ .rules = rules, .files = files };
	trial = (struct plan_trial){ .machine = fake_machine_init(&fake) };
	return plan_new_on(ctx, &trial, opts, &plan);
}

static const struct perf_event_attr *attr_of(size_t index)
{
	return &lbrvirt_plan_event(plan, index)->attr;
}

START_TEST(with_lbr_the_best_step_is_taken_at_once)
{
	const struct perf_event_attr *attr;

	ck_assert_int_eq(make(NULL, NULL), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_LBR_JOINED);
	ck_assert_uint_eq(lbrvirt_plan_step_count(plan), 1);
	ck_assert_uint_eq(fake.nr_opens, 1);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cycles");
	attr = attr_of(0);
	ck_assert_uint_eq(attr->branch_sample_type,
			  PERF_SAMPLE_BRANCH_USER |
				  PERF_SAMPLE_BRANCH_CALL_STACK |
				  PERF_SAMPLE_BRANCH_NO_FLAGS |
				  PERF_SAMPLE_BRANCH_NO_CYCLES |
				  PERF_SAMPLE_BRANCH_HW_INDEX);
	ck_assert_uint_eq(attr->sample_stack_user, LBRVIRT_STACK_SIZE_DEFAULT);
	ck_assert_uint_eq(attr->exclude_callchain_user, 1);
	ck_assert_uint_eq(attr->exclude_callchain_kernel, 0);
	ck_assert_str_eq(
		lbrvirt_plan_text(plan),
		"call stacks: from branch records, continued by unwinding (lbr+dwarf), on\n"
		"    cycles at 999 Hz\n");
}
END_TEST

START_TEST(without_a_pmu_stacks_are_unwound_on_a_clock)
{
	const struct perf_event_attr *attr;
	const struct lbrvirt_plan_step *step;

	ck_assert_int_eq(make(without_pmu, NULL), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
	ck_assert_uint_eq(lbrvirt_plan_step_count(plan), 4);
	for (size_t i = 0; i < 3; i++) {
		step = lbrvirt_plan_step(plan, i);
		ck_assert(!step->is_taken);
		ck_assert_int_eq(step->err, ENOENT);
		ck_assert_str_ne(step->reason, "");
		ck_assert_str_eq(step->event, "cycles");
	}
	step = lbrvirt_plan_step(plan, 3);
	ck_assert(step->is_taken);
	ck_assert_str_eq(step->reason, "");
	ck_assert_str_eq(step->event, "cpu-clock");

	attr = attr_of(0);
	ck_assert_uint_eq(attr->type, PERF_TYPE_SOFTWARE);
	ck_assert_uint_eq(attr->config, PERF_COUNT_SW_CPU_CLOCK);
	ck_assert_uint_eq(
		attr->sample_type,
		PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
			PERF_SAMPLE_PERIOD | PERF_SAMPLE_CALLCHAIN |
			PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER);
	ck_assert_uint_eq(attr->freq, 1);
	ck_assert_uint_eq(attr->sample_freq, 999);
	ck_assert_uint_eq(attr->sample_regs_user, UNWIND_REGS_MASK);
	ck_assert_uint_eq(attr->use_clockid, 1);
	ck_assert_int_eq(attr->clockid, CLOCK_MONOTONIC);
	ck_assert_uint_eq(attr->read_format, 0);
	ck_assert_uint_eq(attr->disabled, 0);
	ck_assert_uint_eq(attr->size, PERF_ATTR_SIZE_VER7);
	ck_assert_str_eq(
		lbrvirt_plan_text(plan),
		"call stacks: unwound from .eh_frame (dwarf), on cpu-clock at 999 Hz\n"
		"  lbr+dwarf on cycles  no: the kernel found no PMU on this machine\n"
		"  lbr on cycles        no: same reason\n"
		"  dwarf on cycles      no: same reason\n");
}
END_TEST

static bool has_regs(const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	(void)pid;
	(void)cpu;
	return attr->sample_type & PERF_SAMPLE_STACK_USER;
}

START_TEST(lbr_alone_is_taken_where_stacks_cannot_be_copied)
{
	static const struct fake_open_rule rules[] = { { has_regs, EINVAL },
						       { 0 } };

	ck_assert_int_eq(make(rules, NULL), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_LBR);
	ck_assert_uint_eq(attr_of(0)->sample_type & PERF_SAMPLE_STACK_USER, 0);
}
END_TEST

struct start {
	enum lbrvirt_call_graph call_graph;
	enum lbrvirt_stack_source with_lbr, with_pmu, without;
};

static const struct start starts[] = {
	{ LBRVIRT_CALL_GRAPH_AUTO, LBRVIRT_STACK_LBR_JOINED,
	  LBRVIRT_STACK_DWARF, LBRVIRT_STACK_DWARF },
	{ LBRVIRT_CALL_GRAPH_LBR, LBRVIRT_STACK_LBR_JOINED, LBRVIRT_STACK_DWARF,
	  LBRVIRT_STACK_DWARF },
	{ LBRVIRT_CALL_GRAPH_DWARF, LBRVIRT_STACK_DWARF, LBRVIRT_STACK_DWARF,
	  LBRVIRT_STACK_DWARF },
	{ LBRVIRT_CALL_GRAPH_FP, LBRVIRT_STACK_FP, LBRVIRT_STACK_FP,
	  LBRVIRT_STACK_FP },
	{ LBRVIRT_CALL_GRAPH_NONE, LBRVIRT_STACK_NONE, LBRVIRT_STACK_NONE,
	  LBRVIRT_STACK_NONE },
};

START_TEST(the_ladder_begins_where_it_is_told)
{
	const struct start *want = &starts[_i];
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .call_graph = want->call_graph };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), want->with_lbr);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cycles");
	ck_assert_int_eq(make(without_lbr, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), want->with_pmu);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cycles");
	ck_assert_int_eq(make(without_pmu, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), want->without);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cpu-clock");
}
END_TEST

START_TEST(frame_pointers_put_user_frames_into_the_chain)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .call_graph = LBRVIRT_CALL_GRAPH_FP };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->exclude_callchain_user, 0);
	ck_assert_uint_eq(attr_of(0)->sample_type & PERF_SAMPLE_REGS_USER, 0);
	opts.call_graph = LBRVIRT_CALL_GRAPH_NONE;
	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->sample_type & PERF_SAMPLE_CALLCHAIN, 0);
}
END_TEST

START_TEST(required_lbr_is_never_replaced)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .require_lbr = true };

	ck_assert_int_eq(make(without_lbr, &opts), -EOPNOTSUPP);
	ck_assert_ptr_null(plan);
	ck_assert_uint_eq(fake.nr_opens, 2);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "required"));
	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_LBR_JOINED);
}
END_TEST

START_TEST(required_lbr_that_the_host_hides_is_no_device)
{
	static const struct fake_cpuid skylake_guest[] = {
		{ 0, 0, { 0x16, 0x756e6547, 0x6c65746e, 0x49656e69 } },
		{ 1, 0, { 0x506e3, 0, 1u << 31, 0 } },
		{ 0x40000000, 0, { 0, 0x4b4d564b, 0x564b4d56, 0x4d } },
		{ 0 },
	};
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .require_lbr = true };
	struct lbrvirt_guest *guest = NULL;

	fake = (struct fake_machine){ .rules = without_pmu,
				      .cpuid = skylake_guest };
	trial = (struct plan_trial){ .machine = fake_machine_init(&fake) };
	ck_assert_int_eq(guest_probe_on(ctx, trial.machine, &guest), 0);
	trial.guest = guest;
	ck_assert_int_eq(plan_new_on(ctx, &trial, &opts, &plan), -ENODEV);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "CPUID leaf 0xA is 0"));
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "-cpu host,pmu=on"));
	lbrvirt_guest_free(guest);
}
END_TEST

/* A self-test that finds what it is told to. */
struct found {
	int err;
	const char *reason;
	int nr_runs;
};

static int find(void *arg, char *ret_reason, size_t size)
{
	struct found *found = arg;

	found->nr_runs++;
	if (found->err)
		snprintf(ret_reason, size, "%s", found->reason);
	return -found->err;
}

static int make_tested(const struct fake_open_rule *rules, struct found *found,
		       const struct lbrvirt_plan_opts *opts)
{
	lbrvirt_plan_free(plan);
	plan = NULL;
	fake = (struct fake_machine){ .rules = rules, .files = files };
	trial = (struct plan_trial){ .machine = fake_machine_init(&fake),
				     .self_test = find,
				     .arg = found };
	return plan_new_on(ctx, &trial, opts, &plan);
}

static const struct found failures[] = {
	{ EBUSY, "samples come without branch records", 0 },
	{ EIO, "known calls come out wrong", 0 },
	{ ENODEV, "the virtual PMU never counts", 0 },
};

#define NR_FAILURES (sizeof(failures) / sizeof(failures[0]))

START_TEST(lbr_that_fails_its_self_test_is_not_taken)
{
	struct found found = failures[_i];
	char text[256];

	ck_assert_int_eq(make_tested(NULL, &found, NULL), 0);
	ck_assert_int_eq(found.nr_runs, 2);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cycles");
	ck_assert_uint_eq(attr_of(0)->sample_type & PERF_SAMPLE_BRANCH_STACK,
			  0);
	ck_assert_uint_eq(lbrvirt_plan_step_count(plan), 3);
	for (size_t i = 0; i < 2; i++) {
		const struct lbrvirt_plan_step *step =
			lbrvirt_plan_step(plan, i);

		ck_assert(!step->is_taken);
		ck_assert_int_eq(step->err, found.err);
		ck_assert_str_eq(step->reason, found.reason);
		ck_assert_str_eq(step->event, "cycles");
	}
	snprintf(
		text, sizeof(text),
		"call stacks: unwound from .eh_frame (dwarf), on cycles at 999 Hz\n"
		"  lbr+dwarf on cycles  no: %s\n"
		"  lbr on cycles        no: same reason\n",
		found.reason);
	ck_assert_str_eq(lbrvirt_plan_text(plan), text);
}
END_TEST

START_TEST(a_pmu_without_samples_leaves_the_clock_alone)
{
	struct found found = failures[NR_FAILURES - 1];

	ck_assert_int_eq(make_tested(NULL, &found, NULL), 0);
	ck_assert_int_eq(found.nr_runs, 1);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cpu-clock");
	ck_assert_str_eq(
		lbrvirt_plan_text(plan),
		"call stacks: unwound from .eh_frame (dwarf), on cpu-clock at 999 Hz\n"
		"  lbr+dwarf on cycles  no: the virtual PMU never counts\n"
		"  lbr on cycles        no: same reason\n"
		"  dwarf on cycles      no: same reason\n");
}
END_TEST

static bool is_clock_with_regs(const struct perf_event_attr *attr, pid_t pid,
			       int cpu)
{
	return fake_is_software(attr, pid, cpu) && has_regs(attr, pid, cpu);
}

START_TEST(a_pmu_without_samples_is_not_tried_again_after_the_clock)
{
	static const struct fake_open_rule rules[] = { { is_clock_with_regs,
							 EINVAL },
						       { 0 } };
	struct found found = failures[NR_FAILURES - 1];

	ck_assert_int_eq(make_tested(rules, &found, NULL), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_FP);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cpu-clock");
	ck_assert_int_eq(lbrvirt_plan_step(plan, 3)->err, EINVAL);
	ck_assert_int_eq(lbrvirt_plan_step(plan, 4)->source, LBRVIRT_STACK_FP);
	ck_assert_str_eq(lbrvirt_plan_step(plan, 4)->event, "cycles");
	ck_assert_str_eq(lbrvirt_plan_step(plan, 4)->reason, found.reason);
}
END_TEST

START_TEST(other_events_on_a_pmu_without_samples_are_refused)
{
	const char *events[] = { "instructions:u" };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 1 };
	struct found found = failures[NR_FAILURES - 1];

	ck_assert_int_eq(make_tested(NULL, &found, &opts), -ENODEV);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), found.reason));
}
END_TEST

START_TEST(lbr_that_passes_its_self_test_is_taken)
{
	struct found found = { 0 };

	ck_assert_int_eq(make_tested(NULL, &found, NULL), 0);
	ck_assert_int_eq(found.nr_runs, 1);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_LBR_JOINED);
}
END_TEST

START_TEST(what_does_not_open_or_is_no_lbr_is_not_tested)
{
	struct found found = { .err = EIO, .reason = "never asked" };

	ck_assert_int_eq(make_tested(without_lbr, &found, NULL), 0);
	ck_assert_int_eq(found.nr_runs, 0);
	ck_assert_int_eq(lbrvirt_plan_step(plan, 0)->err, EOPNOTSUPP);
	ck_assert_str_ne(lbrvirt_plan_step(plan, 0)->reason, "never asked");
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
}
END_TEST

START_TEST(a_step_that_does_not_open_keeps_its_own_reason)
{
	static const struct fake_open_rule rules[] = { { has_regs, EINVAL },
						       { 0 } };
	struct found found = failures[0];

	/* lbr+dwarf and dwarf do not open, lbr does and fails. */
	ck_assert_int_eq(make_tested(rules, &found, NULL), 0);
	ck_assert_int_eq(found.nr_runs, 1);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_FP);
	ck_assert_int_eq(lbrvirt_plan_step(plan, 0)->err, EINVAL);
	ck_assert_str_eq(lbrvirt_plan_step(plan, 1)->reason, found.reason);
	ck_assert_int_eq(lbrvirt_plan_step(plan, 2)->err, EINVAL);
	ck_assert_str_ne(lbrvirt_plan_step(plan, 2)->reason, found.reason);
}
END_TEST

START_TEST(required_lbr_that_fails_its_self_test_is_refused)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .require_lbr = true };
	struct found found = failures[_i];

	ck_assert_int_eq(make_tested(NULL, &found, &opts), -found.err);
	ck_assert_ptr_null(plan);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "required"));
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), found.reason));
}
END_TEST

START_TEST(other_events_do_not_become_a_clock)
{
	const char *events[] = { "instructions:u" };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 1 };

	ck_assert_int_eq(make(without_pmu, &opts), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx),
				     "instructions:u cannot be sampled"));
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_context_error(ctx), "cpu-clock needs no PMU"));
}
END_TEST

START_TEST(cycles_among_others_become_a_clock_alone)
{
	const char *events[] = { "page-faults,cycles:upp",
				 "sched:sched_switch" };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 2 };

	ck_assert_int_eq(make(without_pmu, &opts), 0);
	ck_assert_uint_eq(lbrvirt_plan_event_count(plan), 3);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "page-faults");
	ck_assert_str_eq(lbrvirt_plan_event(plan, 1)->name, "cpu-clock:u");
	ck_assert_str_eq(lbrvirt_plan_event(plan, 2)->name,
			 "sched:sched_switch");
	ck_assert_uint_eq(lbrvirt_plan_event(plan, 2)->index, 2);
	ck_assert_uint_eq(attr_of(1)->precise_ip, 0);
	ck_assert_uint_eq(attr_of(1)->exclude_kernel, 1);
	/* Rates: a tracepoint is sampled each time. */
	ck_assert_uint_eq(attr_of(0)->freq, 1);
	ck_assert_uint_eq(attr_of(2)->freq, 0);
	ck_assert_uint_eq(attr_of(2)->sample_period, 1);
	ck_assert_ptr_nonnull(strstr(lbrvirt_plan_text(plan), "each time"));
	ck_assert_ptr_null(lbrvirt_plan_event(plan, 3));
}
END_TEST

START_TEST(a_forbidden_kernel_shows_in_the_name_and_in_the_log)
{
	static const struct fake_open_rule rules[] = {
		{ fake_has_branches, EOPNOTSUPP },
		{ fake_sees_kernel, EACCES },
		{ 0 },
	};

	ck_assert_int_eq(make(rules, NULL), 0);
	ck_assert_str_eq(lbrvirt_plan_event(plan, 0)->name, "cycles:u");
	ck_assert_uint_eq(attr_of(0)->exclude_callchain_kernel, 1);
	ck_assert_ptr_nonnull(strstr(logged, "only user space is"));
}
END_TEST

START_TEST(lowered_precision_shows_in_the_log)
{
	static const struct fake_open_rule rules[] = {
		{ fake_has_branches, EOPNOTSUPP },
		{ fake_is_precise, EOPNOTSUPP },
		{ 0 },
	};
	const char *events[] = { "cycles:pp" };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 1 };

	ck_assert_int_eq(make(rules, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->precise_ip, 0);
	ck_assert_ptr_nonnull(strstr(logged, "from 2 to 0"));
}
END_TEST

START_TEST(a_frequency_above_the_limit_is_lowered_and_told)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .freq_hz = 5000 };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->sample_freq, 2000);
	ck_assert_ptr_nonnull(strstr(logged, "lowered to 2000 Hz"));

	logged[0] = '\0';
	opts.freq_hz = LBRVIRT_FREQ_HZ_MAX;
	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->sample_freq, 2000);
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(a_period_replaces_the_frequency)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .period = 12345 };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->freq, 0);
	ck_assert_uint_eq(attr_of(0)->sample_period, 12345);
	ck_assert_ptr_nonnull(
		strstr(lbrvirt_plan_text(plan), "every 12345 events"));
}
END_TEST

START_TEST(a_stack_copy_is_a_multiple_of_eight_bytes)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .stack_size = 1001 };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->sample_stack_user, 1008);
	opts.stack_size = LBRVIRT_STACK_SIZE_MAX;
	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_uint_eq(attr_of(0)->sample_stack_user,
			  LBRVIRT_STACK_SIZE_MAX);
}
END_TEST

START_TEST(a_branch_filter_takes_the_place_of_lbr_stacks)
{
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .branch_filter = "any,u" };

	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_NONE);
	ck_assert_uint_eq(attr_of(0)->branch_sample_type,
			  PERF_SAMPLE_BRANCH_ANY | PERF_SAMPLE_BRANCH_USER);
	opts.call_graph = LBRVIRT_CALL_GRAPH_DWARF;
	ck_assert_int_eq(make(NULL, &opts), 0);
	ck_assert_int_eq(lbrvirt_plan_source(plan), LBRVIRT_STACK_DWARF);
	ck_assert_uint_eq(attr_of(0)->branch_sample_type,
			  PERF_SAMPLE_BRANCH_ANY | PERF_SAMPLE_BRANCH_USER);
	/* Branches were asked for: a clock without them will not do. */
	ck_assert_int_eq(make(without_pmu, &opts), -EOPNOTSUPP);
}
END_TEST

START_TEST(whole_cpus_are_tried_on_a_whole_cpu)
{
	static const struct fake_open_rule rules[] = { { fake_is_whole_cpu,
							 EACCES },
						       { 0 } };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .system_wide = true };

	ck_assert_int_eq(make(rules, &opts), -EACCES);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx),
				     "kernel.perf_event_paranoid=0"));
	ck_assert_int_eq(make(NULL, &opts), 0);
}
END_TEST

struct refused {
	int err, code;
};

static const struct refused refused[] = {
	{ EACCES, EACCES },	{ EPERM, EACCES },
	{ EBUSY, EBUSY },	{ ENOSYS, EOPNOTSUPP },
	{ ENOENT, EOPNOTSUPP }, { EOPNOTSUPP, EOPNOTSUPP },
	{ EINVAL, EOPNOTSUPP }, { ENODEV, ENODEV },
	{ ESRCH, ENOENT },	{ E2BIG, EOVERFLOW },
	{ EMFILE, EOVERFLOW },	{ ENOMEM, ENOMEM },
	{ EINTR, EIO },
};

START_TEST(a_ladder_without_a_step_ends_in_a_code_of_the_set)
{
	struct fake_open_rule rules[] = { { fake_any, refused[_i].err },
					  { 0 } };

	ck_assert_int_eq(make(rules, NULL), -refused[_i].code);
	ck_assert_ptr_null(plan);
	ck_assert_str_ne(lbrvirt_context_error(ctx), "");
}
END_TEST

START_TEST(settings_that_contradict_are_refused)
{
	const struct lbrvirt_plan_opts bad[] = {
		{ .freq_hz = 99, .period = 99 },
		{ .stack_size = LBRVIRT_STACK_SIZE_MAX + 1 },
		{ .require_lbr = true, .call_graph = LBRVIRT_CALL_GRAPH_DWARF },
		{ .require_lbr = true, .branch_filter = "any" },
		{ .branch_filter = "any",
		  .call_graph = LBRVIRT_CALL_GRAPH_LBR },
		{ .branch_filter = "some" },
		{ .call_graph = (enum lbrvirt_call_graph)17 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(make(NULL, &bad[i]), -EINVAL);
		ck_assert_uint_eq(fake.nr_opens, 0);
	}
	ck_assert_int_eq(lbrvirt_plan_new(ctx, NULL, &bad[0], &plan), -EINVAL);
	ck_assert_int_eq(lbrvirt_plan_new(NULL, NULL, NULL, &plan), -EINVAL);
	ck_assert_int_eq(lbrvirt_plan_new(ctx, NULL, NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(too_many_events_are_refused)
{
	char list[65 * 3 + 1] = "";
	const char *events[] = { list };
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 1 };

	for (int i = 0; i < 65; i++)
		strcat(list, i ? ",cs" : "cs");
	ck_assert_int_eq(make(NULL, &opts), -EINVAL);
	list[64 * 3 - 1] = '\0';
	ck_assert_int_eq(make(without_pmu, &opts), 0);
	ck_assert_uint_eq(lbrvirt_plan_event_count(plan), 64);
}
END_TEST

START_TEST(the_text_keeps_within_78_columns)
{
	const char *events[] = {
		"cycles:u,page-faults:u,context-switches,minor-faults,cs,"
		"cpu-migrations,major-faults,alignment-faults,task-clock",
	};
	struct lbrvirt_plan_opts opts = { .size = sizeof(opts),
					  .events = events,
					  .nr_events = 1 };

	ck_assert_int_eq(make(without_pmu, &opts), 0);
	for (const char *line = lbrvirt_plan_text(plan); *line;) {
		size_t length = strcspn(line, "\n");

		ck_assert_uint_le(length, 78);
		ck_assert_int_eq(line[length], '\n');
		line += length + 1;
	}
}
END_TEST

START_TEST(no_plan_has_nothing_to_say)
{
	ck_assert_uint_eq(lbrvirt_plan_event_count(NULL), 0);
	ck_assert_uint_eq(lbrvirt_plan_step_count(NULL), 0);
	ck_assert_ptr_null(lbrvirt_plan_event(NULL, 0));
	ck_assert_ptr_null(lbrvirt_plan_step(NULL, 0));
	ck_assert_str_eq(lbrvirt_plan_text(NULL), "");
	lbrvirt_plan_free(NULL);
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *ladder = tcase_create("ladder");
	TCase *settings = tcase_create("settings");

	tcase_add_checked_fixture(ladder, set_up, tear_down);
	tcase_add_test(ladder, with_lbr_the_best_step_is_taken_at_once);
	tcase_add_test(ladder, without_a_pmu_stacks_are_unwound_on_a_clock);
	tcase_add_test(ladder,
		       lbr_alone_is_taken_where_stacks_cannot_be_copied);
	tcase_add_loop_test(ladder, the_ladder_begins_where_it_is_told, 0,
			    sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(ladder, frame_pointers_put_user_frames_into_the_chain);
	tcase_add_test(ladder, required_lbr_is_never_replaced);
	tcase_add_test(ladder, required_lbr_that_the_host_hides_is_no_device);
	/* The last leaves no step on the PMU. */
	tcase_add_loop_test(ladder, lbr_that_fails_its_self_test_is_not_taken,
			    0, NR_FAILURES - 1);
	tcase_add_test(ladder, a_pmu_without_samples_leaves_the_clock_alone);
	tcase_add_test(
		ladder,
		a_pmu_without_samples_is_not_tried_again_after_the_clock);
	tcase_add_test(ladder,
		       other_events_on_a_pmu_without_samples_are_refused);
	tcase_add_test(ladder, lbr_that_passes_its_self_test_is_taken);
	tcase_add_test(ladder, what_does_not_open_or_is_no_lbr_is_not_tested);
	tcase_add_test(ladder, a_step_that_does_not_open_keeps_its_own_reason);
	tcase_add_loop_test(ladder,
			    required_lbr_that_fails_its_self_test_is_refused, 0,
			    NR_FAILURES);
	tcase_add_test(ladder, other_events_do_not_become_a_clock);
	tcase_add_test(ladder, cycles_among_others_become_a_clock_alone);
	tcase_add_test(ladder,
		       a_forbidden_kernel_shows_in_the_name_and_in_the_log);
	tcase_add_test(ladder, lowered_precision_shows_in_the_log);
	tcase_add_test(ladder, whole_cpus_are_tried_on_a_whole_cpu);
	tcase_add_loop_test(ladder,
			    a_ladder_without_a_step_ends_in_a_code_of_the_set,
			    0, sizeof(refused) / sizeof(refused[0]));
	suite_add_tcase(suite, ladder);

	tcase_add_checked_fixture(settings, set_up, tear_down);
	tcase_add_test(settings,
		       a_frequency_above_the_limit_is_lowered_and_told);
	tcase_add_test(settings, a_period_replaces_the_frequency);
	tcase_add_test(settings, a_stack_copy_is_a_multiple_of_eight_bytes);
	tcase_add_test(settings, a_branch_filter_takes_the_place_of_lbr_stacks);
	tcase_add_test(settings, settings_that_contradict_are_refused);
	tcase_add_test(settings, too_many_events_are_refused);
	tcase_add_test(settings, the_text_keeps_within_78_columns);
	tcase_add_test(settings, no_plan_has_nothing_to_say);
	suite_add_tcase(suite, settings);

	return suite;
}
