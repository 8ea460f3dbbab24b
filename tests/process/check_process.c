/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the process stage.
 */
#include "config.h"

#include "process/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = { dso_suite, process_suite,
						  NULL };

	return check_main(suites);
}
