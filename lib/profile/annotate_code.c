/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The function's bytes as instructions. Where it ends is in its ELF symbol;
 * without one, it ends where debug information has another function.
 */
#include "config.h"

#include "profile/annotate.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "symbol/disassembler.h"

size_t annotate_find(const struct annotation *annotation, uint64_t offset)
{
	const struct lbrvirt_annotation *shown = &annotation->shown;
	uint64_t address = offset - annotation->offset + shown->start;
	size_t low = 0;
	size_t high = shown->nr_instructions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (annotation->instructions[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < shown->nr_instructions &&
			       annotation->instructions[low].address ==
				       address ?
		       low :
		       LBRVIRT_ANNOTATE_NONE;
}

static int open_disassembler(struct annotation *annotation, bool is_intel,
			     struct disassembler **ret_disassembler)
{
	Elf *elf = dso_elf(annotation->dsos, annotation->dso);
	GElf_Ehdr ehdr;
	int err;

	if (!elf || !gelf_getehdr(elf, &ehdr))
		return error_set(annotation->ctx, ENOENT,
				 "%s has no ELF header that can be read",
				 annotation->dso->path);
	err = disassembler_new(ehdr.e_machine, is_intel, ret_disassembler);
	if (err == -EOPNOTSUPP)
		return error_set(
			annotation->ctx, EOPNOTSUPP,
			"%s is of a machine (ELF's number %u) whose instructions cannot be read: x86 and arm64 can",
			annotation->dso->path, ehdr.e_machine);
	return err;
}

/* Whether debug information has the function reach to this instruction. */
static bool is_same_function(const struct annotation *annotation,
			     const struct lbrvirt_instruction *insn)
{
	const struct lbrvirt_symbol *function =
		&insn->symbols[insn->nr_symbols - 1];

	return function->has_name && function->start == annotation->offset;
}

static int fill_instruction(struct annotation *annotation,
			    const struct disassembled *from,
			    const unsigned char *bytes, uint64_t address,
			    struct lbrvirt_instruction *to)
{
	*to = (struct lbrvirt_instruction){
		.address = address,
		.bytes = bytes,
		.size = from->size,
		.flow = from->flow,
		.has_target = from->has_target,
		.target = from->target,
		.text = intern_string(annotation->strings, from->text),
		.line = LBRVIRT_ANNOTATE_NONE,
	};
	if (!to->text)
		return -ENOMEM;
	return lookup_in_dso(annotation->lookup, annotation->dso,
			     address - annotation->shown.start +
				     annotation->offset,
			     &to->symbols, &to->nr_symbols);
}

/* A jump or call out of the function: to what? */
static int name_target(struct annotation *annotation,
		       struct lbrvirt_instruction *insn)
{
	uint64_t offset =
		insn->target - annotation->shown.start + annotation->offset;
	const struct lbrvirt_symbol *symbols;
	uint64_t vaddr;
	size_t nr;
	int err;

	if (!insn->has_target || (insn->target >= annotation->shown.start &&
				  insn->target < annotation->shown.end))
		return 0;
	/* Offsets and addresses run apart from one segment to another. */
	if (!dso_vaddr(annotation->dsos, annotation->dso, offset, &vaddr) ||
	    vaddr != insn->target)
		return 0;
	err = lookup_in_dso(annotation->lookup, annotation->dso, offset,
			    &symbols, &nr);
	if (err || !symbols[nr - 1].has_name)
		return err;
	insn->target_name = symbols[nr - 1].name;
	insn->target_offset = symbols[nr - 1].offset;
	return 0;
}

/* @size bytes at most; @is_end_known: they are the function's. */
static int read_instructions(struct annotation *annotation,
			     struct disassembler *disassembler,
			     const unsigned char *bytes, size_t size,
			     bool is_end_known)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct disassembled read;
	size_t at = 0;
	int err = 0;

	while (!err && at < size) {
		void *array = annotation->instructions;
		struct lbrvirt_instruction *insn;

		if (array_reserve(&array, &annotation->instructions_capacity,
				  shown->nr_instructions + 1, sizeof(*insn)))
			return -ENOMEM;
		annotation->instructions = array;
		insn = &annotation->instructions[shown->nr_instructions];
		disassembler_read(disassembler, bytes + at, size - at,
				  shown->start + at, &read);
		err = fill_instruction(annotation, &read, bytes + at,
				       shown->start + at, insn);
		if (err ||
		    (!is_end_known && !is_same_function(annotation, insn)))
			break;
		shown->nr_instructions++;
		at += read.size;
	}
	shown->end = shown->start + at;
	shown->instructions = annotation->instructions;
	for (size_t i = 0; !err && i < shown->nr_instructions; i++)
		err = name_target(annotation, &annotation->instructions[i]);
	return err;
}

int annotate_read_code(struct annotation *annotation, bool is_intel)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct disassembler *disassembler = NULL;
	const unsigned char *bytes = NULL;
	uint64_t end = 0;
	size_t wanted = LBRVIRT_ANNOTATE_MAX;
	size_t size = 0;
	int err;

	if (dso_vaddr(annotation->dsos, annotation->dso, annotation->offset,
		      &shown->start))
		bytes = dso_bytes(annotation->dsos, annotation->dso,
				  shown->start, wanted, &size);
	if (!bytes)
		return error_set(annotation->ctx, ENOENT,
				 "%s has no code where %s should be",
				 annotation->dso->path, shown->symbol);
	err = lookup_symbol_end(annotation->lookup, annotation->dso,
				shown->start, &end);
	if (err)
		return err;
	if (end && end - shown->start < size)
		size = (size_t)(end - shown->start);
	else
		shown->is_cut = end && end - shown->start > size;
	err = open_disassembler(annotation, is_intel, &disassembler);
	if (!err)
		err = read_instructions(annotation, disassembler, bytes, size,
					end != 0);
	disassembler_free(disassembler);
	if (!err && !shown->nr_instructions)
		return error_set(annotation->ctx, ENOENT,
				 "%s has no code where %s should be",
				 annotation->dso->path, shown->symbol);
	return err;
}
