/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the guest stage, one a source file.
 */
#ifndef LBRVIRT_TESTS_GUEST_PROBE_SUITES_H
#define LBRVIRT_TESTS_GUEST_PROBE_SUITES_H

#include <check.h>

Suite *asked_suite(void);
Suite *closed_suite(void);
Suite *counter_cost_suite(void);
Suite *exit_cost_suite(void);
Suite *facts_suite(void);
Suite *gates_suite(void);
Suite *hosts_suite(void);
Suite *live_suite(void);
Suite *permission_suite(void);
Suite *platform_suite(void);
Suite *saved_suite(void);

#endif
