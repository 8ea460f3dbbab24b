/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the process stage: one for each of its objects.
 */
#ifndef LBRVIRT_TESTS_PROCESS_SUITES_H
#define LBRVIRT_TESTS_PROCESS_SUITES_H

#include <check.h>

Suite *dso_suite(void);
Suite *process_suite(void);

#endif
