/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the tool's browser.
 */
#ifndef LBRVIRT_TESTS_BROWSER_SUITES_H
#define LBRVIRT_TESTS_BROWSER_SUITES_H

#include <check.h>

Suite *cells_suite(void);
Suite *code_suite(void);
Suite *model_suite(void);
Suite *set_suite(void);
Suite *thread_list_suite(void);

#endif
