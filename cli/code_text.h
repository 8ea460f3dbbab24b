/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An annotated function as lines of text: its instructions, each row of them
 * under the source line that they are of. `annotate` prints it, the browser
 * shows it.
 */
#ifndef LBRPROF_CODE_TEXT_H
#define LBRPROF_CODE_TEXT_H

#include <lbrvirt/lbrvirt.h>

#include "code_columns.h"
#include "text.h"

struct code_line {
	char *text;	/* safe to be shown, without its end */
	char *numbers;	/* of all columns there are; NULL: it is source */
	double percent; /* of the function's periods; source: negative */
};

struct code_text {
	struct code_line *lines; /* owned, and so are the texts */
	size_t nr;
	size_t hottest;	      /* line */
	unsigned int columns; /* a bit for each enum code_column */
	char *sums; /* of the whole function, one line, as the file has it */
};

/* A copy of a line of source with blanks for tabs and '?' for what cannot be
 * shown; nothing is cut. NULL: no memory. */
char *code_text_safe(const struct text_screen *screen, const char *text);

/* 0, or -ENOMEM, and nothing is to be freed. The text outlives the
 * annotation. */
int code_text_init(struct code_text *code, const struct text_screen *screen,
		   const struct lbrvirt_annotation *annotation);
void code_text_fini(struct code_text *code);

#endif
