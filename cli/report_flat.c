/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions as lines: for people, and as comma-separated values; and the
 * search for names that look like a mistyped one.
 */
#include "config.h"

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_NEAREST	  3
#define NAME_MAX_COMPARED 256

/* "100.0% 100.0% 1234567  ": before the name. */
#define COLUMNS_BEFORE	25
#define COLUMNS_OF_DSO	20
#define COLUMNS_OF_NAME 40

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static int print_line(const struct text_screen *screen,
		      const struct lbrvirt_profile_symbol *symbol,
		      uint64_t period)
{
	unsigned int room =
		screen->is_terminal ?
			screen->width - COLUMNS_BEFORE - COLUMNS_OF_DSO - 2 :
			COLUMNS_OF_NAME;
	char *name = text_name(screen, symbol->symbol, room);
	char *dso =
		text_name(screen, text_file_name(symbol->dso), COLUMNS_OF_DSO);
	double self = percent(symbol->self_period, period);
	int err = name && dso ? 0 : -1;

	if (!err) {
		unsigned int columns = text_columns(screen, name);

		printf("%s%5.1f%%%s %5.1f%%  %8" PRIu64 "  %s%*s  %s%s%s\n",
		       text_style(screen, self >= 5 ? TEXT_STRONG : TEXT_PLAIN),
		       self, text_style(screen, TEXT_PLAIN),
		       percent(symbol->total_period, period), symbol->self,
		       name, columns < room ? (int)(room - columns) : 0, "",
		       text_style(screen, TEXT_DIM), dso,
		       text_style(screen, TEXT_PLAIN));
	}
	free(name);
	free(dso);
	return err;
}

int report_print_flat(const struct text_screen *screen,
		      const struct report_opts *opts,
		      struct lbrvirt_profile *profile)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;
	size_t hidden = 0;
	int err = lbrvirt_profile_symbols(profile, &symbols, &nr);

	if (err)
		return err;
	printf("  self  total   samples  symbol, file\n");
	for (size_t i = 0; !err && i < nr; i++) {
		if (percent(symbols[i].self_period, totals->period) <
		    opts->percent_limit)
			hidden++;
		else if (print_line(screen, &symbols[i], totals->period))
			err = -1;
	}
	if (hidden)
		printf("%zu more with less than %g%% self\n", hidden,
		       opts->percent_limit);
	return err;
}

void report_print_quoted(const struct text_screen *screen, const char *text)
{
	char *shown = screen->is_terminal ?
			      text_name(screen, text, UINT32_MAX) :
			      NULL;

	if (screen->is_terminal)
		text = shown ? shown : "";
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
	free(shown);
}

int report_print_csv(const struct text_screen *screen,
		     struct lbrvirt_profile *profile)
{
	const struct lbrvirt_profile_symbol *symbols;
	size_t nr;
	int err = lbrvirt_profile_symbols(profile, &symbols, &nr);

	if (err)
		return err;
	puts("symbol,dso,self,total,self_period,total_period");
	for (size_t i = 0; i < nr; i++) {
		report_print_quoted(screen, symbols[i].symbol);
		putchar(',');
		report_print_quoted(screen, symbols[i].dso);
		printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
		       symbols[i].self, symbols[i].total,
		       symbols[i].self_period, symbols[i].total_period);
	}
	return 0;
}

/* Letters to change, add or drop to make one name the other. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[NAME_MAX_COMPARED + 1];
	size_t nr = strlen(b);

	if (nr > NAME_MAX_COMPARED || strlen(a) > NAME_MAX_COMPARED)
		return UINT32_MAX;
	for (size_t j = 0; j <= nr; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= nr; j++) {
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[nr];
}

/* Lower is nearer; UINT32_MAX: not alike. */
static unsigned int unlikeness(const char *name, const char *wanted)
{
	unsigned int d;

	if (strcasestr(name, wanted))
		return 1;
	d = distance(name, wanted);
	return d <= 2 + strlen(wanted) / 3 ? d + 1 : UINT32_MAX;
}

void report_nearest(struct lbrvirt_profile *profile, const char *symbol,
		    char *ret_text, size_t size)
{
	const struct lbrvirt_profile_symbol *symbols;
	const char *best[NR_NEAREST] = { NULL };
	unsigned int scores[NR_NEAREST];
	size_t used = 0;
	size_t nr;

	ret_text[0] = '\0';
	if (lbrvirt_profile_symbols(profile, &symbols, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		unsigned int score = unlikeness(symbols[i].symbol, symbol);
		size_t at = NR_NEAREST;

		if (score == UINT32_MAX)
			continue;
		while (at > 0 && (!best[at - 1] || scores[at - 1] > score)) {
			at--;
			if (at + 1 < NR_NEAREST && best[at]) {
				best[at + 1] = best[at];
				scores[at + 1] = scores[at];
			}
		}
		if (at < NR_NEAREST) {
			best[at] = symbols[i].symbol;
			scores[at] = score;
		}
	}
	for (size_t i = 0; i < NR_NEAREST && best[i]; i++) {
		int n = snprintf(ret_text + used, size - used, "%s%s",
				 i ? ", " : "; nearest are ", best[i]);

		if (n < 0 || (size_t)n >= size - used) {
			ret_text[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}
