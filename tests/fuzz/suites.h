/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of hostile inputs as a whole.
 */
#ifndef LBRVIRT_TESTS_FUZZ_SUITES_H
#define LBRVIRT_TESTS_FUZZ_SUITES_H

#include <check.h>

Suite *flips_suite(void);
Suite *replay_suite(void);

#endif
