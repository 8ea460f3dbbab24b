/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The self-test where there is no LBR: its known calls against the kernel's
 * own call chains, its verdicts by figures and by made samples, and whole runs
 * with the kernel's rings, on events that fail as a hypervisor's might.
 */
#include "config.h"

#include "record/self_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "event/plan.h"
#include "record/ring.h"
#include "record/suites.h"
#include "sample/decode.h"
#include "support/fake_machine.h"

#define CALL_BYTES 5

static struct lbrvirt_context *ctx;

static void set_up(void)
{
	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
}

static void tear_down(void)
{
	lbrvirt_context_free(ctx);
}

static void say_skipped(const char *what)
{
	printf("self_test: %s skipped, cpu-clock does not open\n", what);
}

/* --- the known calls --- */

/* From the return address that the chain begins with on: all in order? */
static bool has_calls(const struct lbrvirt_sample *sample,
		      const struct self_test_call *calls)
{
	for (size_t i = 0; i + SELF_TEST_CALLS <= sample->nr_callchain; i++) {
		int n = 0;

		while (n < SELF_TEST_CALLS &&
		       sample->callchain[i + n] == calls[n].back)
			n++;
		if (n == SELF_TEST_CALLS)
			return true;
	}
	return false;
}

/* Where a call instruction with a 32-bit offset leads to. */
static uint64_t call_target(uint64_t back)
{
	const unsigned char *call = (const void *)(back - CALL_BYTES);
	int32_t offset;

	ck_assert_uint_eq(call[0], 0xe8);
	memcpy(&offset, call + 1, sizeof(offset));
	return back + (uint64_t)(int64_t)offset;
}

