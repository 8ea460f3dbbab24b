/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What logged programs may ask of the runtime. Time is read in code that is
 * not logged, so programs ask seldom.
 */
#ifndef LBRPLAY_RUNTIME_H
#define LBRPLAY_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Code between @start and @end keeps a log. Called by range.c. */
void lbrplay_add_range(const void *start, const void *end);
void lbrplay_drop_range(const void *start);

/* False once @ms milliseconds have passed since the first call. */
bool lbrplay_has_time(unsigned int ms);

/* The argument of that number, or @otherwise. */
unsigned int lbrplay_argument(int argc, char **argv, int number,
			      unsigned int otherwise);

#ifdef __cplusplus
}
#endif

#endif /* LBRPLAY_RUNTIME_H */
