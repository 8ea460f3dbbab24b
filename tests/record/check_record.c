/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the record stage.
 */
#include "config.h"

#include "record/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		cpus_suite,	 recorder_suite, sample_cost_suite,
		self_test_suite, stream_suite,	 synth_suite,
		target_suite,	 NULL,
	};

	return check_main(suites);
}