START_TEST(most_samples_of_the_kernel_show_the_known_calls)
{
	struct lbrvirt_event event = {
		.name = "cpu-clock:u",
		.attr = { .type = PERF_TYPE_SOFTWARE,
			  .size = PERF_ATTR_SIZE_VER7,
			  .config = PERF_COUNT_SW_CPU_CLOCK,
			  .freq = 1,
			  .sample_freq = 1000,
			  .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN,
			  .disabled = 1,
			  .exclude_kernel = 1,
			  .exclude_callchain_kernel = 1 },
	};
	struct self_test_call calls[SELF_TEST_CALLS];
	struct decoder *decoder;
	unsigned int nr = 0, nr_right = 0;
	struct ring ring;
	const void *bytes;
	size_t size;
	int fd = event_open(machine_live(), &event.attr, 0, -1, 0);

	if (fd < 0) {
		say_skipped("known calls");
		return;
	}
	ck_assert_int_eq(ring_map(&ring, fd, 32), 0);
	ck_assert_int_eq(ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	self_test_chain_run(100000000, calls);
	ck_assert_int_eq(ioctl(fd, PERF_EVENT_IOC_DISABLE, 0), 0);
	ck_assert_int_eq(decoder_new(&event, 1, false, &decoder), 0);
	ring_refresh(&ring);
	while ((bytes = ring_peek(&ring, &size))) {
		struct lbrvirt_record record;

		ck_assert_int_eq(
			decoder_decode(decoder, bytes, size, &record, NULL), 0);
		if (record.type == PERF_RECORD_SAMPLE) {
			nr++;
			nr_right += has_calls(&record.sample, calls);
		}
		ring_consume(&ring, size);
	}
	decoder_free(decoder);
	ring_unmap(&ring);
	close(fd);
	ck_assert_uint_gt(nr, 0);
	ck_assert_uint_gt(nr_right, nr / 2);
}
END_TEST

START_TEST(each_known_call_leads_to_its_entry)
{
	struct self_test_call calls[SELF_TEST_CALLS];

	self_test_chain_run(0, calls);
	for (int i = 0; i < SELF_TEST_CALLS; i++)
		ck_assert_uint_eq(call_target(calls[i].back), calls[i].entry);
}
END_TEST

/* --- samples --- */

static const struct self_test_call known[SELF_TEST_CALLS] = {
	{ 0x6000, 0x5025 }, { 0x5000, 0x4025 }, { 0x4000, 0x3025 },
	{ 0x3000, 0x2025 }, { 0x2000, 0x1025 }, { 0x1000, 0x0925 },
};

#define NR_BRANCHES 8

static struct lbrvirt_branch branches[NR_BRANCHES];

/* As the LBR gives them: the known calls and two callers more. */
static struct lbrvirt_sample make_sample(void)
{
	for (int i = 0; i < SELF_TEST_CALLS; i++)
		branches[i] = (struct lbrvirt_branch){
			.from = known[i].back - CALL_BYTES,
			.to = known[i].entry,
		};
	branches[6] = (struct lbrvirt_branch){ .from = 0x820, .to = 0x900 };
	branches[7] = (struct lbrvirt_branch){ .from = 0x720, .to = 0x800 };
	return (struct lbrvirt_sample){ .branches = branches,
					.nr_branches = NR_BRANCHES };
}

static uint64_t nr_right_of(const struct lbrvirt_sample *sample)
{
	struct lbrvirt_self_test test = { .size = sizeof(test) };

	self_test_add(known, sample, &test);
	ck_assert_uint_eq(test.nr_samples, 1);
	ck_assert_uint_eq(test.nr_empty, sample->nr_branches == 0);
	return test.nr_right;
}

START_TEST(a_sample_with_the_known_calls_is_right)
{
	struct lbrvirt_sample sample = make_sample();

	ck_assert_uint_eq(nr_right_of(&sample), 1);
	sample.nr_branches = SELF_TEST_CALLS;
	ck_assert_uint_eq(nr_right_of(&sample), 1);
}
END_TEST

START_TEST(a_sample_without_one_of_the_calls_is_wrong)
{
	struct lbrvirt_sample sample = make_sample();

	sample.nr_branches = SELF_TEST_CALLS - 1;
	ck_assert_uint_eq(nr_right_of(&sample), 0);
	sample.nr_branches = 0;
	ck_assert_uint_eq(nr_right_of(&sample), 0);
	sample = make_sample();
	memmove(&branches[2], &branches[3], 5 * sizeof(branches[0]));
	ck_assert_uint_eq(nr_right_of(&sample), 0);
}
END_TEST

START_TEST(calls_in_another_order_are_wrong)
{
	struct lbrvirt_sample sample = make_sample();
	struct lbrvirt_branch first = branches[0];

	branches[0] = branches[1];
	branches[1] = first;
	ck_assert_uint_eq(nr_right_of(&sample), 0);
}
END_TEST

START_TEST(another_threads_call_on_top_is_wrong)
{
	struct lbrvirt_sample sample = make_sample();

	memmove(&branches[1], &branches[0], 7 * sizeof(branches[0]));
	branches[0] = (struct lbrvirt_branch){ .from = 0x77, .to = 0x88 };
	ck_assert_uint_eq(nr_right_of(&sample), 0);
}
END_TEST

START_TEST(a_call_from_another_place_is_wrong)
{
	struct lbrvirt_sample sample = make_sample();

	branches[3].from = known[3].back;
	ck_assert_uint_eq(nr_right_of(&sample), 0);
	branches[3].from = known[3].back - 9;
	ck_assert_uint_eq(nr_right_of(&sample), 0);
	branches[3].from = known[3].back - 2;
	ck_assert_uint_eq(nr_right_of(&sample), 1);
}
END_TEST

/* --- verdicts --- */

struct judgement {
	struct lbrvirt_self_test test;
	enum lbrvirt_self_test_verdict verdict;
	int err;
};

#define FULL_TIME .enabled_ns = 50000000, .running_ns = 50000000
#define COUNTED	  .count = 150000000

static const struct judgement judgements[] = {
	{ { FULL_TIME, COUNTED, .nr_samples = 200, .nr_right = 190 },
	  LBRVIRT_SELF_TEST_RIGHT,
	  0 },
	{ { FULL_TIME, COUNTED, .nr_samples = 200, .nr_right = 100 },
	  LBRVIRT_SELF_TEST_RIGHT,
	  0 },
	{ { FULL_TIME, COUNTED, .nr_samples = 200, .nr_right = 99 },
	  LBRVIRT_SELF_TEST_WRONG,
	  EIO },
	{ { FULL_TIME, COUNTED, .nr_samples = 1 },
	  LBRVIRT_SELF_TEST_WRONG,
	  EIO },
	{ { FULL_TIME, COUNTED, .nr_samples = 200, .nr_empty = 200 },
	  LBRVIRT_SELF_TEST_EMPTY,
	  EBUSY },
	{ { FULL_TIME, COUNTED, .nr_samples = 200, .nr_empty = 150,
	    .nr_right = 50 },
	  LBRVIRT_SELF_TEST_EMPTY,
	  EBUSY },
	{ { FULL_TIME }, LBRVIRT_SELF_TEST_NOT_COUNTING, ENODEV },
	{ { FULL_TIME, COUNTED, .has_interrupts = true },
	  LBRVIRT_SELF_TEST_NO_INTERRUPT,
	  ENODEV },
	{ { FULL_TIME, COUNTED }, LBRVIRT_SELF_TEST_NO_INTERRUPT, ENODEV },
	{ { FULL_TIME, COUNTED, .has_interrupts = true, .nr_interrupts = 9 },
	  LBRVIRT_SELF_TEST_NO_SAMPLE,
	  ENODEV },
	{ { COUNTED, .enabled_ns = 50000000, .running_ns = 25000000,
	    .nr_samples = 100, .nr_right = 90 },
	  LBRVIRT_SELF_TEST_SHARED,
	  EBUSY },
	{ { .enabled_ns = 50000000 }, LBRVIRT_SELF_TEST_SHARED, EBUSY },
};

/* Doctor prints them, to be acted upon. */
static const struct {
	const char *user, *admin;
} remedies[] = {
	[LBRVIRT_SELF_TEST_RIGHT] = { "", "" },
	[LBRVIRT_SELF_TEST_SHARED] = {
		"end the other profiler (perf record -b or -j, BTS, Intel PT, pinned events)",
		"",
	},
	[LBRVIRT_SELF_TEST_NOT_COUNTING] = {
		"",
		"give this guest a PMU that counts: see the PMU settings of the hypervisor, and end what pins the host's counters",
	},
	[LBRVIRT_SELF_TEST_NO_INTERRUPT] = {
		"",
		"let the hypervisor deliver PMU interrupts (QEMU: -accel kvm with -machine kernel_irqchip=on), or update it",
	},
	[LBRVIRT_SELF_TEST_NO_SAMPLE] = {
		"",
		"update the hypervisor: its PMU does not tell which counter has overflowed",
	},
	[LBRVIRT_SELF_TEST_EMPTY] = {
		"",
		"the host's dmesg says \"fail to passthrough LBR\": a profiler there holds them; end it (perf record -b, -j or --call-graph lbr)",
	},
	[LBRVIRT_SELF_TEST_WRONG] = {
		"",
		"update the host's kernel and hypervisor: the branch records must be saved and restored with the vCPU",
	},
};

START_TEST(figures_have_their_verdict_and_its_words)
{
	const struct judgement *want = &judgements[_i];
	struct lbrvirt_self_test test = want->test;
	bool is_right = want->verdict == LBRVIRT_SELF_TEST_RIGHT;

	self_test_judge(&test);
	ck_assert_int_eq(test.verdict, want->verdict);
	ck_assert_int_eq(self_test_errno(&test), want->err);
	ck_assert_int_eq(test.reason[0] == '\0', is_right);
	ck_assert_str_eq(test.remedy_user, remedies[want->verdict].user);
	ck_assert_str_eq(test.remedy_admin, remedies[want->verdict].admin);
}
END_TEST

START_TEST(every_verdict_has_words_of_its_own)
{
	const char *reasons[LBRVIRT_SELF_TEST_WRONG + 1] = { 0 };

	for (size_t i = 0; i < sizeof(judgements) / sizeof(judgements[0]);
	     i++) {
		struct lbrvirt_self_test test = judgements[i].test;

		self_test_judge(&test);
		reasons[test.verdict] = test.reason;
	}
	for (int i = 0; i <= LBRVIRT_SELF_TEST_WRONG; i++) {
		ck_assert_ptr_nonnull(reasons[i]);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(reasons[i], reasons[j]);
	}
}
END_TEST

START_TEST(the_pmus_interrupts_are_summed_over_the_cpus)
{
	static const struct fake_file files[] = {
		{ "/proc/interrupts",
		  "           CPU0       CPU1\n"
		  " NMI:          3          1   Non-maskable interrupts\n"
		  " PMI:         40          2   Performance monitoring interrupts\n"
		  " IWI:          7          8   IRQ work interrupts\n" },
		{ NULL, NULL },
	};
	static const struct fake_file without[] = {
		{ "/proc/interrupts",
		  "           CPU0\n IPI0:  1  Function\n" },
		{ NULL, NULL },
	};
	struct fake_machine fake = { .files = files };
	uint64_t nr = 0;

	ck_assert(self_test_interrupts(fake_machine_init(&fake), &nr));
	ck_assert_uint_eq(nr, 42);
	fake.files = without;
	ck_assert(!self_test_interrupts(&fake.machine, &nr));
	fake.files = NULL;
	ck_assert(!self_test_interrupts(&fake.machine, &nr));
}
END_TEST

/* --- whole runs --- */

START_TEST(without_lbr_it_cannot_run_and_says_why)
{
	static const struct fake_open_rule rules[] = { { fake_has_branches,
							 EOPNOTSUPP },
						       { 0 } };
	struct lbrvirt_self_test test = { .size = sizeof(test),
					  .nr_samples = 7 };
	struct fake_machine fake = { .rules = rules };

	ck_assert_int_eq(self_test_run(ctx, fake_machine_init(&fake), NULL,
				       &test),
			 -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "LBR"));
	ck_assert_uint_eq(test.nr_samples, 7);
}
END_TEST

