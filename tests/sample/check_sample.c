/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the sample stage.
 */
#include "config.h"

#include "sample/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = { sample_suite, body_suite,
						  events_suite, swap_suite,
						  NULL };

	return check_main(suites);
}
