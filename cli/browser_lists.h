/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that are lists of something else than functions: events, threads and
 * files to choose from, and the keys.
 */
#ifndef LBRPROF_BROWSER_LISTS_H
#define LBRPROF_BROWSER_LISTS_H

#include "browser_model.h"

/* Make the rows of the page at hand. 0 or a negative error. */
int browser_lists_make(struct browser_model *model);

/* The row under the cursor was chosen. 0 or a negative error. */
int browser_lists_choose(struct browser_model *model);

#endif
