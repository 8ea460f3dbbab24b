/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DWARF may name other files, and anyone may have written it. What is no
 * regular file is not opened: at a FIFO, libdw would wait for ever.
 */
#include "config.h"

#include "symbol/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/program.h"

#define FILLER_SIZE 255

/* Whoever waits at a FIFO is ended after so many seconds. */
#define PATIENCE 30

/* A copy of the program that names @name wherever a name is left open. */
static void make_copy(const char *name, const char *copy)
{
	char path[PATH_MAX], filler[FILLER_SIZE];
	unsigned char bytes[65536];
	size_t size, nr = 0;
	FILE *file;

	program_find("outside", path);
	file = fopen(path, "rbe");
	ck_assert_ptr_nonnull(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	ck_assert_uint_lt(size, sizeof(bytes));
	fclose(file);
	memset(filler, '@', sizeof(filler));
	ck_assert_uint_lt(strlen(name), sizeof(filler));
	for (size_t i = 0; i + FILLER_SIZE < size; i++) {
		if (memcmp(bytes + i, filler, FILLER_SIZE) != 0)
			continue;
		strcpy((char *)bytes + i, name);
		nr++;
	}
	ck_assert_uint_eq(nr, 2);
	file = fopen(copy, "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(files_that_dwarf_names_are_looked_at_before_they_are_opened)
{
	char fifo[PATH_MAX], copy[PATH_MAX];
	struct source_frame frames[SOURCE_DEPTH_MAX];
	struct program program;
	uint64_t start, end;
	int nr;

	program_make_folder(&program, "outside");
	snprintf(fifo, sizeof(fifo), "%s/fifo", program.folder);
	snprintf(copy, sizeof(copy), "%s/copy", program.folder);
	if (strlen(fifo) >= FILLER_SIZE) {
		printf("skipped: the path of the build is too long\n");
		program_close(&program);
		return;
	}
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	make_copy(fifo, copy);
	alarm(PATIENCE);
	program_open(&program, copy, NULL);
	ck_assert_ptr_nonnull(program.object);
	program_text(&program, &start, &end);
	ck_assert_uint_eq(end - start, 32);
	nr = object_find(program.object, start, frames);
	ck_assert_int_eq(nr, 1);
	ck_assert_str_eq(frames[0].name, "split");
	nr = object_find(program.object, start + 16, frames);
	ck_assert_int_eq(nr, 1);
	ck_assert_str_eq(frames[0].name, "shared");
	alarm(0);
	program_close(&program);
}
END_TEST

Suite *outside_suite(void)
{
	Suite *suite = suite_create("outside");
	TCase *tcase = tcase_create("files");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(
		tcase,
		files_that_dwarf_names_are_looked_at_before_they_are_opened);
	suite_add_tcase(suite, tcase);
	return suite;
}
