/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the profile stage.
 */
#ifndef LBRVIRT_TESTS_PROFILE_SUITES_H
#define LBRVIRT_TESTS_PROFILE_SUITES_H

#include <check.h>

Suite *annotate_suite(void);
Suite *branch_recordings_suite(void);
Suite *branches_suite(void);
Suite *count_suite(void);
Suite *diff_suite(void);
Suite *filter_suite(void);
Suite *significance_suite(void);
Suite *timeline_suite(void);
Suite *tree_suite(void);

#endif
