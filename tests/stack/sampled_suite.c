/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real samples of this program, unwound and held against what another
 * unwinder, backtrace(3), says from the same place.
 */
#include "config.h"

#include "stack/suites.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "stack/opaque.h"
#include "stack/sampler.h"
#include "stack/space.h"

#define COPY_SIZE	16384
#define NR_ROUNDS	3
#define SAMPLES_A_ROUND 24
#define MAX_TRACE	256

extern const char __start_spin_text[];
extern const char __stop_spin_text[];

struct trial {
	struct sampler sampler;
	struct space space;
	size_t copy_size;
	struct lbrvirt_stack *stack;
	void *expected[MAX_TRACE]; /* from spin() outwards */
	int nr_expected;
	bool has_expected; /* false: not to be compared */
	size_t nr_samples; /* in spin() */
	size_t nr_all;
	size_t nr_complete;
	size_t nr_by_fp; /* complete, with the help of a frame pointer */
	size_t verdicts[4];
	size_t causes[16];
};

static struct trial trial;

static void take_samples(void);

/*
 * The leaf: turns until there are samples enough. In a section of its own, so
 * that its bounds are known.
 */
OPAQUE __attribute__((section("spin_text"))) static void spin(size_t wanted)
{
	trial.nr_expected = backtrace(trial.expected, MAX_TRACE);
	for (int i = 0; i < 100000; i++) {
		for (int j = 0; j < 100000; j++)
			__asm__ volatile("");
		if (sampler_pending(&trial.sampler) >= wanted)
			break;
	}
}

OPAQUE static void sampled_leaf(int unused)
{
	(void)unused;
	for (int i = 0; i < NR_ROUNDS; i++) {
		spin(SAMPLES_A_ROUND * trial.copy_size);
		take_samples();
	}
}

/*
 * backtrace's first frame is its caller, spin(), where it then was; a
 * sanitizer puts one of its own before it.
 */
static bool is_as_expected(const struct lbrvirt_stack *stack)
{
	int extra = trial.nr_expected - (int)stack->nr;

	if (extra < 0 || extra > 2)
		return false;
	for (size_t i = 1; i < stack->nr; i++) {
		if (stack->frames[i].address !=
		    (uint64_t)(uintptr_t)trial.expected[i + (size_t)extra])
			return false;
	}
	return true;
}

static void print_difference(const struct lbrvirt_stack *stack)
{
	for (size_t i = 0; i < stack->nr || (int)i < trial.nr_expected; i++)
		printf("%zu: %#llx %p\n", i,
		       i < stack->nr ?
			       (unsigned long long)stack->frames[i].address :
			       0ull,
		       (int)i < trial.nr_expected ? trial.expected[i] : NULL);
}

static bool has_provenance(const struct lbrvirt_stack *stack,
			   enum lbrvirt_provenance provenance)
{
	for (size_t i = 0; i < stack->nr; i++) {
		if (stack->frames[i].provenance == provenance)
			return true;
	}
	return false;
}

static void check_sample(const struct lbrvirt_sample *sample)
{
	struct lbrvirt_stack *stack = trial.stack;

	stack->nr = 0;
	unwinder_append(trial.space.unwinder, trial.space.process, sample,
			stack);
	trial.nr_all++;
	trial.verdicts[stack->verdict]++;
	trial.causes[stack->cause]++;
	if (stack->verdict != LBRVIRT_VERDICT_COMPLETE)
		return;
	trial.nr_complete++;
	trial.nr_by_fp += has_provenance(stack, LBRVIRT_FROM_FP);
	if (sample->ip < (uint64_t)(uintptr_t)__start_spin_text ||
	    sample->ip >= (uint64_t)(uintptr_t)__stop_spin_text)
		return;
	/* Before backtrace returned, the expectation was not there yet. */
	if (trial.nr_expected == 0)
		return;
	trial.nr_samples++;
	if (trial.has_expected && !is_as_expected(stack)) {
		print_difference(stack);
		ck_abort_msg("another stack than backtrace's");
	}
}

static void take_samples(void)
{
	struct lbrvirt_sample sample;

	sampler_disable(&trial.sampler);
	space_read(&trial.space, getpid());
	while (sampler_next(&trial.sampler, &sample))
		check_sample(&sample);
	trial.nr_expected = 0;
	sampler_enable(&trial.sampler);
}

static bool start(unsigned int copy_size)
{
	memset(&trial, 0, sizeof(trial));
	if (!sampler_open(&trial.sampler, copy_size))
		return false;
	trial.copy_size = copy_size;
	trial.has_expected = true;
	space_init(&trial.space, true);
	trial.stack = space_stack();
	/* Loads libgcc_s, which would be sampled otherwise. */
	backtrace(trial.expected, MAX_TRACE);
	sampler_enable(&trial.sampler);
	return true;
}

static void finish(void)
{
	printf("%zu samples, %zu complete, %zu compared\n", trial.nr_all,
	       trial.nr_complete, trial.nr_samples);
	sampler_close(&trial.sampler);
	free(trial.stack);
	space_fini(&trial.space);
}

OPAQUE static int recurse(int n)
{
	int below = 1;

	if (n == 0)
		sampled_leaf(0);
	else
		below = recurse(n - 1);
	/* Or the compiler makes a loop of it. */
	__asm__ volatile("" : "+r"(below));
	return below + n;
}

static void run_recursion(void)
{
	recurse(60);
}

static bool has_called; /* one comparison is enough */

static int compare(const void *a, const void *b)
{
	if (!has_called) {
		has_called = true;
		sampled_leaf(0);
	}
	return *(const int *)a - *(const int *)b;
}

