/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of saved machines: the project's own folders, and CPUID dumps
 * of real ones where there are any.
 */
#include "config.h"

#include "guest-probe/saved_suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const make[])(void) = { machines_suite, dumps_suite,
						NULL };

	return check_main(make);
}
