/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Callgrind's format, for KCachegrind and callgrind_annotate. A name is spelled
 * out the first time and then is its number in parentheses. A profile knows how
 * often a call was on the stack, not how often it was made: that is given as
 * the number of calls, for the format must have one.
 *
 * Format: valgrind's manual, "Callgrind Format Specification".
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "export/costs.h"
#include "export/escape.h"
#include "export/job.h"
#include "export/sources.h"

#define UNKNOWN "???"

struct callgrind {
	struct job job;
	struct costs costs;
	const char **sources; /* one a function, NULL for the one above all */
	struct intern *names; /* of files; id + 1 */
	bool *is_named;	      /* one a function: spelled out already */
};

/* "ob=(3) /usr/bin/x", or "ob=(3)" if it was spelled out before. */
static int put_file(struct callgrind *c, const char *key, const char *name)
{
	struct text *text = &c->job.text;
	uint32_t id;
	int is_new = intern_add(c->names, name, strlen(name), &id);

	if (is_new < 0)
		return -ENOMEM;
	text_put_string(text, key);
	text_put_decimal(text, (uint64_t)id + 1, 0);
	text_put_char(text, ')');
	if (is_new) {
		text_put_char(text, ' ');
		escape_line(text, name, "");
	}
	text_put_char(text, '\n');
	return 0;
}

/* Three lines that say which function, under the keys for a function or for
 * one that is called. */
static int put_function(struct callgrind *c, uint32_t function, bool is_callee)
{
	static const char *const keys[2][3] = {
		{ "ob=(", "fl=(", "fn=(" },
		{ "cob=(", "cfi=(", "cfn=(" },
	};
	static const struct stacks_function all = { "all", "" };
	const struct stacks *stacks = c->job.stacks;
	const struct stacks_function *f = function < stacks->nr_functions ?
						  &stacks->functions[function] :
						  &all;
	const char *source = c->sources[function];
	struct text *text = &c->job.text;
	int err = put_file(c, keys[is_callee][0], f->dso);

	if (!err)
		err = put_file(c, keys[is_callee][1],
			       source ? source : UNKNOWN);
	text_put_string(text, keys[is_callee][2]);
	text_put_decimal(text, (uint64_t)function + 1, 0);
	text_put_char(text, ')');
	if (!c->is_named[function]) {
		text_put_char(text, ' ');
		escape_line(text, f->symbol, "");
	}
	c->is_named[function] = true;
	text_put_char(text, '\n');
	return err;
}

static void put_sums(struct text *text, uint64_t samples, uint64_t period)
{
	text_put_decimal(text, samples, 0);
	text_put_char(text, ' ');
	text_put_decimal(text, period, 0);
	text_put_char(text, '\n');
}

static int put_cost(struct callgrind *c, const struct cost *cost)
{
	struct text *text = &c->job.text;
	int err = 0;

	if (cost->callee != COSTS_NO_CALLEE) {
		err = put_function(c, cost->callee, true);
		text_put_string(text, "calls=");
		text_put_decimal(text, cost->samples, 0);
		text_put_string(text, " 0\n");
	}
	text_put_decimal(text, cost->line, 0);
	text_put_char(text, ' ');
	put_sums(text, cost->samples, cost->period);
	return err;
}

/* Columns are known by one word of letters. */
static void put_events(struct callgrind *c)
{
	struct text *text = &c->job.text;

	text_put_string(text, "event: Samples : samples\nevent: Period : ");
	if (c->job.is_time)
		text_put_string(text, "CPU time (ns)");
	else
		escape_line(text, lbrvirt_profile_event(c->job.profile), "");
	text_put_string(text, "\nevents: Samples Period\n");
}

static void put_head(struct callgrind *c)
{
	const struct lbrvirt_profile_totals *totals = &c->job.profile->totals;
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(c->job.file);
	struct text *text = &c->job.text;

	text_put_string(text, "# callgrind format\nversion: 1\n"
			      "creator: lbrprof " PACKAGE_VERSION "\ncmd:");
	for (size_t i = 0; header && i < header->nr_cmdline; i++) {
		text_put_char(text, ' ');
		escape_line(text, header->cmdline[i], "");
	}
	text_put_string(text, "\npart: 1\npositions: line\n");
	put_events(c);
	text_put_string(text, "summary: ");
	put_sums(text, totals->samples, totals->period);
}

static int put_all(struct callgrind *c)
{
	const struct lbrvirt_profile_totals *totals = &c->job.profile->totals;
	const struct cost *last = NULL;
	int err = 0;

	put_head(c);
	for (size_t i = 0; !err && i < c->costs.nr; i++) {
		const struct cost *cost = &c->costs.list[i];

		if (!last || last->function != cost->function) {
			text_put_char(&c->job.text, '\n');
			err = put_function(c, cost->function, false);
		}
		if (!err)
			err = put_cost(c, cost);
		if (!err)
			err = job_pass_on(&c->job);
		last = cost;
	}
	text_put_string(&c->job.text, "\ntotals: ");
	put_sums(&c->job.text, totals->samples, totals->period);
	return err;
}

static int set_up(struct callgrind *c)
{
	const struct stacks *stacks = c->job.stacks;
	int err = sources_new(stacks, &c->sources);

	if (!err)
		err = intern_new(&c->names);
	if (err)
		return err;
	c->is_named = calloc(stacks->nr_functions + 1, sizeof(*c->is_named));
	if (!c->is_named)
		return -ENOMEM;
	return costs_init(&c->costs, stacks, c->sources);
}

int lbrvirt_export_callgrind(struct lbrvirt_profile *profile,
			     const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct callgrind c = { .names = NULL };
	int err = job_begin(&c.job, profile, opts, out);

	if (!err)
		err = set_up(&c);
	if (!err)
		err = put_all(&c);
	costs_fini(&c.costs);
	free(c.sources);
	intern_free(c.names);
	free(c.is_named);
	return job_end(&c.job, err);
}