START_TEST(without_a_ring_it_cannot_run_and_says_why)
{
	struct lbrvirt_self_test test = { .size = sizeof(test) };
	struct fake_machine fake = { 0 };

	/* The fake machine's events are no files that can be mapped. */
	ck_assert_int_lt(
		self_test_run(ctx, fake_machine_init(&fake), NULL, &test), 0);
	ck_assert_ptr_nonnull(strstr(lbrvirt_context_error(ctx), "ring"));
}
END_TEST

START_TEST(only_users_calls_are_asked_for_and_no_more_samples_than_allowed)
{
	static const struct fake_file files[] = {
		{ "/proc/sys/kernel/perf_event_max_sample_rate", "700\n" },
		{ NULL, NULL },
	};
	struct lbrvirt_self_test test = { .size = sizeof(test) };
	struct fake_machine fake = { .files = files };

	self_test_run(ctx, fake_machine_init(&fake), NULL, &test);
	ck_assert_uint_eq(fake.nr_opens, 1);
	ck_assert_uint_eq(fake.opens[0].sample_freq, 700);
	ck_assert_uint_eq(fake.opens[0].exclude_kernel, 1);
	ck_assert(fake.opens[0].branch_sample_type &
		  PERF_SAMPLE_BRANCH_CALL_STACK);
}
END_TEST

