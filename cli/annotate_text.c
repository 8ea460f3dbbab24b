/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An annotated function on standard output. What was not recorded has no
 * column.
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

/* The share stands out, where it is much. */
static void print_instruction(const struct text_screen *screen,
			      const struct code_line *line)
{
	int width = (int)code_columns_width(1u << CODE_SHARE);

	printf("%s%.*s%s%s  %s\n",
	       text_style(screen, line->percent >= STRONG_PERCENT ?
					  TEXT_STRONG :
					  TEXT_PLAIN),
	       width, line->numbers, text_style(screen, TEXT_PLAIN),
	       line->numbers + width, line->text);
}

/* Source stands where the code does, behind the columns. */
static void print_source(const struct text_screen *screen,
			 const struct code_text *code,
			 const struct code_line *line)
{
	printf("%*s  %s%s%s\n", (int)code_columns_width(code->columns), "",
	       text_style(screen, TEXT_DIM), line->text,
	       text_style(screen, TEXT_PLAIN));
}

int annotate_print_code(const struct text_screen *screen,
			const struct lbrvirt_annotation *annotation)
{
	char titles[CODE_COLUMNS_SIZE];
	struct code_text code;
	int err = code_text_init(&code, screen, annotation);

	if (err)
		return err;
	code_columns_titles(code.columns, titles);
	printf("\n%s  code\n", titles);
	for (size_t i = 0; i < code.nr; i++) {
		if (code.lines[i].numbers)
			print_instruction(screen, &code.lines[i]);
		else
			print_source(screen, &code, &code.lines[i]);
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
