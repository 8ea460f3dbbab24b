/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A function's code for the browser, of whatever source its profile is.
 */
#ifndef LBRPROF_BROWSER_CODE_H
#define LBRPROF_BROWSER_CODE_H

#include "code_text.h"

/*
 * Annotate @symbol of @dso. @branches: of the same samples, or NULL. 0, or
 * nonzero and why in @ret_why.
 */
int browser_code_make(struct lbrvirt_context *ctx,
		      struct lbrvirt_profile *profile,
		      struct lbrvirt_branches *branches, const char *symbol,
		      const char *dso, struct code_text *ret_code,
		      char *ret_why, size_t why_size);

#endif
