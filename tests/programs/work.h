/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the programs with known answers share: a loop that burns CPU within
 * the function that is named after its share, and a clock that stands still
 * while the thread does not run, so that shares hold on a busy machine.
 */
#ifndef LBRVIRT_TESTS_PROGRAMS_WORK_H
#define LBRVIRT_TESTS_PROGRAMS_WORK_H

#include <stdlib.h>
#include <time.h>

/** Rounds of one unit of work, about ten microseconds. */
#define WORK_UNIT 6000u

/** A frame and a name of its own: neither cloned nor merged with an equal one. */
#if defined(__clang__)
#define WORK_NOINLINE __attribute__((noinline))
#else
#define WORK_NOINLINE __attribute__((noipa))
#endif

/** Keeps a call before it from becoming a jump, which leaves no frame. */
#define WORK_NO_TAIL_CALL() __asm__ volatile("" : : : "memory")

/** CPU seconds of the calling thread. */
static inline double work_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/**
 * Burn: each round waits for the one before, about five cycles. A macro, so
 * that no inlined function stands between the work and who is to be credited.
 */
#define WORK_BURN(rounds)                                         \
	do {                                                      \
		unsigned int work_left = (rounds);                \
		unsigned int work_x = work_left;                  \
                                                                  \
		for (; work_left > 0; work_left--) {              \
			work_x = work_x * 1664525u + 1013904223u; \
			__asm__ volatile("" : "+r"(work_x));      \
		}                                                 \
	} while (0)

/**
 * The length of the next unit, half to one and a half of WORK_UNIT: chunks of
 * one length could keep in step with the sampling clock.
 */
static inline unsigned int work_unit(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return WORK_UNIT / 2 + (*state >> 16) % WORK_UNIT;
}

/** The program's first argument, seconds of CPU time; 1 when left out. */
static inline double work_argument(int argc, char **argv)
{
	return argc > 1 ? strtod(argv[1], NULL) : 1.0;
}

#endif
