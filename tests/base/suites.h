/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the base stage: one for each of its source files.
 */
#ifndef LBRVIRT_TESTS_BASE_SUITES_H
#define LBRVIRT_TESTS_BASE_SUITES_H

#include <check.h>

Suite *error_suite(void);
Suite *hash_suite(void);

#endif
