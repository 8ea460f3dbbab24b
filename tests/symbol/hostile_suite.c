/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Damaged programs: whatever byte is wrong, a look-up ends, and reads nothing
 * that is not there. LBRVIRT_FLIPS sets how many damaged copies are tried.
 */
#include "config.h"

#include "symbol/suites.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "symbol/program.h"

#define FLIPS_DEFAULT 200

/* Bytes changed in one copy. */
#define FLIPS_EACH 4

/* A part of the file to damage. */
struct part {
	size_t offset;
	size_t size;
};

static void read_file(const char *path, struct buffer *ret_bytes)
{
	FILE *in = fopen(path, "rbe");
	size_t got;

	ck_assert_ptr_nonnull(in);
	memset(ret_bytes, 0, sizeof(*ret_bytes));
	do {
		ck_assert_int_eq(buffer_reserve(ret_bytes, 65536), 0);
		got = fread(ret_bytes->bytes + ret_bytes->size, 1, 65536, in);
		ret_bytes->size += got;
	} while (got > 0);
	fclose(in);
}

/* The headers and every section that look-ups read. */
static size_t find_parts(const char *path, size_t file_size,
			 struct part *ret_parts, size_t max)
{
	struct program program = { .object = NULL };
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Ehdr ehdr;
	size_t names, nr = 0;
	Elf *elf;

	program_open(&program, path, NULL);
	elf = dso_elf(program.dsos, program.dso);
	ck_assert_ptr_nonnull(gelf_getehdr(elf, &ehdr));
	ck_assert_int_eq(elf_getshdrstrndx(elf, &names), 0);
	ret_parts[nr++] = (struct part){ 0, 1024 };
	ret_parts[nr++] =
		(struct part){ ehdr.e_shoff, file_size - ehdr.e_shoff };
	while ((section = elf_nextscn(elf, section)) != NULL && nr < max) {
		const char *name;

		ck_assert_ptr_nonnull(gelf_getshdr(section, &header));
		name = elf_strptr(elf, names, header.sh_name);
		if (header.sh_size == 0 || !name ||
		    header.sh_type == SHT_NOBITS)
			continue;
		if (strncmp(name, ".debug_", 7) == 0 ||
		    strncmp(name, ".plt", 4) == 0 ||
		    header.sh_type == SHT_SYMTAB || header.sh_type == SHT_RELA)
			ret_parts[nr++] = (struct part){ header.sh_offset,
							 header.sh_size };
	}
	program_close(&program);
	return nr;
}

static void damage(struct buffer *bytes, const struct part *parts, size_t nr)
{
	for (int i = 0; i < FLIPS_EACH; i++) {
		const struct part *part = &parts[(size_t)rand() % nr];
		/* The beginnings matter most: headers, tables, units. */
		size_t reach = rand() % 2 ? part->size : 64;
		size_t at = part->offset +
			    (size_t)rand() %
				    (reach < part->size ? reach : part->size);

		if (at < bytes->size)
			bytes->bytes[at] = (unsigned char)rand();
	}
}

/* Every frame's text is read to its end. */
static size_t look_up(struct object *object, uint64_t address)
{
	struct source_frame frames[SOURCE_DEPTH_MAX];
	int nr = object_find(object, address, frames);
	size_t length = 0;

	ck_assert_int_le(nr, SOURCE_DEPTH_MAX);
	for (int i = 0; i < nr; i++) {
		ck_assert(frames[i].name || i + 1 == nr);
		length += frames[i].name ? strlen(frames[i].name) : 0;
		length += frames[i].file ? strlen(frames[i].file) : 0;
		length += frames[i].folder ? strlen(frames[i].folder) : 0;
	}
	return length;
}

/* True: enough of it was left to be opened. */
static bool try_file(struct program *program, const struct buffer *bytes,
		     uint64_t start, uint64_t end)
{
	struct program opened = { .object = NULL };
	char path[PATH_MAX];
	bool is_opened;
	FILE *out;

	snprintf(path, sizeof(path), "%s/damaged", program->folder);
	out = fopen(path, "wbe");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes->bytes, 1, bytes->size, out),
			  bytes->size);
	ck_assert_int_eq(fclose(out), 0);

	program_open(&opened, path, NULL);
	is_opened = opened.object != NULL;
	if (is_opened) {
		for (uint64_t at = start; at < end; at += 61)
			look_up(opened.object, at);
	}
	program_close(&opened);
	return is_opened;
}

START_TEST(damaged_files_neither_crash_nor_hang)
{
	const char *asked = getenv("LBRVIRT_FLIPS");
	int nr_files = asked ? atoi(asked) : FLIPS_DEFAULT;
	struct program program, whole = { .object = NULL };
	struct buffer bytes, damaged;
	struct part parts[64];
	char path[PATH_MAX];
	uint64_t start, end;
	int nr_opened = 0;
	size_t nr;

	program_find(_i ? "inlined5" : "inlined4", path);
	program_make_folder(&program, _i ? "hostile5" : "hostile4");
	read_file(path, &bytes);
	read_file(path, &damaged);
	nr = find_parts(path, bytes.size, parts, 64);
	ck_assert_uint_gt(nr, 8);
	program_open(&whole, path, NULL);
	program_text(&whole, &start, &end);
	program_close(&whole);

	for (int i = 0; i < nr_files; i++) {
		srand((unsigned int)(i + 1));
		memcpy(damaged.bytes, bytes.bytes, bytes.size);
		damaged.size = bytes.size;
		damage(&damaged, parts, nr);
		if (i % 10 == 0)
			damaged.size = (size_t)rand() % bytes.size;
		nr_opened += try_file(&program, &damaged, start, end);
	}
	ck_assert_int_gt(nr_opened, nr_files / 2);
	buffer_fini(&bytes);
	buffer_fini(&damaged);
	program_run("rm -rf '%s'", program.folder);
}
END_TEST

Suite *hostile_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("damage");

	tcase_set_timeout(tcase, 1800);
	tcase_add_loop_test(tcase, damaged_files_neither_crash_nor_hang, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
