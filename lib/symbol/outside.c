/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libdw does and what cannot be asked of it: elfutils 0.188,
 * libdw_find_split_unit.c and dwarf_getalt.c. The former takes an absolute
 * name, or one below the unit's absolute folder. The latter looks for a file as
 * long as none was set, and dwarf_setalt(…, NULL) sets none.
 */
#include "config.h"

#include "symbol/outside.h"

#include <dwarf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SECTION_NULL, SECTION_NAMES, SECTION_LINE, NR_SECTIONS };

#define NAME_OF_NAMES 1
#define NAME_OF_LINE  11

/* The least that libdw takes for DWARF: a .debug_line with a byte in it. */
struct image {
	Elf64_Ehdr ehdr;
	Elf64_Shdr sections[NR_SECTIONS];
	char names[24];
	char line[8];
};

static const struct image nothing = {
	.ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shoff = offsetof(struct image, sections),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = NR_SECTIONS,
		.e_shstrndx = SECTION_NAMES,
	},
	.sections = {
		[SECTION_NAMES] = {
			.sh_name = NAME_OF_NAMES,
			.sh_type = SHT_STRTAB,
			.sh_offset = offsetof(struct image, names),
			.sh_size = sizeof(nothing.names),
			.sh_addralign = 1,
		},
		[SECTION_LINE] = {
			.sh_name = NAME_OF_LINE,
			.sh_type = SHT_PROGBITS,
			.sh_offset = offsetof(struct image, line),
			.sh_size = 1,
			.sh_addralign = 1,
		},
	},
	.names = "\0.shstrtab\0.debug_line",
};

int outside_nothing(Elf **ret_elf, Dwarf **ret_dwarf)
{
	/* libelf only reads what was opened to be read. */
	Elf *elf = elf_memory((char *)(uintptr_t)&nothing, sizeof(nothing));
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);

	if (!dwarf) {
		elf_end(elf);
		return -ENOMEM;
	}
	*ret_elf = elf;
	*ret_dwarf = dwarf;
	return 0;
}

static const char *text_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr(die, name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

/* Nothing there is as good as a file: libdw is told so, too. */
static bool is_harmless(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

/* Whether libdw may look for the split unit. */
static bool can_look(Dwarf_Die *die)
{
	const char *name = text_of(die, DW_AT_dwo_name);
	const char *folder = text_of(die, DW_AT_comp_dir);
	bool can;
	char *path;

	if (!name)
		name = text_of(die, DW_AT_GNU_dwo_name);
	if (!name)
		return false;
	if (name[0] == '/')
		return is_harmless(name);
	if (!folder || folder[0] != '/')
		return false;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	can = is_harmless(path);
	free(path);
	return can;
}

bool outside_split(Dwarf *dwarf, Dwarf_CU *unit, Dwarf_Die *die,
		   Dwarf_Die *ret_split)
{
	Dwarf_Die split;

	if (!can_look(die) ||
	    dwarf_cu_info(unit, NULL, NULL, NULL, &split, NULL, NULL, NULL) !=
		    0 ||
	    !split.addr)
		return false;
	dwarf_setalt(dwarf_cu_getdwarf(split.cu), dwarf_getalt(dwarf));
	*ret_split = split;
	return true;
}
