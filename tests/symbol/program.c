/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scratch folders stay behind when a test fails, to be looked at; the next run
 * begins by removing them.
 */
#include "config.h"

#include "symbol/program.h"

#include <check.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void program_run(const char *format, ...)
{
	char command[4 * PATH_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

void program_make_folder(struct program *program, const char *name)
{
	char here[PATH_MAX / 4];

	memset(program, 0, sizeof(*program));
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(program->folder, sizeof(program->folder), "%s/symbol-%s", here,
		 name);
	program_run("rm -rf '%s' && mkdir '%s'", program->folder,
		    program->folder);
}

void program_find(const char *name, char ret_path[PATH_MAX])
{
	const char *build = getenv("top_builddir");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/symbol/%s", build ? build : "..",
		 name);
	ck_assert_msg(realpath(path, ret_path) != NULL, "%s is missing", path);
}

void program_open(struct program *program, const char *path, const char *symfs)
{
	struct dso_table_opts opts = { .symfs = symfs };
	struct dso_key key = { .path = path };
	int err;

	ck_assert_int_eq(lbrvirt_context_new(&program->ctx), 0);
	ck_assert_int_eq(dso_table_new(program->ctx, &opts, &program->dsos), 0);
	ck_assert_int_eq(dso_table_add(program->dsos, &key, &program->dso), 0);
	program->object = NULL;
	err = object_new(program->dsos, program->dso, NULL, &program->object);
	ck_assert_int_eq(err == 0, program->object != NULL);
}

void program_close(struct program *program)
{
	object_free(program->object);
	dso_table_free(program->dsos);
	lbrvirt_context_free(program->ctx);
	if (*program->folder)
		program_run("rm -rf '%s'", program->folder);
}

void program_text(const struct program *program, uint64_t *ret_start,
		  uint64_t *ret_end)
{
	Elf *elf = dso_elf(program->dsos, program->dso);
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	*ret_start = 0;
	ck_assert_int_eq(elf_getshdrstrndx(elf, &names), 0);
	while ((section = elf_nextscn(elf, section)) != NULL) {
		const char *name;

		ck_assert_ptr_nonnull(gelf_getshdr(section, &header));
		name = elf_strptr(elf, names, header.sh_name);
		if (name && strcmp(name, ".text") == 0) {
			*ret_start = header.sh_addr;
			*ret_end = header.sh_addr + header.sh_size;
		}
	}
	ck_assert_uint_ne(*ret_start, 0);
}