/* A machine whose PMU is played by software events of the real kernel. */
struct stand_in {
	struct machine machine;
	uint64_t config;
	uint64_t period; /* 0: as asked */
};

static int open_stand_in(struct machine *machine, struct perf_event_attr *attr,
			 pid_t pid, int cpu, int group_fd, unsigned long flags)
{
	const struct stand_in *stand_in = (const void *)machine;
	struct machine *live = machine_live();
	struct perf_event_attr other = *attr;

	other.type = PERF_TYPE_SOFTWARE;
	other.config = stand_in->config;
	if (stand_in->period) {
		other.freq = 0;
		other.sample_period = stand_in->period;
	}
	/* An address, which is 0, where the number of records would be. */
	other.branch_sample_type = 0;
	other.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_ADDR;
	return live->ops->perf_event_open(live, &other, pid, cpu, group_fd,
					  flags);
}

static struct lbrvirt_self_test run_on(uint64_t config, uint64_t period)
{
	struct lbrvirt_self_test test = { .size = sizeof(test) };
	struct machine_ops ops = *machine_live()->ops;
	struct stand_in stand_in = {
		.machine = { .ops = &ops },
		.config = config,
		.period = period,
	};

	ops.perf_event_open = open_stand_in;
	ck_assert_msg(self_test_run(ctx, &stand_in.machine, NULL, &test) == 0,
		      "%s", lbrvirt_context_error(ctx));
	ck_assert_uint_gt(test.enabled_ns, 0);
	return test;
}

