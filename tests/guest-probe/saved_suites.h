/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of check_saved: machines that were written down.
 */
#ifndef LBRVIRT_TESTS_GUEST_PROBE_SAVED_SUITES_H
#define LBRVIRT_TESTS_GUEST_PROBE_SAVED_SUITES_H

#include <check.h>

Suite *dumps_suite(void);
Suite *machines_suite(void);

#endif
