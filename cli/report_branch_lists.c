/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches and blocks as lines: for people, two lines a branch so that both of
 * its ends have room; and as comma-separated values.
 */
#include "config.h"

#include "report_branches.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before the names: "100.0% 1234567890 100.0%  1234.5  ", and for blocks
 * "100.0% 1234567890  1234.5 1234567890  ". */
#define COLUMNS_BEFORE	 34
#define COLUMNS_OF_BLOCK 38

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static const struct lbrvirt_symbol *function_of(const struct lbrvirt_code *code)
{
	return &code->symbols[code->nr_symbols - 1];
}

/* "name+0xoffset"; a name made up has the offset already. */
static void write_name(const struct lbrvirt_code *code, FILE *out)
{
	const struct lbrvirt_symbol *function = function_of(code);

	fputs(function->name, out);
	if (function->has_name)
		fprintf(out, "+0x%" PRIx64, function->offset);
}

static void write_line(const struct lbrvirt_code *code, FILE *out)
{
	const struct lbrvirt_symbol *symbol = &code->symbols[0];

	if (symbol->file && symbol->line)
		fprintf(out, " %s:%" PRIu32, text_file_name(symbol->file),
			symbol->line);
}

/* Where there is no name, it is made of the file already. */
static void write_file(const struct lbrvirt_code *code, FILE *out)
{
	if (function_of(code)->has_name)
		fprintf(out, " (%s)", text_file_name(function_of(code)->dso));
}

static void write_code(const struct lbrvirt_code *code, FILE *out)
{
	write_name(code, out);
	write_file(code, out);
	write_line(code, out);
}

/* "main+0x10..+0x34 (app) main.c:7..9", the end as short as can be. */
static void write_block(const struct lbrvirt_branch_block *block, FILE *out)
{
	const struct lbrvirt_symbol *start = function_of(&block->start);
	const struct lbrvirt_symbol *end = function_of(&block->end);
	const struct lbrvirt_symbol *first = &block->start.symbols[0];
	const struct lbrvirt_symbol *last = &block->end.symbols[0];

	write_name(&block->start, out);
	fputs("..", out);
	if (start->has_name && end->has_name && start->start == end->start)
		fprintf(out, "+0x%" PRIx64, end->offset);
	else if (!start->has_name && !end->has_name)
		fprintf(out, "0x%" PRIx64, end->dso_offset);
	else
		write_name(&block->end, out);
	write_file(start->has_name ? &block->start : &block->end, out);
	write_line(&block->start, out);
	if (first->file && last->file && strcmp(first->file, last->file) == 0 &&
	    first->line && last->line > first->line)
		fprintf(out, "..%" PRIu32, last->line);
}

/* Print what was written to @text, safe and short enough. 0 or -ENOMEM. */
static int print_text(const struct branch_report *report, const char *text,
		      unsigned int columns_before)
{
	char *safe = text_name(report->screen, text,
			       report->screen->width - columns_before);

	if (!safe)
		return -ENOMEM;
	puts(safe);
	free(safe);
	return 0;
}

static int print_code(const struct branch_report *report,
		      const struct lbrvirt_code *code,
		      const struct lbrvirt_branch_block *block)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = -ENOMEM;

	if (!out)
		return -ENOMEM;
	if (block)
		write_block(block, out);
	else
		write_code(code, out);
	if (fclose(out) == 0)
		err = print_text(report, text,
				 block ? COLUMNS_OF_BLOCK : COLUMNS_BEFORE);
	free(text);
	return err;
}

/* @part of @nr in @width columns and with one decimal; "-" if there is none. */
static void print_mean(int width, double part, uint64_t nr)
{
	if (nr)
		printf("%*.1f", width, part / (double)nr);
	else
		printf("%*s", width, "-");
}

static uint64_t weight_of(const struct lbrvirt_branch_pair *pair,
			  enum lbrvirt_branches_order order)
{
	switch (order) {
	case LBRVIRT_BRANCHES_BY_MISPREDICTED:
		return pair->mispredicted;
	case LBRVIRT_BRANCHES_BY_CYCLES:
		return pair->cycles;
	default:
		return pair->count;
	}
}

static uint64_t whole_of(const struct branch_report *report)
{
	switch (report->order) {
	case LBRVIRT_BRANCHES_BY_MISPREDICTED:
		return report->totals->mispredicted;
	case LBRVIRT_BRANCHES_BY_CYCLES:
		return report->totals->cycles;
	default:
		return report->totals->entries;
	}
}

