/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of driving the protocol: one for each thing that can go wrong.
 */
#ifndef LBRVIRT_TESTS_PV_DRIVE_SUITES_H
#define LBRVIRT_TESTS_PV_DRIVE_SUITES_H

#include <check.h>

Suite *guard_suite(void);
Suite *hold_suite(void);
Suite *journal_suite(void);
Suite *msr_suite(void);

#endif