static void run_qsort(void)
{
	int numbers[] = { 3, 1, 2 };

	has_called = false;
	qsort(numbers, 3, sizeof(numbers[0]), compare);
}

static void handle(int signal)
{
	if (!has_called) {
		has_called = true;
		sampled_leaf(signal);
	}
}

static void run_raised_signal(void)
{
	has_called = false;
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
}

/* Interrupts at any instruction of a loop, not at a system call's end. */
static void run_timer_signal(void)
{
	const struct itimerval once = { .it_value = { .tv_usec = 3000 } };
	volatile unsigned long turns = 0;

	has_called = false;
	signal(SIGVTALRM, handle);
	setitimer(ITIMER_VIRTUAL, &once, NULL);
	while (!*(volatile bool *)&has_called && turns < 4000000000ul)
		turns++;
	signal(SIGVTALRM, SIG_DFL);
}

static void run_plugin(void)
{
	char path[4096];
	void *object;
	void (*call)(void (*)(int), int);

	snprintf(path, sizeof(path), "%s/tests/stack/.libs/plugin.so",
		 getenv("top_builddir") ? getenv("top_builddir") : "..");
	object = dlopen(path, RTLD_NOW);
	ck_assert_msg(object != NULL, "%s", dlerror());
	*(void **)&call = dlsym(object, "plugin_call");
	ck_assert(call != NULL);
	call(sampled_leaf, 0);
	dlclose(object);
}

static void (*const programs[])(void) = {
	run_recursion,	  run_qsort,  run_raised_signal,
	run_timer_signal, run_plugin,
};

START_TEST(stacks_are_the_same_as_backtraces)
{
	if (!start(COPY_SIZE))
		return;
	programs[_i]();
	take_samples();
	ck_assert_uint_ge(trial.nr_samples, 10);
	ck_assert_uint_le((trial.nr_all - trial.nr_complete) * 100,
			  trial.nr_all);
	finish();
}
END_TEST

static bool has_started;

static void *run_thread(void *unused)
{
	(void)unused;
	has_started = start(COPY_SIZE);
	if (has_started)
		run_recursion();
	return NULL;
}

START_TEST(a_thread_ends_where_clone_began_it)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	if (!has_started)
		return;
	ck_assert_uint_ge(trial.nr_samples, 10);
	ck_assert_uint_le((trial.nr_all - trial.nr_complete) * 100,
			  trial.nr_all);
	finish();
}
END_TEST

START_TEST(a_copy_too_small_is_truncated)
{
	if (!start(1024))
		return;
	recurse(60);
	ck_assert_uint_eq(trial.verdicts[LBRVIRT_VERDICT_TRUNCATED],
			  trial.causes[LBRVIRT_CAUSE_COPY_TOO_SMALL]);
	ck_assert_uint_eq(trial.nr_samples, 0);
	finish();
}
END_TEST

/*
 * Made-up code: calls its first argument with the second, with another use
 * for RBP, and with a frame pointer.
 */
static const unsigned char bare_code[] = {
	0x55, /* push %rbp */
	0xbd, 7,    0,	  0,	0, /* mov $7, %ebp */
	0x48, 0x83, 0xec, 0x20, /* sub $32, %rsp */
	0x48, 0x89, 0xf8, /* mov %rdi, %rax */
	0x89, 0xf7, /* mov %esi, %edi */
	0xff, 0xd0, /* call *%rax */
	0x48, 0x83, 0xc4, 0x20, /* add $32, %rsp */
	0x5d, /* pop %rbp */
	0xc3, /* ret */
};
static const unsigned char framed_code[] = {
	0x55, /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp, %rbp */
	0x48, 0x89, 0xf8, /* mov %rdi, %rax */
	0x89, 0xf7, /* mov %esi, %edi */
	0xff, 0xd0, /* call *%rax */
	0x5d, /* pop %rbp */
	0xc3, /* ret */
};

static void run_made_up(const unsigned char *code, size_t size)
{
	void (*call)(void (*)(int), int);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(page != MAP_FAILED);
	memcpy(page, code, size);
	*(void **)&call = page;
	call(sampled_leaf, 0);
	munmap(page, 4096);
}

START_TEST(code_without_rows_is_left_by_its_frame_pointer)
{
	if (!start(COPY_SIZE))
		return;
	/* What backtrace makes of such code depends on whose it is. */
	trial.has_expected = false;
	run_made_up(framed_code, sizeof(framed_code));
	ck_assert_uint_ge(trial.nr_samples, 10);
	ck_assert_uint_ge(trial.nr_by_fp, trial.nr_samples);
	finish();
}
END_TEST

START_TEST(code_without_rows_or_frame_breaks_the_stack)
{
	if (!start(COPY_SIZE))
		return;
	run_made_up(bare_code, sizeof(bare_code));
	ck_assert_uint_ge(trial.causes[LBRVIRT_CAUSE_NO_CFI], 10);
	ck_assert_uint_eq(trial.nr_samples, 0);
	finish();
}
END_TEST

Suite *sampled_suite(void)
{
	Suite *suite = suite_create("unwinding real samples");
	TCase *tcase = tcase_create("sampled");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, stacks_are_the_same_as_backtraces, 0,
			    sizeof(programs) / sizeof(programs[0]));
	tcase_add_test(tcase, a_thread_ends_where_clone_began_it);
	tcase_add_test(tcase, a_copy_too_small_is_truncated);
	tcase_add_test(tcase, code_without_rows_is_left_by_its_frame_pointer);
	tcase_add_test(tcase, code_without_rows_or_frame_breaks_the_stack);
	suite_add_tcase(suite, tcase);
	return suite;
}
