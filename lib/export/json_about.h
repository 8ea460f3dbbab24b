/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands above the pictures of a page, as JSON to be read by its script.
 */
#ifndef LBRVIRT_EXPORT_JSON_ABOUT_H
#define LBRVIRT_EXPORT_JSON_ABOUT_H

#include <lbrvirt/export.h>

#include "export/html_tree.h"

/* A recording and its profile. */
struct json_about_side {
	struct lbrvirt_profile *profile;
	struct lbrvirt_html_opts opts;
};

struct json_about {
	struct json_about_side after;	 /* or the only one */
	struct json_about_side before;	 /* in a comparison */
	const struct lbrvirt_diff *diff; /* NULL: it is none */
};

/* Write it, each "<" as an escape, so that no text of the recording can end the
 * element it stands in. 0, -ENOMEM or -EIO. */
int json_about_write(const struct json_about *about,
		     const struct html_tree *tree, FILE *out);

#endif
