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
		build_suite,
		insn_suite,
		stepped_suite,
		sampled_suite,
		lbr_chain_suite,
		lbr_suite,
		lbr_join_suite,
		stitch_suite,
		lbr_pollution_suite,
		cfi_suite,
		hostile_suite,
		arm64_suite,
		NULL,
	};

	return check_main(suites);
}
