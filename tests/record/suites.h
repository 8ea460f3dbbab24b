/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the record stage.
 */
#ifndef LBRVIRT_TESTS_RECORD_SUITES_H
#define LBRVIRT_TESTS_RECORD_SUITES_H

#include <check.h>

Suite *cpus_suite(void);
Suite *recorder_suite(void);
Suite *sample_cost_suite(void);
Suite *self_test_suite(void);
Suite *stream_suite(void);
Suite *synth_suite(void);
Suite *target_suite(void);

#endif
