/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof annotate` within: how a function is printed.
 */
#ifndef LBRPROF_ANNOTATE_H
#define LBRPROF_ANNOTATE_H

#include <lbrvirt/lbrvirt.h>

#include "text.h"

/* What stands above the code. */
void annotate_print_head(const struct text_screen *screen,
			 const struct lbrvirt_annotation *annotation,
			 const char *event);

/* The instructions, or the source lines alone. 0 or -ENOMEM. */
int annotate_print_code(const struct text_screen *screen,
			const struct lbrvirt_annotation *annotation);
int annotate_print_lines(const struct text_screen *screen,
			 const struct lbrvirt_annotation *annotation);

#endif
