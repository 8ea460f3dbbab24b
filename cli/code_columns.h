/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers before a line of annotated code, as columns of fixed width:
 * annotate prints all that the recording has, the browser those that leave
 * room for the code.
 */
#ifndef LBRPROF_CODE_COLUMNS_H
#define LBRPROF_CODE_COLUMNS_H

#include <lbrvirt/lbrvirt.h>

enum code_column {
	CODE_SHARE = 0,
	CODE_SAMPLES,
	CODE_EXECUTIONS,
	CODE_CYCLES,
	CODE_TAKEN,
	CODE_MISPREDICTED,
	CODE_COLUMNS,
};

/* The width of all columns, and a NUL. */
#define CODE_COLUMNS_SIZE 64

/* What of @annotation is known, a bit for each enum code_column. */
unsigned int code_columns_of(const struct lbrvirt_annotation *annotation);

/* @columns without those that matter least, until they are at most @width wide;
 * the share stays whatever the width. */
unsigned int code_columns_fit(unsigned int columns, unsigned int width);

unsigned int code_columns_width(unsigned int columns);

/* Their titles, and the numbers of an instruction: ASCII, as wide as they
 * are. */
void code_columns_titles(unsigned int columns,
			 char ret_text[CODE_COLUMNS_SIZE]);
void code_columns_numbers(const struct lbrvirt_annotation *annotation,
			  unsigned int columns, size_t instruction,
			  char ret_text[CODE_COLUMNS_SIZE]);

/* Of a text of the columns @all, the part that is of @columns. */
void code_columns_pick(const char *text, unsigned int all, unsigned int columns,
		       char ret_text[CODE_COLUMNS_SIZE]);

#endif
