/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Standard output for text that goes out as it is, such as script's, which is
 * perf's letter by letter: names in it come out of files and may hold what a
 * terminal obeys. A terminal gets '?' in place of that, and no other reader
 * sees a difference.
 */
#ifndef LBRPROF_SHOWN_H
#define LBRPROF_SHOWN_H

#include <stdio.h>

/* stdout if it is no terminal. NULL: no memory. */
FILE *shown_open(void);

/* What the terminal did not take is stdout's error, as if written there. */
void shown_close(FILE *out);

#endif
