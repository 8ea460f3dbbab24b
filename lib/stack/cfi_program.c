/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walks the instructions without running them (DWARF 5, 6.4.2 and 7.24; LSB
 * Core, 10.6.1 for what precedes them in .eh_frame). Where they begin and how
 * long each is must come out as it does in libdw: what could be read in two
 * ways is refused.
 */
#include "config.h"

#include "stack/cfi_program.h"

#include <dwarf.h>
#include <stddef.h>
#include <stdint.h>

/* Compilers remember one row at a time. */
#define REMEMBERED_MAX 16

/* The longest that anyone writes are the 11 bytes for a PLT. */
#define EXPRESSION_MAX 64

/* libdw reads no further than this into a number. */
#define LEB_MAX		  10

#define ENCODING_ALIGNED  0x50
#define ENCODING_INDIRECT 0x80

struct program {
	const uint8_t *at;
	const uint8_t *end;
	size_t address_size;
	unsigned int remembered;
};

/*
 * Of the instructions with a byte of their own: r a register, u a number, b a
 * block, a an address, digits so many bytes. NULL: not known here.
 */
static const char *const operands[64] = {
	[DW_CFA_nop] = "",
	[DW_CFA_set_loc] = "a",
	[DW_CFA_advance_loc1] = "1",
	[DW_CFA_advance_loc2] = "2",
	[DW_CFA_advance_loc4] = "4",
	[DW_CFA_offset_extended] = "ru",
	[DW_CFA_restore_extended] = "r",
	[DW_CFA_undefined] = "r",
	[DW_CFA_same_value] = "r",
	[DW_CFA_register] = "rr",
	[DW_CFA_remember_state] = "",
	[DW_CFA_restore_state] = "",
	[DW_CFA_def_cfa] = "ru",
	[DW_CFA_def_cfa_register] = "r",
	[DW_CFA_def_cfa_offset] = "u",
	[DW_CFA_def_cfa_expression] = "b",
	[DW_CFA_expression] = "rb",
	[DW_CFA_offset_extended_sf] = "ru",
	[DW_CFA_def_cfa_sf] = "ru",
	[DW_CFA_def_cfa_offset_sf] = "u",
	[DW_CFA_val_offset] = "ru",
	[DW_CFA_val_offset_sf] = "ru",
	[DW_CFA_val_expression] = "rb",
	[DW_CFA_MIPS_advance_loc8] = "8",
	[DW_CFA_GNU_window_save] = "", /* and arm64's negate_ra_state */
	[DW_CFA_GNU_args_size] = "u",
	[DW_CFA_GNU_negative_offset_extended] = "ru",
};

/* Signed or not: of a signed number only the length is used. */
static bool read_leb(struct program *program, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < LEB_MAX; i++) {
		uint8_t byte;

		if (program->at == program->end)
			return false;
		byte = *program->at++;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool skip(struct program *program, uint64_t size)
{
	if (size > (size_t)(program->end - program->at))
		return false;
	program->at += size;
	return true;
}

static bool check_operand(struct program *program, char kind)
{
	uint64_t value;

	switch (kind) {
	case 'r':
		return read_leb(program, &value) &&
		       value < CFI_PROGRAM_REGISTERS;
	case 'u':
		return read_leb(program, &value);
	case 'b':
		return read_leb(program, &value) && value <= EXPRESSION_MAX &&
		       skip(program, value);
	case 'a':
		return skip(program, program->address_size);
	default:
		return skip(program, (uint64_t)(kind - '0'));
	}
}

static bool check_instruction(struct program *program)
{
	uint8_t code = *program->at++;
	const char *kinds = operands[code & 0x3f];

	switch (code & 0xc0) {
	case DW_CFA_offset:
		return check_operand(program, 'u');
	case DW_CFA_advance_loc:
	case DW_CFA_restore:
		return true;
	default:
		break;
	}
	if (code == DW_CFA_remember_state)
		program->remembered++;
	if (code == DW_CFA_restore_state && program->remembered > 0)
		program->remembered--;
	if (!kinds || program->remembered > REMEMBERED_MAX)
		return false;
	for (; *kinds; kinds++) {
		if (!check_operand(program, *kinds))
			return false;
	}
	return true;
}

static bool check_program(struct program *program)
{
	while (program->at < program->end) {
		if (!check_instruction(program))
			return false;
	}
	return true;
}

/* Bytes of an encoded address; 0: not known here. */
static size_t address_size(uint8_t encoding)
{
	static const uint8_t sizes[16] = {
		[DW_EH_PE_absptr] = 8, [DW_EH_PE_udata2] = 2,
		[DW_EH_PE_udata4] = 4, [DW_EH_PE_udata8] = 8,
		[DW_EH_PE_signed] = 8, [DW_EH_PE_sdata2] = 2,
		[DW_EH_PE_sdata4] = 4, [DW_EH_PE_sdata8] = 8,
	};

	if (encoding == DW_EH_PE_omit || (encoding & 0x70) == ENCODING_ALIGNED)
		return 0;
	return sizes[encoding & 0x0f];
}

/*
 * How long addresses are in the entries of this CIE, by its augmentation: z the
 * data has a size, then for each letter what it has there.
 */
static bool read_augmentation(const Dwarf_CIE *cie, size_t *ret_size)
{
	struct program bytes = {
		.at = cie->augmentation_data,
		.end = cie->augmentation_data + cie->augmentation_data_size,
	};
	uint8_t encoding = DW_EH_PE_absptr;

	for (const char *letter = cie->augmentation; *letter; letter++) {
		const uint8_t *at = bytes.at;

		if ((*letter == 'z') != (letter == cie->augmentation))
			return false;
		switch (*letter) {
		case 'z': /* a size comes first */
		case 'S': /* a signal's frame */
		case 'B': /* arm64: signed with key B */
		case 'G': /* arm64: tagged stack */
			break;
		case 'L':
			if (!skip(&bytes, 1))
				return false;
			break;
		case 'R':
			if (!skip(&bytes, 1))
				return false;
			encoding = *at;
			break;
		case 'P':
			if (!skip(&bytes, 1) || address_size(*at) == 0 ||
			    !skip(&bytes, address_size(*at)))
				return false;
			break;
		default:
			return false;
		}
	}
	*ret_size = encoding & ENCODING_INDIRECT ? 0 : address_size(encoding);
	return *ret_size > 0;
}

bool cfi_program_is_harmless(const Dwarf_CIE *cie, const Dwarf_FDE *fde)
{
	struct program program = {
		.at = cie->initial_instructions,
		.end = cie->initial_instructions_end,
	};
	uint64_t size = 0;

	if (cie->return_address_register >= CFI_PROGRAM_REGISTERS ||
	    !read_augmentation(cie, &program.address_size) ||
	    !check_program(&program))
		return false;
	if (!fde)
		return true;
	program.at = fde->start;
	program.end = fde->end;
	if (!skip(&program, 2 * program.address_size))
		return false;
	if (cie->augmentation[0] &&
	    (!read_leb(&program, &size) || !skip(&program, size)))
		return false;
	return check_program(&program);
}
