/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls themselves. They are six functions and not one that calls itself,
 * so that a record that is missing, doubled or out of order shows. The file
 * is compiled with frame pointers: then others can know the chain, too, and
 * tests hold it against the kernel's own.
 */
#include "config.h"

#include "record/self_test_chain.h"

#include <time.h>

/* Some 50 us: the calls themselves are rarely sampled then. */
#define SPINS 100000

/* Each must stay a function of its own, called as written. */
#if defined(__has_attribute) && __has_attribute(noipa)
#define ALONE __attribute__((noipa))
#else
#define ALONE __attribute__((noinline))
#endif

#define BACK ((uintptr_t)__builtin_return_address(0))

static ALONE void call_6(struct self_test_call *calls)
{
	calls[0].back = BACK;
	for (unsigned int i = 0; i < SPINS; i++)
		__asm__ volatile("" : : "r"(i));
}

/* The empty statement behind the call keeps it from becoming a jump. */
#define DEFINE_CALL(name, index, next)                       \
	static ALONE void name(struct self_test_call *calls) \
	{                                                    \
		calls[index].back = BACK;                    \
		next(calls);                                 \
		__asm__ volatile("" : : : "memory");         \
	}

DEFINE_CALL(call_5, 1, call_6)
DEFINE_CALL(call_4, 2, call_5)
DEFINE_CALL(call_3, 3, call_4)
DEFINE_CALL(call_2, 4, call_3)
DEFINE_CALL(call_1, 5, call_2)

/* CPU time, so that a busy machine does not shorten the test. */
static uint64_t used_ns(void)
{
	struct timespec used = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

void self_test_chain_run(uint64_t cpu_ns,
			 struct self_test_call ret_calls[SELF_TEST_CALLS])
{
	static void (*const functions[])(struct self_test_call *) = {
		call_6, call_5, call_4, call_3, call_2, call_1,
	};
	uint64_t end_ns = used_ns() + cpu_ns;

	for (int i = 0; i < SELF_TEST_CALLS; i++)
		ret_calls[i].entry = (uintptr_t)functions[i];
	do {
		call_1(ret_calls);
	} while (used_ns() < end_ns);
}
