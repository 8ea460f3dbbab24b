/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the guest stage.
 */
#include "config.h"

#include "guest-probe/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		asked_suite,	 closed_suite, counter_cost_suite,
		exit_cost_suite, facts_suite,  gates_suite,
		hosts_suite,	 live_suite,   permission_suite,
		platform_suite,	 saved_suite,  NULL,
	};

	return check_main(suites);
}
