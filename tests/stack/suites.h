/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the stack stage.
 */
#ifndef LBRVIRT_TESTS_STACK_SUITES_H
#define LBRVIRT_TESTS_STACK_SUITES_H

#include <check.h>

Suite *arm64_suite(void);
Suite *build_suite(void);
Suite *cfi_suite(void);
Suite *hostile_suite(void);
Suite *insn_suite(void);
Suite *lbr_chain_suite(void);
Suite *lbr_join_suite(void);
Suite *lbr_pollution_suite(void);
Suite *lbr_suite(void);
Suite *sampled_suite(void);
Suite *stepped_suite(void);
Suite *stitch_suite(void);

#endif
