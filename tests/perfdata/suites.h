/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the perfdata stage.
 */
#ifndef LBRVIRT_TESTS_PERFDATA_SUITES_H
#define LBRVIRT_TESTS_PERFDATA_SUITES_H

#include <check.h>

Suite *folder_suite(void);
Suite *order_suite(void);
Suite *reader_suite(void);
Suite *writer_suite(void);
Suite *perf_suite(void);
Suite *groups_suite(void);
Suite *hostile_suite(void);
Suite *recordings_suite(void);

#endif
