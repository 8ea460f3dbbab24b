/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the tool's browser: all of it that needs no terminal.
 */
#include "config.h"

#include "browser/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = { cells_suite,	     code_suite,
						  model_suite,	     set_suite,
						  thread_list_suite, NULL };

	return check_main(suites);
}
