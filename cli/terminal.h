/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal as a screen of cells and a keyboard. terminal.c alone knows
 * ncurses. There is one terminal, so there is no object.
 */
#ifndef LBRPROF_TERMINAL_H
#define LBRPROF_TERMINAL_H

#include <stdbool.h>

#include "browser_keys.h"
#include "cells.h"

enum terminal_style {
	TERMINAL_PLAIN = 0,
	TERMINAL_STRONG,
	TERMINAL_DIM,
	TERMINAL_BAR,	/* title and status lines */
	TERMINAL_TOTAL, /* bar of the total */
	TERMINAL_SELF,	/* bar of self */
	TERMINAL_STYLES,
};

/* Whether standard input and output are a terminal that has a cursor. */
bool terminal_is_usable(void);

/*
 * Take the terminal over. Whatever ends the program from now on (exit(), a
 * signal that can be caught) gives it back as it was. 0, or -1: it cannot be
 * used, nothing was changed.
 */
int terminal_open(void);

/* Give it back. Does nothing if it is not open. */
void terminal_close(void);

void terminal_size(unsigned int *ret_rows, unsigned int *ret_columns);

/* Clear what will be shown. */
void terminal_clear(void);
void terminal_clear_row(unsigned int row);

/* Write @cells; what is beyond the edges is left out. */
void terminal_put(unsigned int row, unsigned int column,
		  enum terminal_style style, const struct cells *cells);

/* The cursor's row: all of it reversed. */
void terminal_mark(unsigned int row);

/* Bring to the screen what was written since terminal_clear(). */
void terminal_show(void);

/* Show the cursor at that place, where something is typed; hide it again. */
void terminal_show_cursor(unsigned int row, unsigned int column);
void terminal_hide_cursor(void);

/*
 * Wait so long (negative: for ever) for a key: a character, or an enum
 * browser_key.
 */
int terminal_key(int timeout_ms);

/* The signal that asked for the end; 0: none did. */
int terminal_end_signal(void);

#endif