static bool can_sample(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = PERF_ATTR_SIZE_VER7,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = 1,
	};
	int fd = event_open(machine_live(), &attr, 0, -1, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(samples_without_records_are_empty)
{
	struct lbrvirt_self_test test;

	if (!can_sample()) {
		say_skipped("empty samples");
		return;
	}
	test = run_on(PERF_COUNT_SW_CPU_CLOCK, 0);
	ck_assert_int_eq(test.verdict, LBRVIRT_SELF_TEST_EMPTY);
	ck_assert_uint_gt(test.nr_samples, 0);
	ck_assert_uint_eq(test.nr_empty, test.nr_samples);
	ck_assert_uint_gt(test.count, 0);
}
END_TEST

START_TEST(an_event_that_never_counts_is_told_from_one_without_samples)
{
	struct lbrvirt_self_test test;

	if (!can_sample()) {
		say_skipped("silent events");
		return;
	}
	test = run_on(PERF_COUNT_SW_DUMMY, 0);
	ck_assert_int_eq(test.verdict, LBRVIRT_SELF_TEST_NOT_COUNTING);
	test = run_on(PERF_COUNT_SW_CPU_CLOCK, 1ull << 40);
	ck_assert_uint_eq(test.nr_samples, 0);
	ck_assert_uint_gt(test.count, 0);
	ck_assert_int_eq(test.verdict, test.nr_interrupts ?
					       LBRVIRT_SELF_TEST_NO_SAMPLE :
					       LBRVIRT_SELF_TEST_NO_INTERRUPT);
}
END_TEST

START_TEST(the_public_one_checks_its_arguments)
{
	struct lbrvirt_self_test test = { .size = sizeof(test) - 1 };

	ck_assert_int_eq(lbrvirt_self_test(NULL, NULL, &test), -EINVAL);
	ck_assert_int_eq(lbrvirt_self_test(ctx, NULL, NULL), -EINVAL);
	ck_assert_int_eq(lbrvirt_self_test(ctx, NULL, &test), -EINVAL);
}
END_TEST

Suite *self_test_suite(void)
{
	Suite *suite = suite_create("self_test");
	TCase *chain = tcase_create("chain");
	TCase *samples = tcase_create("samples");
	TCase *verdicts = tcase_create("verdicts");
	TCase *runs = tcase_create("runs");

#ifdef __x86_64__
	tcase_add_test(chain, most_samples_of_the_kernel_show_the_known_calls);
	tcase_add_test(chain, each_known_call_leads_to_its_entry);
#endif
	suite_add_tcase(suite, chain);

	tcase_add_test(samples, a_sample_with_the_known_calls_is_right);
	tcase_add_test(samples, a_sample_without_one_of_the_calls_is_wrong);
	tcase_add_test(samples, calls_in_another_order_are_wrong);
	tcase_add_test(samples, another_threads_call_on_top_is_wrong);
	tcase_add_test(samples, a_call_from_another_place_is_wrong);
	suite_add_tcase(suite, samples);

	tcase_add_loop_test(verdicts, figures_have_their_verdict_and_its_words,
			    0, sizeof(judgements) / sizeof(judgements[0]));
	tcase_add_test(verdicts, every_verdict_has_words_of_its_own);
	tcase_add_test(verdicts, the_pmus_interrupts_are_summed_over_the_cpus);
	suite_add_tcase(suite, verdicts);

	tcase_add_checked_fixture(runs, set_up, tear_down);
	tcase_add_test(runs, without_lbr_it_cannot_run_and_says_why);
	tcase_add_test(runs, without_a_ring_it_cannot_run_and_says_why);
	tcase_add_test(
		runs,
		only_users_calls_are_asked_for_and_no_more_samples_than_allowed);
	tcase_add_test(runs, samples_without_records_are_empty);
	tcase_add_test(
		runs,
		an_event_that_never_counts_is_told_from_one_without_samples);
	tcase_add_test(runs, the_public_one_checks_its_arguments);
	suite_add_tcase(suite, runs);

	return suite;
}
