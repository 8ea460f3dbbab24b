/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof diff` within: how a comparison is printed.
 */
#ifndef LBRPROF_DIFF_H
#define LBRPROF_DIFF_H

#include <lbrvirt/lbrvirt.h>

#include "text.h"

struct diff_view {
	const struct text_screen *screen;
	const struct lbrvirt_diff *diff;
	const char *before; /* paths of the recordings */
	const char *after;
	bool shows_all; /* noise, too */
};

void diff_print_head(const struct diff_view *view);
/* 0 or a negative error. */
int diff_print_symbols(const struct diff_view *view);
int diff_print_paths(const struct diff_view *view);

#endif
