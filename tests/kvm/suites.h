/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suites of check_kvm, one a source file. */
#ifndef LBRVIRT_TESTS_KVM_SUITES_H
#define LBRVIRT_TESTS_KVM_SUITES_H

#include <check.h>

Suite *vcpu_suite(void);
Suite *pv_suite(void);
Suite *hold_suite(void);
Suite *host_policy_suite(void);

#endif
