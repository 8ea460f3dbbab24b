/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Instructions as text, with what they do to the flow. The only file that calls
 * capstone.
 */
#ifndef LBRVIRT_SYMBOL_DISASSEMBLER_H
#define LBRVIRT_SYMBOL_DISASSEMBLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbrvirt/annotate.h>

#define DISASSEMBLER_TEXT_MAX 208

struct disassembler;

/* One instruction, or bytes that are none: ".byte 0x…". */
struct disassembled {
	uint8_t size; /* at least 1 */
	uint8_t flow; /* enum lbrvirt_flow */
	bool has_target;
	uint64_t target;
	char text[DISASSEMBLER_TEXT_MAX];
};

/* For the ELF's e_machine. 0, -EOPNOTSUPP or -ENOMEM. */
int disassembler_new(unsigned int machine, bool is_intel,
		     struct disassembler **ret_disassembler);
void disassembler_free(struct disassembler *disassembler);

/* The instruction at @bytes, of which there are @size, at least 1. */
void disassembler_read(struct disassembler *disassembler,
		       const unsigned char *bytes, size_t size,
		       uint64_t address, struct disassembled *ret_instruction);

#endif
