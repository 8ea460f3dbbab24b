/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry must be looked at (cfi_program.h) before libdw runs it, so it must
 * be known which one libdw will run. With .eh_frame_hdr's table that is the one
 * that a binary search comes to, done here in the same steps, as no order is
 * promised. Without, libdw reads all entries from the first on, and so all are
 * looked at beforehand, once. What libdw has kept of another address passed
 * here then.
 *
 * Sections and headers are looked for as libdw does it (0.188): by section, and
 * by segment only if there are no sections. Only the one encoding that linkers
 * write is taken.
 */
#include "config.h"

#include "stack/cfi_frames.h"

#include <dwarf.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stack/cfi.h"
#include "stack/cfi_program.h"

/* DW_EH_PE_pcrel | _sdata4, _udata4, _datarel | _sdata4 */
#define PTR_ENCODING   0x1b
#define COUNT_ENCODING 0x03
#define TABLE_ENCODING 0x3b

/* Of the header without a count. */
#define HEADER_SIZE_MIN 8

struct cfi_frames {
	Dwarf_CFI *cfi; /* of dwarf, or the caller's to end */
	Dwarf *dwarf;	/* NULL: .eh_frame is used */
	const unsigned char *ident;
	Elf_Data *entries; /* of .eh_frame */
	uint64_t entries_vaddr;
	const unsigned char *table; /* NULL: none */
	size_t table_count;
	uint64_t header_vaddr;
};

static uint32_t read_u32(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t relative(uint64_t base, const unsigned char *bytes)
{
	return base + (uint64_t)(int64_t)(int32_t)read_u32(bytes);
}

/* Take in .eh_frame_hdr. 0, or -ENOENT: in another form. */
static int take_header(struct cfi_frames *frames, const unsigned char *bytes,
		       size_t size, uint64_t vaddr)
{
	size_t count;

	if (!bytes || size < HEADER_SIZE_MIN || bytes[0] != 1 ||
	    bytes[1] != PTR_ENCODING)
		return -ENOENT;
	frames->header_vaddr = vaddr;
	/* Of other entries than these, libdw does not use it either. */
	if (bytes[2] == DW_EH_PE_omit ||
	    frames->entries_vaddr != relative(vaddr + 4, bytes + 4))
		return 0;
	if (bytes[2] != COUNT_ENCODING || bytes[3] != TABLE_ENCODING ||
	    size < CFI_INDEX_OFFSET)
		return -ENOENT;
	count = read_u32(bytes + 8);
	if (count > (size - CFI_INDEX_OFFSET) / CFI_INDEX_ENTRY_SIZE)
		return -ENOENT;
	frames->table = count ? bytes + CFI_INDEX_OFFSET : NULL;
	frames->table_count = count;
	return 0;
}

static int take_sections(struct cfi_frames *frames, Elf_Scn *entries,
			 const GElf_Shdr *shdr, Elf_Scn *header,
			 uint64_t header_vaddr)
{
	Elf_Data *bytes;

	frames->entries = elf_rawdata(entries, NULL);
	frames->entries_vaddr = shdr->sh_addr;
	if (!frames->entries || shdr->sh_type == SHT_NOBITS)
		return -ENOENT;
	if (!header)
		return 0;
	bytes = elf_rawdata(header, NULL);
	return bytes ? take_header(frames, bytes->d_buf, bytes->d_size,
				   header_vaddr) :
		       -ENOENT;
}

/* 0, -ENOENT, or 1: the file has no such section. A header behind its entries
 * is not seen by libdw. */
static int find_sections(struct cfi_frames *frames, Elf *elf)
{
	Elf_Scn *header = NULL;
	Elf_Scn *scn = NULL;
	uint64_t header_vaddr = 0;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0)
		return -ENOENT;
	while (names != 0 && (scn = elf_nextscn(elf, scn)) != NULL) {
		const char *name = NULL;

		if (gelf_getshdr(scn, &shdr))
			name = elf_strptr(elf, names, shdr.sh_name);
		if (name && strcmp(name, ".eh_frame_hdr") == 0) {
			header = scn;
			header_vaddr = shdr.sh_addr;
		} else if (name && strcmp(name, ".eh_frame") == 0) {
			return take_sections(frames, scn, &shdr, header,
					     header_vaddr);
		}
	}
	return 1;
}

