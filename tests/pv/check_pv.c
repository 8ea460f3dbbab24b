/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the pv stage.
 */
#include "config.h"

#include "pv/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		assertion_suite,
		evidence_suite,
		saved_suite,
		NULL,
	};

	return check_main(suites);
}
