/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stub jumps through a word of the global offset table, which a relocation
 * fills with the address of a symbol (System V ABI, AMD64 supplement, 5.2). So
 * the file tells which function it is, though not where that lies.
 */
#include "config.h"

#include "stack/plt.h"

#include <gelf.h>
#include <string.h>

#include "stack/insn.h"

/* JMP *displacement(%rip). */
#define JUMP_RIP_RELATIVE 0x25

/* Larger tables are searched so far. */
#define SYMBOLS_MAX (1u << 16)

/* Linkers write two sections of relocations, .rela.dyn and .rela.plt. */
#define SECTIONS_MAX 8

static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };

/* The jump that a stub begins with, after ENDBR64; *ret_end is what follows. */
static bool decode_stub(const unsigned char *code, size_t size,
			struct insn *ret_jump, size_t *ret_end)
{
	size_t at = 0;

	if (size >= sizeof(endbr64) &&
	    memcmp(code, endbr64, sizeof(endbr64)) == 0)
		at = sizeof(endbr64);
	if (!insn_decode(code + at, size - at, ret_jump) ||
	    !insn_is_indirect(ret_jump, 4))
		return false;
	*ret_end = at + ret_jump->size;
	return true;
}

bool plt_is_stub(const unsigned char *code, size_t size)
{
	struct insn jump;
	size_t end;

	return decode_stub(code, size, &jump, &end);
}

/* The word that the stub at @vaddr jumps through. */
static bool find_word(struct dso_table *dsos, struct dso *dso, uint64_t vaddr,
		      uint64_t *ret_word)
{
	const unsigned char *code;
	struct insn jump;
	int32_t offset;
	size_t size, end;

	code = dso_bytes(dsos, dso, vaddr, PLT_STUB_SIZE, &size);
	if (!code || !decode_stub(code, size, &jump, &end) ||
	    jump.modrm != JUMP_RIP_RELATIVE)
		return false;
	memcpy(&offset, code + end - sizeof(offset), sizeof(offset));
	*ret_word = vaddr + end + (uint64_t)(int64_t)offset;
	return true;
}

/* A section's entries, SYMBOLS_MAX at most. */
static int count_entries(const GElf_Shdr *shdr)
{
	uint64_t nr = shdr->sh_entsize ? shdr->sh_size / shdr->sh_entsize : 0;

	return nr < SYMBOLS_MAX ? (int)nr : (int)SYMBOLS_MAX;
}

/* The symbols of a section of relocations for the dynamic linker; NULL: it is
 * none. */
static Elf_Scn *find_linked(Elf *elf, Elf_Scn *section, GElf_Shdr *ret_shdr,
			    GElf_Shdr *ret_symbols_shdr)
{
	Elf_Scn *symbols;

	if (!gelf_getshdr(section, ret_shdr) || ret_shdr->sh_type != SHT_RELA)
		return NULL;
	symbols = elf_getscn(elf, ret_shdr->sh_link);
	if (!symbols || !gelf_getshdr(symbols, ret_symbols_shdr) ||
	    ret_symbols_shdr->sh_type != SHT_DYNSYM)
		return NULL;
	return symbols;
}

/* The symbol that the section's relocation of @word names; *@nr_left is of
 * sections that may be searched. */
static const char *find_relocation(Elf *elf, Elf_Scn *section, uint64_t word,
				   unsigned int *nr_left)
{
	GElf_Shdr shdr, symbols_shdr;
	Elf_Scn *symbols = find_linked(elf, section, &shdr, &symbols_shdr);
	Elf_Data *data;
	GElf_Rela rela;
	GElf_Sym sym;

	if (!symbols || *nr_left == 0)
		return NULL;
	--*nr_left;
	data = elf_getdata(section, NULL);
	for (int i = 0; data && i < count_entries(&shdr); i++) {
		if (!gelf_getrela(data, i, &rela) || rela.r_offset != word)
			continue;
		if ((GELF_R_TYPE(rela.r_info) != R_X86_64_JUMP_SLOT &&
		     GELF_R_TYPE(rela.r_info) != R_X86_64_GLOB_DAT) ||
		    !gelf_getsym(elf_getdata(symbols, NULL),
				 (int)GELF_R_SYM(rela.r_info), &sym))
			return NULL;
		return elf_strptr(elf, symbols_shdr.sh_link, sym.st_name);
	}
	return NULL;
}

const char *plt_name(struct dso_table *dsos, struct dso *dso, uint64_t vaddr)
{
	Elf *elf = dso_elf(dsos, dso);
	unsigned int nr_left = SECTIONS_MAX;
	Elf_Scn *section = NULL;
	const char *name = NULL;
	uint64_t word;

	if (!elf || !find_word(dsos, dso, vaddr, &word))
		return NULL;
	while (!name && (section = elf_nextscn(elf, section)))
		name = find_relocation(elf, section, word, &nr_left);
	return name && *name ? name : NULL;
}

static Elf_Scn *find_symbols(Elf *elf, GElf_Shdr *ret_shdr)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, ret_shdr) &&
		    ret_shdr->sh_type == SHT_DYNSYM)
			return section;
	}
	return NULL;
}

enum plt_symbol plt_find(struct dso_table *dsos, struct dso *dso,
			 const char *name, uint64_t wanted, uint64_t *ret_vaddr)
{
	Elf *elf = dso_elf(dsos, dso);
	enum plt_symbol found = PLT_ELSEWHERE;
	Elf_Scn *section;
	Elf_Data *data;
	GElf_Shdr shdr;
	GElf_Sym sym;

	section = elf ? find_symbols(elf, &shdr) : NULL;
	data = section ? elf_getdata(section, NULL) : NULL;
	for (int i = 0; data && i < count_entries(&shdr); i++) {
		const char *text;

		if (!gelf_getsym(data, i, &sym) || sym.st_shndx == SHN_UNDEF)
			continue;
		text = elf_strptr(elf, shdr.sh_link, sym.st_name);
		if (!text || strcmp(text, name) != 0)
			continue;
		if (GELF_ST_TYPE(sym.st_info) == STT_GNU_IFUNC)
			return PLT_CHOSEN;
		found = PLT_HERE;
		*ret_vaddr = sym.st_value;
		if (sym.st_value == wanted)
			break;
	}
	return found;
}

bool plt_is_linker(const struct dso *dso)
{
	const char *slash = strrchr(dso->path, '/');

	return strncmp(slash ? slash + 1 : dso->path, "ld-", 3) == 0 ||
	       strncmp(slash ? slash + 1 : dso->path, "ld.so", 5) == 0;
}
