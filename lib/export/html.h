/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A page, whatever it shows: what its two writers, of a profile and of a
 * comparison, have in common.
 */
#ifndef LBRVIRT_EXPORT_HTML_H
#define LBRVIRT_EXPORT_HTML_H

#include <stdio.h>

#include "export/html_pack.h"
#include "export/html_tree.h"
#include "export/json_about.h"

struct html_diff;

struct html {
	const struct html_tree *tree;
	struct json_about about;
	const struct html_diff *diff; /* NULL: the page is of one profile */
};

/* Write it all. 0, -ENOMEM or -EIO. */
int html_write(const struct html *html, FILE *out);

/* Settings of a caller built with another header, in our size. 0 or -EINVAL. */
int html_copy_opts(const struct lbrvirt_html_opts *opts,
		   struct lbrvirt_html_opts *ret_opts);

/* The counts of both sides and what they were found to be. */
void html_diff_pack(struct html_pack *pack, const struct html_diff *own);

#endif
