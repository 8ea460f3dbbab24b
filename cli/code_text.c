/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source lines are repeated wherever the code comes back to them: optimised
 * code jumps between lines, and that is what is to be seen. Tabs of sources
 * become blanks, as the columns before them are not a multiple of 8.
 */
#include "config.h"

#include "code_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAB_COLUMNS 8

/* A copy with tabs as blanks; NULL: no memory. */
static char *expand_tabs(const char *text)
{
	size_t nr_tabs = 0;
	size_t used = 0;
	char *copy;

	for (const char *p = text; *p; p++)
		nr_tabs += *p == '\t';
	copy = malloc(strlen(text) + nr_tabs * (TAB_COLUMNS - 1) + 1);
	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (*text != '\t') {
			copy[used++] = *text;
			continue;
		}
		do
			copy[used++] = ' ';
		while (used % TAB_COLUMNS);
	}
	copy[used] = '\0';
	return copy;
}

char *code_text_safe(const struct text_screen *screen, const char *text)
{
	struct text_screen uncut = *screen;
	char *expanded = expand_tabs(text);
	char *safe;

	if (!expanded)
		return NULL;
	uncut.width = UINT32_MAX;
	safe = text_name(&uncut, expanded, UINT32_MAX);
	free(expanded);
	return safe;
}

/* Takes both texts over. */
static int add_line(struct code_text *code, char *text, char *numbers,
		    double percent)
{
	if (!text) {
		free(numbers);
		return -ENOMEM;
	}
	if (percent > 0 && percent > code->lines[code->hottest].percent)
		code->hottest = code->nr;
	code->lines[code->nr++] = (struct code_line){
		.text = text,
		.numbers = numbers,
		.percent = percent,
	};
	return 0;
}

/* Tabs count from where the source's own line begins. */
static int add_source(struct code_text *code, const struct text_screen *screen,
		      const struct lbrvirt_source_line *line)
{
	char *source = expand_tabs(line->text ? line->text : "");
	char *joined;
	char *safe;
	int length;

	if (!source)
		return -ENOMEM;
	length = asprintf(&joined, "%s:%" PRIu32 "%s%s",
			  text_file_name(line->file), line->line,
			  line->text ? "  " : "", source);
	free(source);
	if (length < 0)
		return -ENOMEM;
	safe = code_text_safe(screen, joined);
	free(joined);
	return add_line(code, safe, NULL, -1);
}

static int add_instruction(struct code_text *code,
			   const struct text_screen *screen,
			   const struct lbrvirt_annotation *annotation,
			   size_t index)
{
	const struct lbrvirt_instruction *insn =
		&annotation->instructions[index];
	double percent = annotation->period ?
				 100.0 * (double)insn->period /
					 (double)annotation->period :
				 0;
	char numbers[CODE_COLUMNS_SIZE];
	char target[32] = "";
	char *copy;
	char *joined;
	char *safe;
	int length;

	if (insn->target_name && insn->target_offset)
		snprintf(target, sizeof(target), "+0x%" PRIx64,
			 insn->target_offset);
	length = insn->target_name ?
			 asprintf(&joined, "%8" PRIx64 "  %s <%s%s>",
				  insn->address, insn->text, insn->target_name,
				  target) :
			 asprintf(&joined, "%8" PRIx64 "  %s", insn->address,
				  insn->text);
	if (length < 0)
		return -ENOMEM;
	safe = code_text_safe(screen, joined);
	free(joined);
	code_columns_numbers(annotation, code->columns, index, numbers);
	copy = strdup(numbers);
	if (!copy) {
		free(safe);
		return -ENOMEM;
	}
	return add_line(code, safe, copy, percent);
}

static int set_sums(struct code_text *code,
		    const struct lbrvirt_annotation *annotation)
{
	double percent = annotation->all_period ?
				 100.0 * (double)annotation->period /
					 (double)annotation->all_period :
				 0;
	char misplaced[64] = "";

	if (annotation->misplaced)
		snprintf(misplaced, sizeof(misplaced),
			 ", %" PRIu64 " between instructions",
			 annotation->misplaced);
	if (asprintf(&code->sums,
		     "%" PRIu64 " of %" PRIu64 " samples%s, %.1f%% of all%s%s",
		     annotation->samples, annotation->all_samples, misplaced,
		     percent,
		     annotation->is_cut ? "; the rest is left out" : "",
		     annotation->newer_source ?
			     "; a source file is younger than the program" :
			     "") < 0) {
		code->sums = NULL;
		return -ENOMEM;
	}
	return 0;
}

int code_text_init(struct code_text *code, const struct text_screen *screen,
		   const struct lbrvirt_annotation *annotation)
{
	size_t line = LBRVIRT_ANNOTATE_NONE;
	int err;

	*code = (struct code_text){ .columns = code_columns_of(annotation) };
	/* At most a source line before each instruction. */
	code->lines = calloc(2 * annotation->nr_instructions + 1,
			     sizeof(*code->lines));
	if (!code->lines)
		return -ENOMEM;
	err = set_sums(code, annotation);
	for (size_t i = 0; !err && i < annotation->nr_instructions; i++) {
		const struct lbrvirt_instruction *insn =
			&annotation->instructions[i];

		if (insn->line != line && insn->line != LBRVIRT_ANNOTATE_NONE)
			err = add_source(code, screen,
					 &annotation->lines[insn->line]);
		line = insn->line;
		if (!err)
			err = add_instruction(code, screen, annotation, i);
	}
	if (err)
		code_text_fini(code);
	return err;
}

void code_text_fini(struct code_text *code)
{
	for (size_t i = 0; i < code->nr; i++) {
		free(code->lines[i].text);
		free(code->lines[i].numbers);
	}
	free(code->lines);
	free(code->sums);
	*code = (struct code_text){ .nr = 0 };
}
