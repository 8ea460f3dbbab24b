/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the session stage.
 */
#include "config.h"

#include "session/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		host_suite,
		rate_suite,
		rewrite_suite,
		session_suite,
		steal_suite,
		NULL,
	};

	return check_main(suites);
}
