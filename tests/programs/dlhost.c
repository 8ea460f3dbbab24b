/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: host_work 40 % of the CPU time, then module_first 30 % in the
 * first module, which is unloaded, then module_second 30 % in the second,
 * which takes the addresses that the first one had.
 *
 * Usage: dlhost SECONDS FIRST.so SECOND.so
 */
#include <dlfcn.h>
#include <stdio.h>

#include "work.h"

static WORK_NOINLINE void host_work(double seconds)
{
	while (work_seconds() < seconds)
		WORK_BURN(50 * WORK_UNIT);
}

static WORK_NOINLINE int run_module(const char *path, double seconds)
{
	void *module = dlopen(path, RTLD_NOW);
	union {
		void *address;
		void (*run)(double seconds);
	} entry;

	if (!module) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	entry.address = dlsym(module, "module_run");
	if (!entry.address)
		return -1;
	entry.run(seconds);
	return dlclose(module);
}

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);

	if (argc != 4)
		return 2;
	host_work(seconds * 0.4);
	if (run_module(argv[2], seconds * 0.3) != 0 ||
	    run_module(argv[3], seconds * 0.3) != 0)
		return 1;

	return 0;
}