static int print_pair(const struct branch_report *report,
		      const struct lbrvirt_branch_pair *pair, double percent)
{
	uint64_t predictions = pair->predicted + pair->mispredicted;
	int err;

	printf("%5.1f%% %10" PRIu64 " ", percent, pair->count);
	print_mean(5, 100.0 * (double)pair->mispredicted, predictions);
	fputs(predictions ? "% " : "  ", stdout);
	print_mean(7, (double)pair->cycles, pair->timed);
	fputs("  ", stdout);
	err = print_code(report, &pair->from, NULL);
	if (err)
		return err;
	printf("%*s -> ", COLUMNS_BEFORE - 4, pair->type ? pair->type : "");
	return print_code(report, &pair->to, NULL);
}

static void print_hidden(const struct branch_report *report, size_t hidden)
{
	if (hidden)
		printf("%zu more with less than %g%%\n", hidden,
		       report->opts->percent_limit);
}

int report_branches_print_pairs(const struct branch_report *report)
{
	const struct lbrvirt_branch_pair *pairs;
	uint64_t whole = whole_of(report);
	size_t nr;
	size_t hidden = 0;
	int err = lbrvirt_branches_pairs(report->branches, report->order,
					 &pairs, &nr);

	if (err)
		return err;
	printf("\n share      count  mispr  cycles  branch\n");
	for (size_t i = 0; !err && i < nr; i++) {
		double percent =
			share(weight_of(&pairs[i], report->order), whole);

		if (percent < report->opts->percent_limit)
			hidden++;
		else
			err = print_pair(report, &pairs[i], percent);
	}
	print_hidden(report, hidden);
	return err;
}

static int print_block(const struct branch_report *report,
		       const struct lbrvirt_branch_block *block, double percent)
{
	printf("%5.1f%% %10" PRIu64 " ", percent, block->count);
	print_mean(7, (double)block->cycles, block->timed);
	if (block->timed)
		printf(" %10" PRIu64 "  ", block->cycles);
	else
		printf(" %10s  ", "-");
	return print_code(report, NULL, block);
}

int report_branches_print_blocks(const struct branch_report *report)
{
	bool is_by_cycles = report->order == LBRVIRT_BRANCHES_BY_CYCLES;
	uint64_t whole = is_by_cycles ? report->totals->cycles :
					report->totals->block_runs;
	const struct lbrvirt_branch_block *blocks;
	size_t nr;
	size_t hidden = 0;
	int err = lbrvirt_branches_blocks(report->branches, report->order,
					  &blocks, &nr);

	if (err)
		return err;
	printf("\n share executions cyc/exec    cycles  block\n");
	for (size_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_branch_block *b = &blocks[i];
		double percent =
			share(is_by_cycles ? b->cycles : b->count, whole);

		if (percent < report->opts->percent_limit)
			hidden++;
		else
			err = print_block(report, b, percent);
	}
	print_hidden(report, hidden);
	return err;
}

/* Four columns: name, file, source file, its line. */
static int print_csv_code(const struct text_screen *screen,
			  const struct lbrvirt_code *code)
{
	const struct lbrvirt_symbol *symbol = &code->symbols[0];
	char *name = NULL;
	size_t size;
	FILE *out = open_memstream(&name, &size);

	if (!out)
		return -ENOMEM;
	write_name(code, out);
	if (fclose(out) != 0) {
		free(name);
		return -ENOMEM;
	}
	report_print_quoted(screen, name);
	putchar(',');
	report_print_quoted(screen, function_of(code)->dso);
	putchar(',');
	report_print_quoted(screen, symbol->file ? symbol->file : "");
	printf(",%" PRIu32 ",", symbol->line);
	free(name);
	return 0;
}

int report_branches_csv_pairs(const struct branch_report *report)
{
	const struct lbrvirt_branch_pair *pairs;
	size_t nr;
	int err = lbrvirt_branches_pairs(report->branches, report->order,
					 &pairs, &nr);

	if (err)
		return err;
	puts("from,from_dso,from_file,from_line,to,to_dso,to_file,to_line,type,count,predicted,mispredicted,timed,cycles,in_transaction,aborted,wrong_path");
	for (size_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_branch_pair *p = &pairs[i];

		err = print_csv_code(report->screen, &p->from);
		if (!err)
			err = print_csv_code(report->screen, &p->to);
		printf("%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
		       p->type ? p->type : "", p->count, p->predicted,
		       p->mispredicted, p->timed, p->cycles, p->in_transaction,
		       p->aborted, p->wrong_path);
	}
	return err;
}

int report_branches_csv_blocks(const struct branch_report *report)
{
	const struct lbrvirt_branch_block *blocks;
	size_t nr;
	int err = lbrvirt_branches_blocks(report->branches, report->order,
					  &blocks, &nr);

	if (err)
		return err;
	puts("start,start_dso,start_file,start_line,end,end_dso,end_file,end_line,count,timed,cycles");
	for (size_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_branch_block *b = &blocks[i];

		err = print_csv_code(report->screen, &b->start);
		if (!err)
			err = print_csv_code(report->screen, &b->end);
		printf("%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", b->count,
		       b->timed, b->cycles);
	}
	return err;
}
