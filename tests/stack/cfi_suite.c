/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call frame information that no compiler writes: functions of this program
 * whose rows an assembler was told, and instructions byte by byte.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stack/cfi.h"
#include "stack/cfi_program.h"
#include "stack/space.h"

/* Instructions as they stand before the function's second NOP. */
#define FUNCTION(name, rows)                                \
	__asm__(".pushsection .text\n"                      \
		".hidden " name "\n"                        \
		".globl " name "\n"                         \
		".type " name ", @function\n" name ":\n"    \
		".cfi_startproc\n nop\n" rows "nop\n ret\n" \
		".cfi_endproc\n"                            \
		".size " name ", . - " name "\n"            \
		".popsection\n")

#define REPEAT(nr, row) ".rept " nr "\n.cfi_escape " row "\n.endr\n"

/* DW_CFA_undefined of register 129, the last there is on x86-64. */
FUNCTION("rows_last_register", ".cfi_escape 0x07, 0x81, 0x01\n");
/* The same of number 2^28, for which libdw would make room. */
FUNCTION("rows_far_undefined",
	 ".cfi_escape 0x07, 0x80, 0x80, 0x80, 0x80, 0x01\n");
FUNCTION("rows_far_offset",
	 ".cfi_escape 0x05, 0x80, 0x80, 0x80, 0x80, 0x01, 0x02\n");
FUNCTION("rows_far_restore",
	 ".cfi_escape 0x06, 0x80, 0x80, 0x80, 0x80, 0x01\n");
/* DW_CFA_remember_state and _restore_state. */
FUNCTION("rows_remembered",
	 REPEAT("3", "0x0a") REPEAT("3", "0x0b") REPEAT("16", "0x0a"));
FUNCTION("rows_remembered_often", REPEAT("17", "0x0a"));
/* DW_CFA_expression of R15, so many DW_OP_nop; R15 cannot be restored so. */
FUNCTION("rows_expression",
	 ".cfi_escape 0x10, 0x0f, 64\n" REPEAT("64", "0x96"));
FUNCTION("rows_long_expression",
	 ".cfi_escape 0x10, 0x0f, 65\n" REPEAT("65", "0x96"));

extern const char rows_last_register[], rows_far_undefined[], rows_far_offset[],
	rows_far_restore[], rows_remembered[], rows_remembered_often[],
	rows_expression[], rows_long_expression[];

static const struct {
	const char *function;
	enum cfi_kind kind;
} functions[] = {
	{ rows_last_register, CFI_FIXED }, { rows_far_undefined, CFI_BAD },
	{ rows_far_offset, CFI_BAD },	   { rows_far_restore, CFI_BAD },
	{ rows_remembered, CFI_FIXED },	   { rows_remembered_often, CFI_BAD },
	{ rows_expression, CFI_REMOTE },   { rows_long_expression, CFI_BAD },
};

START_TEST(rows_that_cost_too_much_are_not_followed)
{
	struct cfi_table *table;
	uint64_t misses = 0;
	struct space space;
	uint64_t vaddr;
	struct dso *dso;

	space_init(&space, true);
	space_read(&space, getpid());
	ck_assert_int_eq(cfi_table_new(space.dsos, &table), 0);
	/* At the first byte of each, and behind what its rows say. */
	for (uint64_t at = 0; at < 2; at++) {
		ck_assert(unwinder_locate(
			space.unwinder, space.process,
			(uint64_t)(uintptr_t)functions[_i].function + at, &dso,
			&vaddr));
		ck_assert_int_eq(
			(int)cfi_table_find(table, dso, vaddr, &misses)->kind,
			(int)(at || functions[_i].kind == CFI_BAD ?
				      functions[_i].kind :
				      CFI_FIXED));
	}
	cfi_table_free(table);
	space_fini(&space);
}
END_TEST

static const uint8_t pcrel_sdata4[] = { 0x1b };

