/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PLT entries have no symbols. What one calls is read off its code, which jumps
 * through a GOT slot, and off the relocation that fills the slot. That holds
 * for .plt, .plt.got and .plt.sec alike, whatever order a linker put them in.
 *
 * Layouts: System V ABI AMD64, Procedure Linkage Table; the .plt.sec of
 * -z ibtplt starts its entries by endbr64.
 */
#include "config.h"

#include "symbol/elf_names.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define PLT_NAME_MAX 4096

/* Of all entries together: each may have for a name what another's ends with.
 * In libLLVM they are 1 MB. */
#define PLT_NAMES_MAX (32u * 1024 * 1024)

/* A GOT slot and who is called through it. */
struct slot {
	uint64_t address;
	const char *text;
};

struct slots {
	struct slot *all; /* owned */
	size_t nr;
	size_t capacity;
	/* Sections that overlap must not multiply the file: bytes that are
	 * still to be looked at. */
	uint64_t bytes_left;
	size_t text_left; /* of the names of entries */
};

static int compare_slots(const void *left, const void *right)
{
	const struct slot *a = left, *b = right;

	return a->address < b->address ? -1 : a->address > b->address;
}

static bool take_bytes(struct slots *slots, const GElf_Shdr *header)
{
	if (header->sh_size > slots->bytes_left)
		return false;
	slots->bytes_left -= header->sh_size;
	return true;
}

static const char *symbol_text(Elf *elf, Elf_Scn *table, uint64_t index)
{
	Elf_Data *data = elf_getdata(table, NULL);
	GElf_Shdr header;
	GElf_Sym symbol;

	if (!data || index > INT32_MAX || !gelf_getshdr(table, &header) ||
	    !gelf_getsym(data, (int)index, &symbol))
		return NULL;
	return elf_strptr(elf, header.sh_link, symbol.st_name);
}

/*
 * The function of a relocation. A slot without a symbol (IRELATIVE, in static
 * programs and inside libc) is that of the resolver its addend points to.
 */
static const char *target_text(const struct names *names, Elf *elf,
			       Elf_Scn *table, const GElf_Rela *rela)
{
	const struct name *resolver;

	switch (GELF_R_TYPE(rela->r_info)) {
	case R_X86_64_JUMP_SLOT:
	case R_X86_64_GLOB_DAT:
		return table ? symbol_text(elf, table,
					   GELF_R_SYM(rela->r_info)) :
			       NULL;
	case R_X86_64_IRELATIVE:
		resolver = names_find(names, (uint64_t)rela->r_addend);
		return resolver ? resolver->text : NULL;
	default:
		return NULL;
	}
}

static int add_slots(struct slots *slots, const struct names *names, Elf *elf,
		     Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Scn *table = header->sh_link ? elf_getscn(elf, header->sh_link) :
					   NULL;
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Rela rela;

	if (!data || !data->d_buf)
		return 0;
	for (int i = 0; gelf_getrela(data, i, &rela); i++) {
		const char *text = target_text(names, elf, table, &rela);
		void *all = slots->all;

		if (!text || !*text)
			continue;
		if (array_reserve(&all, &slots->capacity, slots->nr + 1,
				  sizeof(*slots->all)))
			return -ENOMEM;
		slots->all = all;
		slots->all[slots->nr++] =
			(struct slot){ .address = rela.r_offset, .text = text };
	}
	return 0;
}

static int collect_slots(struct slots *slots, const struct names *names,
			 Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	int err;

	while ((section = elf_nextscn(elf, section)) != NULL) {
		if (!gelf_getshdr(section, &header) ||
		    header.sh_type != SHT_RELA || !take_bytes(slots, &header))
			continue;
		err = add_slots(slots, names, elf, section, &header);
		if (err)
			return err;
	}
	if (slots->nr)
		qsort(slots->all, slots->nr, sizeof(*slots->all),
		      compare_slots);
	return 0;
}

/* The GOT slot that the entry jumps through: jmp *disp32(%rip), ff 25. */
static bool find_jump(const unsigned char *entry, size_t size, uint64_t address,
		      uint64_t *ret_slot)
{
	for (size_t i = 0; i + 6 <= size; i++) {
		int32_t displacement;

		if (entry[i] != 0xff || entry[i + 1] != 0x25)
			continue;
		memcpy(&displacement, entry + i + 2, sizeof(displacement));
		*ret_slot = address + i + 6 + (uint64_t)(int64_t)displacement;
		return true;
	}
	return false;
}

static int add_entry(struct names *names, struct intern *strings,
		     const struct slot *slot, uint64_t start, uint64_t size)
{
	char text[PLT_NAME_MAX];
	struct name name = { .start = start, .end = start + size };
	int length = snprintf(text, sizeof(text), "%.*s@plt", PLT_NAME_MAX,
			      slot->text);

	if (length < 0 || (size_t)length >= sizeof(text))
		return 0;
	name.text = intern_string(strings, text);
	return name.text ? names_add(names, &name) : -ENOMEM;
}

static int add_section(struct names *names, struct slots *slots,
		       struct intern *strings, Elf_Scn *section,
		       const GElf_Shdr *header)
{
	/* .plt.got has entries of 8 bytes unless they begin by endbr64. */
	size_t step = header->sh_entsize == 8 ? 8 : 16;
	Elf_Data *data = elf_getdata(section, NULL);

	if (!data || !data->d_buf)
		return 0;
	for (size_t at = 0; at + step <= data->d_size; at += step) {
		struct slot wanted;
		const struct slot *slot;
		size_t length;
		int err;

		if (!find_jump((unsigned char *)data->d_buf + at, step,
			       header->sh_addr + at, &wanted.address))
			continue;
		slot = bsearch(&wanted, slots->all, slots->nr,
			       sizeof(*slots->all), compare_slots);
		length = slot ? strnlen(slot->text, PLT_NAME_MAX) : 0;
		if (!slot || length > slots->text_left)
			continue;
		slots->text_left -= length;
		err = add_entry(names, strings, slot, header->sh_addr + at,
				step);
		if (err)
			return err;
	}
	return 0;
}

int elf_names_add_plt(struct names *names, Elf *elf, struct intern *strings)
{
	struct slots slots = { .nr = 0 };
	Elf_Scn *section = NULL;
	size_t names_index;
	size_t file_size;
	GElf_Shdr header;
	int err;

	if (elf_getshdrstrndx(elf, &names_index) ||
	    !elf_rawfile(elf, &file_size))
		return 0;
	slots.bytes_left = file_size;
	slots.text_left = PLT_NAMES_MAX;
	err = collect_slots(&slots, names, elf);
	while (!err && slots.nr &&
	       (section = elf_nextscn(elf, section)) != NULL) {
		const char *text;

		if (!gelf_getshdr(section, &header) ||
		    header.sh_type != SHT_PROGBITS)
			continue;
		text = elf_strptr(elf, names_index, header.sh_name);
		if (text && strncmp(text, ".plt", 4) == 0 &&
		    take_bytes(&slots, &header))
			err = add_section(names, &slots, strings, section,
					  &header);
	}
	free(slots.all);
	return err;
}
