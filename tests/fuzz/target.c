/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libFuzzer calls. FUZZ_TARGET is one of the functions of fuzz.h.
 */
#include "config.h"

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	FUZZ_TARGET(bytes, size);
	return 0;
}
