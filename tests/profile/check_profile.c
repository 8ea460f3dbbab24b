/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the suites of the profile stage.
 */
#include "config.h"

#include "profile/suites.h"
#include "support/check_main.h"

int main(void)
{
	static Suite *(*const suites[])(void) = { annotate_suite,
						  branch_recordings_suite,
						  branches_suite,
						  count_suite,
						  diff_suite,
						  filter_suite,
						  significance_suite,
						  timeline_suite,
						  tree_suite,
						  NULL };

	return check_main(suites);
}
