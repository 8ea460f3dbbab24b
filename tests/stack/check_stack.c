/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the stack stage.
 */
#include "config.h"

#include "stack/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = {
		build_suite,   lbr_chain_suite, stepped_suite, stitch_suite,
		sampled_suite, hostile_suite,	NULL
	};

	return check_main(suites);
}
