/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file as bytes, for the tests that give it to a target.
 */
#ifndef LBRVIRT_TESTS_FUZZ_LOAD_H
#define LBRVIRT_TESTS_FUZZ_LOAD_H

#include <check.h>
#include <stdio.h>

#include "base/buffer.h"

/* All of a file. The caller frees the buffer. */
static inline struct buffer load_file(const char *path)
{
	struct buffer bytes = { 0 };
	FILE *file = fopen(path, "rbe");
	char block[4096];
	size_t n;

	ck_assert_msg(file != NULL, "%s cannot be read", path);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		ck_assert_int_eq(buffer_append(&bytes, block, n), 0);
	fclose(file);
	return bytes;
}

#endif
