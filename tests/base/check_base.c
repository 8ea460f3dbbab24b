/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the base stage.
 */
#include "config.h"

#include "base/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		error_suite,
		hash_suite,
		NULL
	};

	return check_main(suites);
}
