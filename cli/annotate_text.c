/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Columns of an annotated function. What belongs to a block stands once: how
 * often it ran and its cycles at its first instruction, predictions at the
 * branch that ends it. What was not recorded has no column.
 */
#include "config.h"

#include "annotate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "code_text.h"

#define STRONG_PERCENT 5

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void print_safe(const struct text_screen *screen, const char *text)
{
	char *safe = code_text_safe(screen, text);

	fputs(safe ? safe : "?", stdout);
	free(safe);
}

void annotate_print_head(const struct text_screen *screen,
			 const struct lbrvirt_annotation *annotation,
			 const char *event)
{
	printf("%-9s ", "function");
	print_safe(screen, annotation->symbol);
	printf(", 0x%" PRIx64 "..0x%" PRIx64 "%s\n%-9s ", annotation->start,
	       annotation->end,
	       annotation->is_cut ? "; it is longer, the rest is left out" : "",
	       "file");
	print_safe(screen, annotation->path);
	printf("\n%-9s %" PRIu64 " of %" PRIu64 " %s, %.1f%% of all\n",
	       "samples", annotation->samples, annotation->all_samples, event,
	       share(annotation->period, annotation->all_period));
	if (annotation->misplaced)
		printf("%10s%" PRIu64
		       " fell between instructions: is the file the one that ran?\n",
		       "", annotation->misplaced);
	if (!annotation->has_branches)
		return;
	printf("%-9s %s%s%s", "branches",
	       annotation->has_blocks ? "executions" : "taken ones only",
	       annotation->has_cycles ?
		       ", cycles (~: in part shared out among blocks by instructions)" :
		       ", no cycles recorded",
	       annotation->has_predictions ? "\n" :
					     ", no predictions recorded\n");
	if (annotation->misplaced_runs)
		printf("%10s%" PRIu64
		       " executions left out: they do not fit the instructions\n",
		       "", annotation->misplaced_runs);
}

static void print_titles(const struct lbrvirt_annotation *annotation)
{
	fputs(" share  samples", stdout);
	if (annotation->has_blocks)
		fputs("  executions", stdout);
	if (annotation->has_cycles)
		fputs("  cyc/exec", stdout);
	if (annotation->has_blocks)
		fputs("   taken", stdout);
	if (annotation->has_predictions)
		fputs("   mispr", stdout);
	puts("  code");
}

/* Executions and cycles, at the first instruction of a block. */
static void print_block(const struct lbrvirt_annotation *annotation,
			const struct lbrvirt_basic_block *block)
{
	if (annotation->has_blocks && block)
		printf("  %10" PRIu64, block->executions);
	else if (annotation->has_blocks)
		printf("%12s", "");
	if (!annotation->has_cycles)
		return;
	if (block && block->timed)
		printf("  %s%7.1f", block->has_shared_cycles ? "~" : " ",
		       block->cycles / (double)block->timed);
	else
		printf("%10s", block && block->executions ? "-" : "");
}

static void print_percent(double percent, bool is_known)
{
	if (is_known)
		printf("  %5.1f%%", percent);
	else
		printf("%8s", "");
}

/* How often the branch was taken, and how often that was not foreseen; at the
 * last instruction of a block. */
static void print_branch(const struct lbrvirt_annotation *annotation,
			 const struct lbrvirt_basic_block *block)
{
	uint64_t predictions = block ? block->predicted + block->mispredicted :
				       0;

	if (annotation->has_blocks)
		print_percent(
			block ? share(block->branched, block->executions) : 0,
			block && block->branched);
	if (annotation->has_predictions)
		print_percent(block ? share(block->mispredicted, predictions) :
				      0,
			      predictions > 0);
}

static void print_instruction(const struct text_screen *screen,
			      const struct lbrvirt_annotation *annotation,
			      const struct code_line *line)
{
	const struct lbrvirt_instruction *insn =
		&annotation->instructions[line->instruction];
	const struct lbrvirt_basic_block *block =
		&annotation->blocks[insn->block];
	bool is_first = line->instruction == block->first;
	bool is_last = line->instruction == block->first + block->nr - 1;

	if (insn->samples)
		printf("%s%5.1f%%%s %8" PRIu64,
		       text_style(screen, line->percent >= STRONG_PERCENT ?
						  TEXT_STRONG :
						  TEXT_PLAIN),
		       line->percent, text_style(screen, TEXT_PLAIN),
		       insn->samples);
	else
		printf("%15s", "");
	print_block(annotation, is_first ? block : NULL);
	print_branch(annotation, is_last ? block : NULL);
	printf("  %s\n", line->text);
}

/* Source stands where the code does, behind the columns. */
static void print_source(const struct text_screen *screen,
			 const struct lbrvirt_annotation *annotation,
			 const struct code_line *line)
{
	int columns = 15 + (annotation->has_blocks ? 20 : 0) +
		      (annotation->has_cycles ? 10 : 0) +
		      (annotation->has_predictions ? 8 : 0);

	printf("%*s  %s%s%s\n", columns, "", text_style(screen, TEXT_DIM),
	       line->text, text_style(screen, TEXT_PLAIN));
}

int annotate_print_code(const struct text_screen *screen,
			const struct lbrvirt_annotation *annotation)
{
	struct code_text code;
	int err = code_text_init(&code, screen, annotation);

	if (err)
		return err;
	putchar('\n');
	print_titles(annotation);
	for (size_t i = 0; i < code.nr; i++) {
		if (code.lines[i].instruction == CODE_TEXT_NONE)
			print_source(screen, annotation, &code.lines[i]);
		else
			print_instruction(screen, annotation, &code.lines[i]);
	}
	code_text_fini(&code);
	return 0;
}

int annotate_print_lines(const struct text_screen *screen,
			 const struct lbrvirt_annotation *annotation)
{
	if (!annotation->nr_lines) {
		puts("\nno source lines are known: build the program with -g");
		return 0;
	}
	puts("\n share  samples  line");
	for (size_t i = 0; i < annotation->nr_lines; i++) {
		const struct lbrvirt_source_line *line = &annotation->lines[i];

		if (line->samples)
			printf("%5.1f%% %8" PRIu64 "  ",
			       share(line->period, annotation->period),
			       line->samples);
		else
			printf("%15s  ", "");
		print_safe(screen, text_file_name(line->file));
		printf(":%" PRIu32 "  ", line->line);
		print_safe(screen, line->text ? line->text : "");
		putchar('\n');
	}
	return 0;
}