#define BYTES(...) { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct {
	const char *what;
	uint8_t bytes[16];
	size_t size;
	bool is_harmless;
} programs[] = {
	{ "def_cfa 7 8, offset 16 1, nop", BYTES(0x0c, 7, 8, 0x90, 1, 0),
	  true },
	{ "set_loc of four bytes", BYTES(0x01, 1, 2, 3, 4), true },
	{ "set_loc, cut off", BYTES(0x01, 1, 2, 3), false },
	{ "advance_loc4, cut off", BYTES(0x04, 1, 2, 3), false },
	{ "def_cfa, cut off", BYTES(0x0c, 7), false },
	{ "a number that does not end", BYTES(0x0e, 0x80), false },
	{ "a number of ten bytes",
	  BYTES(0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
	  true },
	{ "a number of eleven bytes",
	  BYTES(0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0),
	  false },
	{ "register 159", BYTES(0x08, 0x9f, 0x01), true },
	{ "register 160", BYTES(0x08, 0xa0, 0x01), false },
	{ "register 5 is register 160", BYTES(0x09, 5, 0xa0, 0x01), false },
	{ "an expression, cut off", BYTES(0x0f, 4, 0x96, 0x96, 0x96), false },
	{ "an instruction that does not exist", BYTES(0x17), false },
};

START_TEST(instructions_are_read_as_libdw_reads_them)
{
	/* Addresses and the size of no augmentation data come first. */
	uint8_t function[9 + sizeof(programs[0].bytes)] = { 0 };
	Dwarf_CIE cie = {
		.augmentation = "zR",
		.augmentation_data = pcrel_sdata4,
		.augmentation_data_size = sizeof(pcrel_sdata4),
		.return_address_register = 16,
		.initial_instructions = programs[_i].bytes,
		.initial_instructions_end =
			programs[_i].bytes + programs[_i].size,
	};
	const Dwarf_FDE fde = { .start = function,
				.end = function + 9 + programs[_i].size };

	printf("%s\n", programs[_i].what);
	ck_assert_int_eq(cfi_program_is_harmless(&cie, NULL),
			 programs[_i].is_harmless);
	cie.initial_instructions_end = cie.initial_instructions;
	memcpy(function + 9, programs[_i].bytes, programs[_i].size);
	ck_assert_int_eq(cfi_program_is_harmless(&cie, &fde),
			 programs[_i].is_harmless);
}
END_TEST

START_TEST(an_augmentation_that_is_not_known_is_refused)
{
	static const uint8_t bytes[] = { 0x9b, 0, 0, 0, 0, 0x1b, 0x1b };
	Dwarf_CIE cie = {
		.augmentation = "zPLR",
		.augmentation_data = bytes,
		.augmentation_data_size = sizeof(bytes),
		.return_address_register = 16,
		.initial_instructions = bytes,
		.initial_instructions_end = bytes,
	};

	ck_assert(cfi_program_is_harmless(&cie, NULL));
	cie.augmentation_data_size--;
	ck_assert(!cfi_program_is_harmless(&cie, NULL));
	cie.augmentation_data_size++;
	cie.augmentation = "zPLR?";
	ck_assert(!cfi_program_is_harmless(&cie, NULL));
	cie.augmentation = "eh";
	ck_assert(!cfi_program_is_harmless(&cie, NULL));
	cie.augmentation = "";
	ck_assert(cfi_program_is_harmless(&cie, NULL));
	cie.return_address_register = 160;
	ck_assert(!cfi_program_is_harmless(&cie, NULL));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *cfi_suite(void)
{
	Suite *suite = suite_create("call frame information");
	TCase *tcase = tcase_create("hostile rows");

	tcase_add_loop_test(tcase, rows_that_cost_too_much_are_not_followed, 0,
			    COUNT(functions));
	tcase_add_loop_test(tcase, instructions_are_read_as_libdw_reads_them, 0,
			    COUNT(programs));
	tcase_add_test(tcase, an_augmentation_that_is_not_known_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
