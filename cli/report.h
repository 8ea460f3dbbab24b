/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lbrprof report` within: its options, and the parts that print.
 */
#ifndef LBRPROF_REPORT_H
#define LBRPROF_REPORT_H

#include <lbrvirt/lbrvirt.h>

#include "profiles.h"
#include "text.h"

enum report_form {
	REPORT_TREE = 0,
	REPORT_FLAT,
	REPORT_CALLERS,
	REPORT_CALLEES,
	REPORT_JSON,
	REPORT_CSV,
};

/* Lists of branches, in the forms tree (that is, for people), JSON or CSV. */
enum report_list {
	REPORT_STACKS = 0,
	REPORT_BRANCHES,
	REPORT_BLOCKS,
};

struct report_opts {
	const char *input; /* NULL: the default */
	enum report_form form;
	enum report_list list;
	bool has_order; /* else by count, and blocks by cycles if they can */
	enum lbrvirt_branches_order order;
	const char *symbol; /* of CALLERS and CALLEES */
	double percent_limit;
	bool has_provenance;
	bool is_text; /* --stdio: no browser */
	struct lbrvirt_profile_opts profile;
	struct lbrvirt_resolver_opts resolver;
};

/* Read the command line; ends the program on --help and on wrong usage. */
void report_opts_parse(int argc, char **argv, struct report_opts *ret_opts);

/* What the whole recording says of itself. */
void report_print_head(const struct text_screen *screen, const char *path,
		       const struct lbrvirt_perfdata *data);

/* What one event's profile says: samples, lost, whole stacks. */
void report_print_sums(const struct lbrvirt_perfdata *data,
		       const struct lbrvirt_event *event,
		       struct lbrvirt_profile *profile);

/* What was left over, a line each, if anything was. */
void report_print_leftovers(const struct profiles_leftovers *leftovers);

/* Shares of the frames by where they came from. */
void report_print_provenance(struct lbrvirt_profile *profile);

/* The body, in the form asked for. 0, or a negative error of the library
 * whose text is in the context. */
int report_print_flat(const struct text_screen *screen,
		      const struct report_opts *opts,
		      struct lbrvirt_profile *profile);
int report_print_csv(const struct text_screen *screen,
		     struct lbrvirt_profile *profile);
int report_print_tree(const struct text_screen *screen,
		      const struct report_opts *opts,
		      struct lbrvirt_profile *profile);

/* The whole of a report on branches or blocks; the exit status. */
int report_run_branches(const struct text_screen *screen,
			const struct report_opts *opts, const char *path,
			struct lbrvirt_context *ctx,
			struct lbrvirt_perfdata *data);

/*
 * Show @profiles, which were read from @data, the file at @path, with @opts, in
 * the browser; what the user filters is read again. False: the terminal takes none. Else the
 * exit status is in *@ret_status.
 */
bool report_browse(const struct report_opts *opts, const char *path,
		   const struct lbrvirt_perfdata *data,
		   struct profiles *profiles, int *ret_status);

/* A text in quotes, as RFC 4180 has it; on a terminal, what can be shown of it. */
void report_print_quoted(const struct text_screen *screen, const char *text);

/* Names of the profile that look like @symbol, as ": nearest are a, b", or "";
 * into @ret_text. */
void report_nearest(struct lbrvirt_profile *profile, const char *symbol,
		    char *ret_text, size_t size);

#endif
