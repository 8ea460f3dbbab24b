/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text for people on stdout: how wide the screen is, which characters and
 * colours it takes, and names made safe and short enough for it.
 */
#ifndef LBRPROF_TEXT_H
#define LBRPROF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Where stdout goes. */
struct text_screen {
	bool is_terminal;
	bool is_utf8;	    /* the locale's characters */
	bool has_colour;    /* a terminal, and NO_COLOR is not set */
	unsigned int width; /* columns; 80 if it is no terminal */
};

void text_screen_init(struct text_screen *screen);

enum text_style {
	TEXT_PLAIN = 0,
	TEXT_STRONG = 1,
	TEXT_DIM = 2,
};

/* The bytes that switch to a style; "" without colours. */
const char *text_style(const struct text_screen *screen, enum text_style style);

/*
 * A copy of @name that can be shown: what is no printable character is '?'
 * (names out of files could hold terminal commands), and on a terminal it is
 * cut in the middle to at most @columns. Owned by the caller; NULL: no memory.
 */
char *text_name(const struct text_screen *screen, const char *name,
		unsigned int columns);

/* Columns of a text made by text_name(). */
unsigned int text_columns(const struct text_screen *screen, const char *text);

/* The last part of a path; "[kernel.kallsyms]" and the like as they are. */
const char *text_file_name(const char *path);

#endif
