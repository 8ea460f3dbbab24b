/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the guest stage, one a source file.
 */
#ifndef LBRVIRT_TESTS_GUEST_PROBE_SUITES_H
#define LBRVIRT_TESTS_GUEST_PROBE_SUITES_H

#include <check.h>

Suite *exit_cost_suite(void);
Suite *guest_suite(void);
Suite *remedies_suite(void);
Suite *saved_suite(void);

#endif
