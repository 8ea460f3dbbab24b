/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the machine stage.
 */
#ifndef LBRVIRT_TESTS_MACHINE_SUITES_H
#define LBRVIRT_TESTS_MACHINE_SUITES_H

#include <check.h>

Suite *cpuid_dump_suite(void);
Suite *snapshot_suite(void);

#endif
