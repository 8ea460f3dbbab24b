/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the pv stage.
 */
#ifndef LBRVIRT_TESTS_PV_SUITES_H
#define LBRVIRT_TESTS_PV_SUITES_H

#include <check.h>

Suite *assertion_suite(void);
Suite *evidence_suite(void);
Suite *saved_suite(void);

#endif
