/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the symbol stage: one for each of its source files, but for
 * those that read ELF files, which are tried together on a real program.
 */
#ifndef LBRVIRT_TESTS_SYMBOL_SUITES_H
#define LBRVIRT_TESTS_SYMBOL_SUITES_H

#include <check.h>

Suite *demangle_suite(void);
Suite *hostile_suite(void);
Suite *kernel_suite(void);
Suite *lookup_suite(void);
Suite *names_suite(void);
Suite *object_suite(void);
Suite *outside_suite(void);
Suite *perf_map_suite(void);
Suite *range_map_suite(void);
Suite *resolver_suite(void);

#endif
