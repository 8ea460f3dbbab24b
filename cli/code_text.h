/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An annotated function as lines of text: its instructions, each row of them
 * under the source line that they are of.
 */
#ifndef LBRPROF_CODE_TEXT_H
#define LBRPROF_CODE_TEXT_H

#include <lbrvirt/lbrvirt.h>

#include "text.h"

#define CODE_TEXT_NONE SIZE_MAX

struct code_line {
	char *text;	    /* safe to be shown, without its end */
	size_t instruction; /* its number, or CODE_TEXT_NONE: source */
	double percent;	    /* of the function's periods; source: negative */
};

struct code_text {
	struct code_line *lines; /* owned, and so are the texts */
	size_t nr;
};

/* A copy of a line of source with blanks for tabs and '?' for what cannot be
 * shown; nothing is cut. NULL: no memory. */
char *code_text_safe(const struct text_screen *screen, const char *text);

/* 0, or -ENOMEM, and nothing is to be freed. */
int code_text_init(struct code_text *code, const struct text_screen *screen,
		   const struct lbrvirt_annotation *annotation);
void code_text_fini(struct code_text *code);

#endif
