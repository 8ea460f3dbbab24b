/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Instructions of every shape, by the bytes that an assembler makes of them.
 */
#include "config.h"

#include "stack/suites.h"

#include <stdlib.h>
#include <string.h>

#include "stack/insn.h"

static const struct {
	const char *text;
	size_t size;
	unsigned char code[INSN_SIZE_MAX];
} encodings[] = {
	{ "ret", 1, { 0xc3 } },
	{ "push %r12", 2, { 0x41, 0x54 } },
	{ "mov %rsp,%rbp", 3, { 0x48, 0x89, 0xe5 } },
	{ "mov 8(%rsp),%eax", 4, { 0x8b, 0x44, 0x24, 0x08 } },
	{ "mov sym(%rip),%rax", 7, { 0x48, 0x8b, 0x05, 1, 2, 3, 4 } },
	{ "mov sym(,%rax,8),%rax", 8, { 0x48, 0x8b, 0x04, 0xc5, 1, 2, 3, 4 } },
	{ "movabs $x,%rax", 10, { 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ "movabs x,%eax", 9, { 0xa1, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ "mov $1,%ax", 4, { 0x66, 0xb8, 1, 0 } },
	{ "movw $1,(%rax)", 5, { 0x66, 0xc7, 0x00, 1, 0 } },
	{ "movq $1,(%rax)", 7, { 0x48, 0xc7, 0x00, 1, 0, 0, 0 } },
	{ "testb $1,(%rdi)", 3, { 0xf6, 0x07, 1 } },
	{ "notb (%rdi)", 2, { 0xf6, 0x17 } },
	{ "test $1,%edi", 6, { 0xf7, 0xc7, 1, 0, 0, 0 } },
	{ "mul %edi", 2, { 0xf7, 0xe7 } },
	{ "enter $16,$0", 4, { 0xc8, 16, 0, 0 } },
	{ "endbr64", 4, { 0xf3, 0x0f, 0x1e, 0xfa } },
	{ "syscall", 2, { 0x0f, 0x05 } },
	{ "pshufd $1,%xmm0,%xmm1", 5, { 0x66, 0x0f, 0x70, 0xc8, 1 } },
	{ "pshufb %xmm0,%xmm1", 5, { 0x66, 0x0f, 0x38, 0x00, 0xc8 } },
	{ "palignr $8,%xmm0,%xmm1", 6, { 0x66, 0x0f, 0x3a, 0x0f, 0xc8, 8 } },
	{ "vzeroupper", 3, { 0xc5, 0xf8, 0x77 } },
	{ "vmovdqu (%rsi),%ymm16", 6, { 0x62, 0xe1, 0x7e, 0x28, 0x6f, 0x06 } },
	{ "vpermq $1,%ymm0,%ymm0", 6, { 0xc4, 0xe3, 0xfd, 0x00, 0xc0, 1 } },
	{ "call next", 5, { 0xe8, 0, 0, 0, 0 } },
	{ "data16 rex.W call x", 8, { 0x66, 0x66, 0x48, 0xe8, 1, 2, 3, 4 } },
	{ "notrack jmp *%rax", 3, { 0x3e, 0xff, 0xe0 } },
};

START_TEST(instructions_are_as_long_as_assembled)
{
	unsigned char code[2 * INSN_SIZE_MAX];
	struct insn insn;

	memset(code, 0x90, sizeof(code));
	memcpy(code, encodings[_i].code, encodings[_i].size);
	ck_assert_msg(insn_decode(code, sizeof(code), &insn), "%s",
		      encodings[_i].text);
	ck_assert_msg(insn.size == encodings[_i].size, "%s: %u",
		      encodings[_i].text, insn.size);
	for (size_t size = 0; size < encodings[_i].size; size++)
		ck_assert_msg(!insn_decode(code, size, &insn), "%s, cut",
			      encodings[_i].text);
}
END_TEST

START_TEST(branches_are_told_apart)
{
	static const unsigned char back[] = { 0xeb, 0xfe };
	static const unsigned char cond[] = {
		0x0f, 0x84, 0xfc, 0xff, 0xff, 0xff
	};
	static const unsigned char call[] = { 0x41, 0xff, 0xd3 };
	static const unsigned char jump[] = { 0x3e, 0x41, 0xff, 0x24, 0xc0 };
	struct insn insn;

	ck_assert(insn_decode(back, sizeof(back), &insn));
	ck_assert_int_eq(insn.immediate, -2);
	ck_assert(insn_decode(cond, sizeof(cond), &insn));
	ck_assert_uint_eq(insn.map, 1);
	ck_assert_int_eq(insn.immediate, -4);
	ck_assert(insn_decode(call, sizeof(call), &insn));
	ck_assert(insn_is_indirect(&insn, 2) && !insn_is_indirect(&insn, 4));
	ck_assert_uint_eq(insn_rm(&insn), 11);
	ck_assert(insn_decode(jump, sizeof(jump), &insn));
	ck_assert(insn_is_indirect(&insn, 4) && insn.is_notrack);
	ck_assert(insn_has_table(&insn));
}
END_TEST

START_TEST(any_bytes_end_within_their_bounds)
{
	uint64_t state = 0x5eed5eed5eed5eedu;

	for (int i = 0; i < 200000; i++) {
		/* On the heap, for the address sanitizer to guard its end. */
		size_t size = (size_t)i % (INSN_SIZE_MAX + 2);
		unsigned char *code = malloc(size + !size);
		struct insn insn;

		ck_assert_ptr_nonnull(code);
		for (size_t j = 0; j < size; j++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			code[j] = (unsigned char)state;
		}
		if (insn_decode(code, size, &insn))
			ck_assert_uint_le(insn.size, size);
		free(code);
	}
}
END_TEST

Suite *insn_suite(void)
{
	Suite *suite = suite_create("instructions");
	TCase *tcase = tcase_create("insn");

	tcase_add_loop_test(tcase, instructions_are_as_long_as_assembled, 0,
			    sizeof(encodings) / sizeof(encodings[0]));
	tcase_add_test(tcase, branches_are_told_apart);
	tcase_add_test(tcase, any_bytes_end_within_their_bounds);
	suite_add_tcase(suite, tcase);
	return suite;
}
