/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source lines. An instruction is of one line, that of the innermost call
 * inlined there. Files' names are the symbolizer's, one copy of each.
 */
#include "config.h"

#include "profile/annotate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "symbol/source_text.h"

/* Longer lines are no code that anybody wrote; the rest is cut off. */
#define LINE_MAX_SHOWN 1024

static int by_place(const void *va, const void *vb)
{
	const struct lbrvirt_source_line *a = va;
	const struct lbrvirt_source_line *b = vb;
	int order = a->file == b->file ? 0 : strcmp(a->file, b->file);

	if (order)
		return order;
	return a->line < b->line ? -1 : a->line > b->line;
}

static struct lbrvirt_source_line
place_of(const struct lbrvirt_instruction *insn)
{
	return (struct lbrvirt_source_line){
		.file = insn->symbols[0].file,
		.line = insn->symbols[0].line,
	};
}

static bool has_place(const struct lbrvirt_instruction *insn)
{
	return insn->symbols[0].file && insn->symbols[0].line;
}

static int list_lines(struct annotation *annotation)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct lbrvirt_source_line *lines;
	size_t nr = 0;

	lines = calloc(shown->nr_instructions + 1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < shown->nr_instructions; i++)
		if (has_place(&shown->instructions[i]))
			lines[nr++] = place_of(&shown->instructions[i]);
	qsort(lines, nr, sizeof(*lines), by_place);
	for (size_t i = 0; i < nr; i++)
		if (!i || by_place(&lines[shown->nr_lines - 1], &lines[i]))
			lines[shown->nr_lines++] = lines[i];
	annotation->lines = lines;
	shown->lines = lines;
	return 0;
}

static void count_lines(struct annotation *annotation)
{
	struct lbrvirt_annotation *shown = &annotation->shown;

	for (size_t i = 0; i < shown->nr_instructions; i++) {
		struct lbrvirt_instruction *insn = &annotation->instructions[i];
		struct lbrvirt_source_line place = place_of(insn);
		struct lbrvirt_source_line *line;

		if (!has_place(insn))
			continue;
		line = bsearch(&place, annotation->lines, shown->nr_lines,
			       sizeof(*line), by_place);
		line->samples += insn->samples;
		line->period += insn->period;
		insn->line = (size_t)(line - annotation->lines);
	}
}

/* The lines from @first on that are of one file; returns the end of them. */
static size_t read_file(struct annotation *annotation, const char *source_dir,
			size_t first, time_t program_changed, int *ret_err)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct source_text text = { .nr_lines = 0 };
	const char *file = annotation->lines[first].file;
	size_t i;
	int err = source_text_read(source_dir, file, &text);

	for (i = first; i < shown->nr_lines &&
			strcmp(annotation->lines[i].file, file) == 0;
	     i++) {
		struct lbrvirt_source_line *line = &annotation->lines[i];
		char copy[LINE_MAX_SHOWN + 1];
		const char *bytes;
		size_t length;

		bytes = err ? NULL :
			      source_text_line(&text, line->line, &length);
		if (!bytes)
			continue;
		if (length > LINE_MAX_SHOWN)
			length = LINE_MAX_SHOWN;
		memcpy(copy, bytes, length);
		copy[length] = '\0';
		line->text = intern_string(annotation->strings, copy);
		if (!line->text)
			err = -ENOMEM;
	}
	if (!err && !shown->newer_source && text.changed > program_changed)
		shown->newer_source = file;
	source_text_fini(&text);
	*ret_err = err == -ENOMEM ? err : 0;
	return i;
}

int annotate_make_lines(struct annotation *annotation, const char *source_dir,
			bool no_text)
{
	struct lbrvirt_annotation *shown = &annotation->shown;
	struct stat st = { .st_mtime = 0 };
	size_t at = 0;
	int err = list_lines(annotation);

	if (err)
		return err;
	count_lines(annotation);
	if (no_text)
		return 0;
	if (stat(shown->path, &st) != 0)
		st.st_mtime = INT64_MAX;
	while (!err && at < shown->nr_lines)
		at = read_file(annotation, source_dir, at, st.st_mtime, &err);
	return err;
}
