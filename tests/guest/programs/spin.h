/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work that the compiler cannot remove, in a function of its own: each
 * program has its copy, and each use is a direct call.
 */
#ifndef LBRPLAY_SPIN_H
#define LBRPLAY_SPIN_H

#define NOINLINE __attribute__((noinline, noclone))

static volatile unsigned int spin_result;

__attribute__((unused)) NOINLINE static void spin(unsigned int rounds)
{
	unsigned int x = spin_result + 1;

	for (unsigned int i = 0; i < rounds; i++)
		x = x * 1103515245 + (x >> 7) + 12345;
	spin_result = x;
}

/* After a call, so that the compiler makes no jump of it. */
#define KEEP_FRAME() __asm__ volatile("")

#endif /* LBRPLAY_SPIN_H */
