/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of driving the protocol. They fork, kill and wait; so they
 * are apart from those that only look.
 */
#include "config.h"

#include "pv/drive_suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		msr_suite, journal_suite, hold_suite, guard_suite, NULL,
	};

	return check_main(suites);
}
