/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libplugin.so, which the program "dlopen" loads, calls, and is called by. */
#include "spin.h"

int plugin_run(void (*back)(unsigned int));

NOINLINE static void inside(void (*back)(unsigned int))
{
	spin(3000);
	back(2000);
	KEEP_FRAME();
}

__attribute__((visibility("default"))) int
plugin_run(void (*back)(unsigned int))
{
	inside(back);
	KEEP_FRAME();
	return 0;
}
