/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites on real vCPUs. Without a /dev/kvm that can do what they need
 * the whole program is skipped, and says why.
 */
#include "config.h"

#include <stdio.h>

#include "kvm/suites.h"
#include "kvm/vcpu.h"
#include "support/check_main.h"

enum { SKIPPED = 77 };

int main(void)
{
	Suite *(*const suites[])(void) = { vcpu_suite, pv_suite, hold_suite,
					   host_policy_suite, NULL };
	const char *missing = vm_missing();

	if (missing) {
		printf("skipped: no vCPU to run the tests on: %s\n", missing);
		return SKIPPED;
	}
	return check_main(suites);
}
