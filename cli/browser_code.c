/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The annotation is made into text at once: it must not outlive its profile,
 * which the next filter, or the next window of a live source, replaces.
 */
#include "config.h"

#include "browser_code.h"

#include <stdio.h>

int browser_code_make(struct lbrvirt_context *ctx,
		      struct lbrvirt_profile *profile,
		      struct lbrvirt_branches *branches, const char *symbol,
		      const char *dso, struct code_text *ret_code,
		      char *ret_why, size_t why_size)
{
	const struct lbrvirt_annotate_opts opts = {
		.size = sizeof(opts),
		.dso = dso[0] ? dso : NULL,
	};
	struct lbrvirt_annotation *annotation;
	struct text_screen screen;
	int err =
		lbrvirt_annotate(profile, branches, symbol, &opts, &annotation);

	if (err) {
		snprintf(ret_why, why_size, "%s", lbrvirt_context_error(ctx));
		return err;
	}
	text_screen_init(&screen);
	err = code_text_init(ret_code, &screen, annotation);
	if (err)
		snprintf(ret_why, why_size, "%s", lbrvirt_strerror(err));
	lbrvirt_annotation_free(annotation);
	return err;
}
