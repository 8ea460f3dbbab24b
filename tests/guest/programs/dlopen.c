/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dlopen [MS]: loads libplugin.so from the program's own folder while it
 * runs, and closes and reloads it, so that maps come and go.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"
#include "spin.h"

static char path[4096];

NOINLINE static void answer(unsigned int rounds)
{
	spin(rounds);
	KEEP_FRAME();
}

NOINLINE static int use_plugin(void)
{
	void *library = dlopen(path, RTLD_NOW);
	int (*run)(void (*back)(unsigned int));

	if (!library)
		return -1;
	run = (int (*)(void (*)(unsigned int)))dlsym(library, "plugin_run");
	for (int i = 0; run && i < 300; i++)
		run(answer);
	dlclose(library);
	return run ? 0 : -1;
}

int main(int argc, char **argv)
{
	unsigned int ms = lbrplay_argument(argc, argv, 1, 1000);
	const char *slash = strrchr(argv[0], '/');

	snprintf(path, sizeof(path), "%.*slibplugin.so",
		 slash ? (int)(slash + 1 - argv[0]) : 0, argv[0]);
	while (lbrplay_has_time(ms))
		if (use_plugin())
			return 1;
	return 0;
}
