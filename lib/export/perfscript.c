/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of `perf script -F comm,pid,tid,period,event,ip,sym,dso` for viewers
 * that read nothing else, with one entry for each distinct stack instead of one
 * a sample: the period, which readers weigh a sample by, is the sum of theirs.
 * There are no times, for there is no time that a sum was taken at. Addresses
 * are the files' own. What prints each sample is perf_script.c.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include "export/escape.h"
#include "export/job.h"

/* Columns of comm and address in perf script's lines. */
#define COMM_WIDTH 16
#define IP_WIDTH   16

static void put_symbol(struct text *text, const struct lbrvirt_symbol *symbol,
		       uint64_t vaddr)
{
	text_put_char(text, '\t');
	text_put_hex(text, vaddr, IP_WIDTH);
	text_put_char(text, ' ');
	escape_line(text, symbol->name, "");
	text_put_string(text, " (");
	escape_line(text, symbol->is_inlined ? "inlined" : symbol->dso, "");
	text_put_string(text, ")\n");
}

/* An empty line ends an entry, lines that begin with blanks are frames, and
 * readers skip what begins with "#": a comm must be none of these. */
static bool is_hidden(const char *comm)
{
	return !comm[0] || comm[0] == ' ' || comm[0] == '#';
}

static void put_head(struct job *job, const struct stacks_entry *stack)
{
	const char *comm = stacks_string(job->stacks, stack->comm);
	struct text *text = &job->text;
	size_t from = text->bytes.size;
	size_t width;

	if (is_hidden(comm))
		text_put_char(text, ':');
	escape_line(text, comm, "");
	width = text->bytes.size - from;
	while (width++ < COMM_WIDTH)
		text_put_char(text, ' ');
	text_put_char(text, ' ');
	text_put_decimal(text, stack->pid, 7);
	text_put_char(text, '/');
	text_put_decimal(text, stack->tid ? stack->tid : stack->pid, 0);
	text_put_char(text, ' ');
	text_put_decimal(text, stack->period, 10);
	text_put_char(text, ' ');
	escape_line(text, lbrvirt_profile_event(job->profile), " ");
	text_put_string(text, ": \n");
}

static void put_stack(struct job *job, const struct stacks_entry *stack)
{
	const struct stacks *stacks = job->stacks;

	put_head(job, stack);
	for (uint32_t i = 0; i < stack->nr; i++) {
		const struct stacks_location *location =
			&stacks->locations[stacks->frames[stack->first + i]];

		for (uint32_t j = 0; j < location->nr; j++)
			put_symbol(&job->text, &location->symbols[j],
				   location->symbols[0].vaddr);
	}
	text_put_char(&job->text, '\n');
}

int lbrvirt_export_perfscript(struct lbrvirt_profile *profile,
			      const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct job job;
	int err = job_begin(&job, profile, opts, out);

	for (size_t i = 0; !err && i < profile->stacks.nr_entries; i++) {
		const struct stacks_entry *stack = &profile->stacks.entries[i];

		if (!stack->samples)
			continue;
		put_stack(&job, stack);
		err = job_pass_on(&job);
	}
	return job_end(&job, err);
}
