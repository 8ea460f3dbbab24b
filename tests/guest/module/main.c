// SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later
/*
 * lbrplay: a CPU with Last Branch Records, played for tests in a virtual
 * machine that has none. Never load it on a machine you care for: it claims
 * the PMU named "cpu".
 *
 * This file only starts and stops the parts.
 */
#include <linux/module.h>

#include "lbrplay.h"

static int __init lbrplay_init(void)
{
	int err;

	err = truth_init();
	if (err)
		return err;
	err = settings_init();
	if (err)
		goto fail_truth;
	err = pmu_init();
	if (err)
		goto fail_settings;
	return 0;

fail_settings:
	settings_fini();
fail_truth:
	truth_fini();
	return err;
}

/*
 * The core lets only one PMU per boot hold the hardware context, so loading
 * twice does not work; unloading is for finding leaks.
 */
static void __exit lbrplay_exit(void)
{
	pmu_fini();
	settings_fini();
	truth_fini();
}

module_init(lbrplay_init);
module_exit(lbrplay_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plays a PMU with Last Branch Records, for tests");
