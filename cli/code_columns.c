/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What belongs to a block stands once: how often it ran and its cycles at its
 * first instruction, predictions at the branch that ends it. A number too wide
 * for its column becomes a round one, in thousands or millions.
 */
#include "config.h"

#include "code_columns.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *title;
	unsigned int width; /* with the blanks before it */
	unsigned int rank;  /* the highest goes first; 0: never */
} columns_of_code[CODE_COLUMNS] = {
	[CODE_SHARE] = { "share", 6, 0 },
	[CODE_SAMPLES] = { "samples", 9, 5 },
	[CODE_EXECUTIONS] = { "executions", 12, 2 },
	[CODE_CYCLES] = { "cyc/exec", 10, 1 },
	[CODE_TAKEN] = { "taken", 8, 4 },
	[CODE_MISPREDICTED] = { "mispr", 8, 3 },
};

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

unsigned int code_columns_of(const struct lbrvirt_annotation *annotation)
{
	unsigned int columns = 1u << CODE_SHARE | 1u << CODE_SAMPLES;

	if (annotation->has_blocks)
		columns |= 1u << CODE_EXECUTIONS | 1u << CODE_TAKEN;
	if (annotation->has_cycles)
		columns |= 1u << CODE_CYCLES;
	if (annotation->has_predictions)
		columns |= 1u << CODE_MISPREDICTED;
	return columns;
}

unsigned int code_columns_width(unsigned int columns)
{
	unsigned int width = 0;

	for (unsigned int i = 0; i < CODE_COLUMNS; i++)
		if (columns & 1u << i)
			width += columns_of_code[i].width;
	return width;
}

unsigned int code_columns_fit(unsigned int columns, unsigned int width)
{
	while (code_columns_width(columns) > width) {
		unsigned int least = CODE_SHARE;

		for (unsigned int i = 0; i < CODE_COLUMNS; i++)
			if ((columns & 1u << i) &&
			    columns_of_code[i].rank >
				    columns_of_code[least].rank)
				least = i;
		if (least == CODE_SHARE)
			break;
		columns &= ~(1u << least);
	}
	return columns;
}

void code_columns_titles(unsigned int columns, char ret_text[CODE_COLUMNS_SIZE])
{
	size_t used = 0;

	ret_text[0] = '\0';
	for (unsigned int i = 0; i < CODE_COLUMNS; i++)
		if (columns & 1u << i)
			used += (size_t)snprintf(ret_text + used,
						 CODE_COLUMNS_SIZE - used,
						 "%*s",
						 (int)columns_of_code[i].width,
						 columns_of_code[i].title);
	assert(used < CODE_COLUMNS_SIZE);
}

static void write_count(char *text, size_t size, unsigned int digits,
			uint64_t count)
{
	static const char units[] = "kMGTPE";
	double rounded = (double)count;
	int unit = -1;

	if (snprintf(text, size, "%" PRIu64, count) <= (int)digits)
		return;
	do {
		rounded /= 1000;
		unit++;
	} while (rounded >= 1e5);
	snprintf(text, size, "%.0f%c", rounded, units[unit]);
}

static void write_percent(char *text, size_t size, uint64_t part,
			  uint64_t whole)
{
	snprintf(text, size, "%.1f%%", share(part, whole));
}

/* Executions and cycles, at the first instruction of a block. */
static void write_first(char *text, size_t size, enum code_column column,
			const struct lbrvirt_basic_block *block)
{
	double cycles = block->timed ? block->cycles / (double)block->timed : 0;

	if (column == CODE_EXECUTIONS)
		write_count(text, size, columns_of_code[column].width - 2,
			    block->executions);
	else if (block->timed)
		snprintf(text, size, cycles < 1e5 ? "%s%7.1f" : "%s%7.1e",
			 block->has_shared_cycles ? "~" : "", cycles);
	else if (block->executions)
		snprintf(text, size, "-");
}

/* How often the branch was taken, and how often that was not foreseen; at the
 * last instruction of a block. */
static void write_last(char *text, size_t size, enum code_column column,
		       const struct lbrvirt_basic_block *block)
{
	uint64_t predictions = block->predicted + block->mispredicted;

	if (column == CODE_TAKEN && block->branched)
		write_percent(text, size, block->branched, block->executions);
	else if (column == CODE_MISPREDICTED && predictions)
		write_percent(text, size, block->mispredicted, predictions);
}

static void write_number(const struct lbrvirt_annotation *annotation,
			 enum code_column column, size_t instruction,
			 char *text, size_t size)
{
	const struct lbrvirt_instruction *insn =
		&annotation->instructions[instruction];
	const struct lbrvirt_basic_block *block =
		&annotation->blocks[insn->block];

	text[0] = '\0';
	switch (column) {
	case CODE_SHARE:
		if (insn->samples)
			write_percent(text, size, insn->period,
				      annotation->period);
		break;
	case CODE_SAMPLES:
		if (insn->samples)
			write_count(text, size,
				    columns_of_code[column].width - 1,
				    insn->samples);
		break;
	case CODE_EXECUTIONS:
	case CODE_CYCLES:
		if (instruction == block->first)
			write_first(text, size, column, block);
		break;
	default:
		if (instruction == block->first + block->nr - 1)
			write_last(text, size, column, block);
	}
}

void code_columns_numbers(const struct lbrvirt_annotation *annotation,
			  unsigned int columns, size_t instruction,
			  char ret_text[CODE_COLUMNS_SIZE])
{
	size_t used = 0;

	assert(instruction < annotation->nr_instructions);
	ret_text[0] = '\0';
	for (unsigned int i = 0; i < CODE_COLUMNS; i++) {
		char number[24];
		int width = (int)columns_of_code[i].width;

		if (!(columns & 1u << i))
			continue;
		write_number(annotation, (enum code_column)i, instruction,
			     number, sizeof(number));
		used += (size_t)snprintf(ret_text + used,
					 CODE_COLUMNS_SIZE - used, "%*.*s",
					 width, width, number);
	}
	assert(used < CODE_COLUMNS_SIZE);
}

void code_columns_pick(const char *text, unsigned int all, unsigned int columns,
		       char ret_text[CODE_COLUMNS_SIZE])
{
	size_t used = 0;

	for (unsigned int i = 0; i < CODE_COLUMNS; i++) {
		unsigned int width = columns_of_code[i].width;

		if (!(all & 1u << i))
			continue;
		if (columns & 1u << i) {
			memcpy(ret_text + used, text, width);
			used += width;
		}
		text += width;
	}
	ret_text[used] = '\0';
}
