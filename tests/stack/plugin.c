/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A shared object to dlopen: calls what it is given from its own code.
 */
#include "stack/opaque.h"

void plugin_call(void (*callback)(int), int argument);

OPAQUE void plugin_call(void (*callback)(int), int argument)
{
	volatile char frame[200];

	frame[0] = 1;
	callback(argument + frame[0]);
	frame[1] = 2;
}
