/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the export stage.
 */
#include "config.h"

#include "export/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		brstack_suite, html_suite,	  json_cost_suite,
		json_suite,    script_memo_suite, script_suite,
		stacks_suite,  text_suite,	  NULL,
	};

	return check_main(suites);
}
