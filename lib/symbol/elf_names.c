/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which entries of an ELF symbol table are functions. Besides STT_FUNC and
 * STT_GNU_IFUNC these are the untyped labels of assembly code in executable
 * sections, as _start of ld.so is one; hidden ones mark places, not functions.
 */
#include "config.h"

#include "symbol/elf_names.h"

#include <gelf.h>
#include <string.h>

/* The first section of @type that is held in the file, and its data. */
static Elf_Data *find_table(Elf *elf, uint32_t type, GElf_Shdr *ret_header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)) != NULL) {
		if (gelf_getshdr(section, ret_header) &&
		    ret_header->sh_type == type)
			return elf_getdata(section, NULL);
	}
	return NULL;
}

bool elf_names_has(Elf *elf, uint32_t type)
{
	GElf_Shdr header;
	Elf_Data *data = find_table(elf, type, &header);

	/* The first entry is the null symbol. */
	return data && data->d_buf &&
	       data->d_size > gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
}

static bool find_section(Elf *elf, const GElf_Sym *symbol,
			 GElf_Shdr *ret_header)
{
	Elf_Scn *section;

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return false;
	section = elf_getscn(elf, symbol->st_shndx);
	return section && gelf_getshdr(section, ret_header);
}

static bool is_function(Elf *elf, const GElf_Sym *symbol, uint64_t *ret_limit)
{
	unsigned int visibility = GELF_ST_VISIBILITY(symbol->st_other);
	GElf_Shdr header;
	bool has_section = find_section(elf, symbol, &header);

	*ret_limit = has_section ? header.sh_addr + header.sh_size :
				   symbol->st_value + symbol->st_size;
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return symbol->st_shndx != SHN_UNDEF &&
		       symbol->st_shndx != SHN_ABS;
	case STT_NOTYPE:
		return has_section && (header.sh_flags & SHF_EXECINSTR) &&
		       visibility != STV_HIDDEN && visibility != STV_INTERNAL;
	default:
		return false;
	}
}

static enum name_binding to_binding(const GElf_Sym *symbol)
{
	switch (GELF_ST_BIND(symbol->st_info)) {
	case STB_WEAK:
		return NAME_WEAK;
	case STB_GLOBAL:
		return NAME_GLOBAL;
	default:
		return NAME_LOCAL;
	}
}

int elf_names_add(struct names *names, Elf *elf, uint32_t type)
{
	GElf_Shdr header;
	Elf_Data *data = find_table(elf, type, &header);
	GElf_Sym symbol;

	if (!data || !data->d_buf)
		return 0;
	for (int i = 1; gelf_getsym(data, i, &symbol); i++) {
		struct name name = { .start = symbol.st_value };
		int err;

		if (!is_function(elf, &symbol, &name.limit))
			continue;
		name.text = elf_strptr(elf, header.sh_link, symbol.st_name);
		if (!name.text || !*name.text)
			continue;
		if (__builtin_add_overflow(symbol.st_value, symbol.st_size,
					   &name.end))
			continue;
		name.binding = to_binding(&symbol);
		err = names_add(names, &name);
		if (err)
			return err;
	}
	return 0;
}
