/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the session stage.
 */
#ifndef LBRVIRT_TESTS_SESSION_SUITES_H
#define LBRVIRT_TESTS_SESSION_SUITES_H

#include <check.h>

Suite *host_suite(void);
Suite *rate_suite(void);
Suite *rewrite_suite(void);
Suite *session_suite(void);
Suite *steal_suite(void);

#endif
