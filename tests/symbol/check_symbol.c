/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the symbol stage.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stddef.h>

#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		range_map_suite,
		names_suite,
		demangle_suite,
		perf_map_suite,
		kernel_suite,
		object_suite,
		outside_suite,
		lookup_suite,
		resolver_suite,
		hostile_suite,
		NULL
	};

	return check_main(suites);
}