/* The entries reach from where the header says to the end of the file. */
static int take_segment(struct cfi_frames *frames, Elf *elf,
			const GElf_Phdr *phdr)
{
	size_t file_size = 0;
	Elf_Data *header;
	uint64_t offset;

	header = elf_getdata_rawchunk(elf, (int64_t)phdr->p_offset,
				      phdr->p_filesz, ELF_T_BYTE);
	if (!header || !header->d_buf || header->d_size < HEADER_SIZE_MIN ||
	    !elf_rawfile(elf, &file_size))
		return -ENOENT;
	frames->entries_vaddr =
		relative(phdr->p_vaddr + 4, (unsigned char *)header->d_buf + 4);
	offset = frames->entries_vaddr - phdr->p_vaddr + phdr->p_offset;
	if (offset >= file_size)
		return -ENOENT;
	frames->entries = elf_getdata_rawchunk(elf, (int64_t)offset,
					       file_size - offset, ELF_T_BYTE);
	return take_header(frames, header->d_buf, header->d_size,
			   phdr->p_vaddr);
}

static int find_segment(struct cfi_frames *frames, Elf *elf)
{
	GElf_Phdr phdr;
	size_t nr;

	if (elf_getphdrnum(elf, &nr) != 0)
		return -ENOENT;
	for (size_t i = 0; i < nr && gelf_getphdr(elf, (int)i, &phdr); i++) {
		if (phdr.p_type == PT_GNU_EH_FRAME)
			return take_segment(frames, elf, &phdr);
	}
	return -ENOENT;
}

static bool is_small(const Elf_Data *entries, uint64_t offset, uint32_t max)
{
	return entries->d_size >= 4 && offset <= entries->d_size - 4 &&
	       read_u32((unsigned char *)entries->d_buf + offset) <= max;
}

/* Whether libdw may have an entry that begins at @offset. */
static bool is_harmless(const unsigned char *ident, Elf_Data *entries,
			bool is_eh, const Dwarf_CFI_Entry *entry)
{
	Dwarf_CFI_Entry common;
	Dwarf_Off next;

	if (dwarf_cfi_cie_p((Dwarf_CFI_Entry *)entry))
		return cfi_program_is_harmless(&entry->cie, NULL);
	if (!is_small(entries, entry->fde.CIE_pointer, CFI_PROGRAM_CIE_MAX))
		return false;
	/* One that cannot be read is one that cannot be run. */
	if (dwarf_next_cfi(ident, entries, is_eh, entry->fde.CIE_pointer, &next,
			   &common) != 0 ||
	    !dwarf_cfi_cie_p(&common))
		return true;
	return cfi_program_is_harmless(&common.cie, &entry->fde);
}

static bool are_all_harmless(const unsigned char *ident, Elf_Data *entries,
			     bool is_eh)
{
	Dwarf_Off offset = 0;

	while (is_small(entries, offset, CFI_PROGRAM_FDE_MAX)) {
		Dwarf_CFI_Entry entry;
		Dwarf_Off next = offset;
		int answer = dwarf_next_cfi(ident, entries, is_eh, offset,
					    &next, &entry);

		if (answer > 0 || next == offset)
			return true;
		if (answer == 0 && !is_harmless(ident, entries, is_eh, &entry))
			return false;
		offset = next;
	}
	return offset >= entries->d_size || entries->d_size - offset < 4;
}

static bool is_frames_section(Elf *elf, size_t names, const GElf_Shdr *shdr)
{
	const char *name = elf_strptr(elf, names, shdr->sh_name);

	return name && (strcmp(name, ".debug_frame") == 0 ||
			strcmp(name, ".zdebug_frame") == 0);
}

/* All of .debug_frame, which has no table. Go compresses it; libdw has put what
 * it stands for in its place by now, or does not use it. */
