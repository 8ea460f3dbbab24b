/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the perfdata stage.
 */
#include "config.h"

#include "perfdata/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		folder_suite,  order_suite,	 reader_suite,
		writer_suite,  perf_suite,	 groups_suite,
		hostile_suite, recordings_suite, NULL,
	};

	return check_main(suites);
}
