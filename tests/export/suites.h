/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the export stage.
 */
#ifndef LBRVIRT_TESTS_EXPORT_SUITES_H
#define LBRVIRT_TESTS_EXPORT_SUITES_H

#include <check.h>

Suite *brstack_suite(void);
Suite *html_suite(void);
Suite *json_cost_suite(void);
Suite *json_suite(void);
Suite *script_memo_suite(void);
Suite *script_suite(void);
Suite *stacks_suite(void);
Suite *text_suite(void);

#endif
