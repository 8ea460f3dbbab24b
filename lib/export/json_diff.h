/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a comparison's JSON, what a page about it has, too.
 */
#ifndef LBRVIRT_EXPORT_JSON_DIFF_H
#define LBRVIRT_EXPORT_JSON_DIFF_H

#include "export/json.h"

/* How it was done, and both sides. 0 or -ENOMEM. */
int json_diff_add_totals(struct json_object *root,
			 const struct lbrvirt_diff_totals *totals);

#endif
