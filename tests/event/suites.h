/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suites of the event stage.
 */
#ifndef LBRVIRT_TESTS_EVENT_SUITES_H
#define LBRVIRT_TESTS_EVENT_SUITES_H

#include <check.h>

Suite *event_name_suite(void);
Suite *event_open_suite(void);
Suite *plan_suite(void);
Suite *plan_live_suite(void);

#endif
