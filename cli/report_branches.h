/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof report --branches` and `--blocks` within: what is at hand, and the
 * lists of it.
 */
#ifndef LBRPROF_REPORT_BRANCHES_H
#define LBRPROF_REPORT_BRANCHES_H

#include "report.h"

struct branch_report {
	const struct text_screen *screen; /* borrowed, as is all but branches */
	const struct report_opts *opts;
	const char *path;
	struct lbrvirt_context *ctx;
	struct lbrvirt_perfdata *data;
	struct lbrvirt_branches *branches;
	const struct lbrvirt_branches_totals *totals;
	const struct lbrvirt_event *event; /* whose branches they are */
	enum lbrvirt_branches_order order;
};

/* Each 0, or a negative error of the library. */
int report_branches_print_pairs(const struct branch_report *report);
int report_branches_print_blocks(const struct branch_report *report);
int report_branches_csv_pairs(const struct branch_report *report);
int report_branches_csv_blocks(const struct branch_report *report);

#endif