static bool is_debug_frame_harmless(Elf *elf, const unsigned char *ident)
{
	Elf_Scn *scn = NULL;
	bool is_found = false;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0)
		return false;
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		Elf_Data *entries;

		if (!gelf_getshdr(scn, &shdr) ||
		    !is_frames_section(elf, names, &shdr))
			continue;
		entries = elf_getdata(scn, NULL);
		if (!entries || !entries->d_buf || shdr.sh_type == SHT_NOBITS ||
		    (shdr.sh_flags & SHF_COMPRESSED) ||
		    !are_all_harmless(ident, entries, false))
			return false;
		is_found = true;
	}
	return is_found;
}

static void open_eh_frame(struct cfi_frames *frames, Elf *elf)
{
	int err = find_sections(frames, elf);

	if (err > 0)
		err = find_segment(frames, elf);
	if (err || !frames->entries || !frames->entries->d_buf)
		return;
	if (frames->table ||
	    are_all_harmless(frames->ident, frames->entries, true))
		frames->cfi = dwarf_getcfi_elf(elf);
}

static void open_debug_frame(struct cfi_frames *frames, Elf *elf)
{
	frames->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (frames->dwarf && is_debug_frame_harmless(elf, frames->ident))
		frames->cfi = dwarf_getcfi(frames->dwarf);
}

int cfi_frames_open(Elf *elf, struct cfi_frames **ret_frames)
{
	struct cfi_frames *frames = calloc(1, sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	frames->ident = (const unsigned char *)elf_getident(elf, NULL);
	if (!frames->ident || frames->ident[EI_CLASS] != ELFCLASS64 ||
	    frames->ident[EI_DATA] != ELFDATA2LSB)
		goto fail;
	open_eh_frame(frames, elf);
	if (!frames->cfi)
		open_debug_frame(frames, elf);
	if (!frames->cfi)
		goto fail;
	*ret_frames = frames;
	return 0;
fail:
	cfi_frames_close(frames);
	return -ENOENT;
}

void cfi_frames_close(struct cfi_frames *frames)
{
	if (!frames)
		return;
	if (frames->cfi && !frames->dwarf)
		dwarf_cfi_end(frames->cfi);
	dwarf_end(frames->dwarf);
	free(frames);
}

/* The entry that the table has for @vaddr; false: none. The first whose next
 * begins beyond it, on the way, as in libdw. */
static bool search(const struct cfi_frames *frames, uint64_t vaddr,
		   uint64_t *ret_offset)
{
	size_t low = 0;
	size_t high = frames->table_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const unsigned char *entry =
			frames->table + middle * CFI_INDEX_ENTRY_SIZE;

		if (vaddr < relative(frames->header_vaddr, entry)) {
			high = middle;
			continue;
		}
		low = middle + 1;
		if (low < frames->table_count &&
		    vaddr >= relative(frames->header_vaddr,
				      entry + CFI_INDEX_ENTRY_SIZE))
			continue;
		*ret_offset = relative(frames->header_vaddr, entry + 4) -
			      frames->entries_vaddr;
		return true;
	}
	return false;
}

static int check_row(const struct cfi_frames *frames, uint64_t vaddr)
{
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;
	uint64_t offset;

	if (!search(frames, vaddr, &offset))
		return 0;
	if (!is_small(frames->entries, offset, CFI_PROGRAM_FDE_MAX))
		return -EBADMSG;
	if (dwarf_next_cfi(frames->ident, frames->entries, true, offset, &next,
			   &entry) != 0 ||
	    dwarf_cfi_cie_p(&entry))
		return -EBADMSG;
	return is_harmless(frames->ident, frames->entries, true, &entry) ?
		       0 :
		       -EBADMSG;
}

int cfi_frames_row(struct cfi_frames *frames, uint64_t vaddr,
		   Dwarf_Frame **ret_row)
{
	int err = frames->table ? check_row(frames, vaddr) : 0;

	if (err)
		return err;
	return dwarf_cfi_addrframe(frames->cfi, vaddr, ret_row) == 0 ? 0 :
								       -ENOENT;
}
