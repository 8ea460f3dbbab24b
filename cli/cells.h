/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text made fit for cells of a terminal, whatever bytes it comes from: nothing
 * in it can move the cursor, change colours or turn the writing around, and
 * its width is known.
 */
#ifndef LBRPROF_CELLS_H
#define LBRPROF_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Columns that a text has at most; no terminal is wider. */
#define CELLS_MAX 1000

struct cells {
	wchar_t text[CELLS_MAX + 1];
	size_t nr;	      /* characters, all of them at least a column */
	unsigned int columns; /* that they take */
};

/*
 * At most @columns columns of @text, in the locale's characters. What is not a
 * printable character with a width of its own becomes '?'. A longer text loses
 * its middle if @is_name (a C++ name tells most at its end, its namespace at
 * its beginning), else its end. Takes no longer for 1 MB than its length
 * takes to find.
 */
void cells_make(const char *text, bool is_name, unsigned int columns,
		struct cells *ret_cells);

/* The rest of @text behind the characters that take its first @columns; a wide
 * one that begins among them is left out. */
const char *cells_behind(const char *text, unsigned int columns);

/* Whether the locale's characters are Unicode's. */
bool cells_are_unicode(void);

#endif
