/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked into each program and each library of logged code: names the code's
 * bounds to the runtime. The linker provides the two symbols.
 */
#include "runtime.h"

extern const char __start_lbrcode[] __attribute__((visibility("hidden")));
extern const char __stop_lbrcode[] __attribute__((visibility("hidden")));

__attribute__((constructor(102))) static void add_own_range(void)
{
	lbrplay_add_range(__start_lbrcode, __stop_lbrcode);
}

__attribute__((destructor)) static void drop_own_range(void)
{
	lbrplay_drop_range(__start_lbrcode);
}
