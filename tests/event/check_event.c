/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the event stage.
 */
#include "config.h"

#include "event/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		event_name_suite,
		event_open_suite,
		plan_suite,
		plan_live_suite,
		NULL,
	};

	return check_main(suites);
}
