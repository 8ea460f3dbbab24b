/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of hostile inputs, in every build and without libFuzzer.
 */
#include "config.h"

#include "fuzz/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		replay_suite,
		flips_suite,
		NULL,
	};

	return check_main(suites);
}
