/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands above the tree: where the numbers come from, and how far they
 * can be trusted.
 */
#include "config.h"

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define NSEC_PER_SEC 1e9
/* Stretches of stolen time that are named. */
#define STEAL_SHOWN 4

/* "%-9s" and a blank: where the values begin. */
static void print_label(const char *label)
{
	printf("%-9s ", label);
}

/* A text out of the file: made safe, not cut. */
static void print_safe(const struct text_screen *screen, const char *text)
{
	struct text_screen uncut = *screen;
	char *safe;

	uncut.width = UINT32_MAX;
	safe = text_name(&uncut, text, UINT32_MAX);
	fputs(safe ? safe : "?", stdout);
	free(safe);
}

/* A line of its own for @text, where there is one. */
static void print_note(const struct text_screen *screen, const char *label,
		       const char *text)
{
	if (!text)
		return;
	print_label(label);
	print_safe(screen, text);
	putchar('\n');
}

/* A note of several lines. */
static void print_lines(const struct text_screen *screen, const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t length = end ? (size_t)(end - text) : strlen(text);
		char *line = strndup(text, length);

		print_safe(screen, line ? line : "");
		putchar('\n');
		free(line);
		text += length + (end ? 1 : 0);
	}
}

static void print_command(const struct text_screen *screen,
			  const struct lbrvirt_perfdata_header *header)
{
	if (!header->nr_cmdline)
		return;
	print_label("command");
	for (size_t i = 0; i < header->nr_cmdline; i++) {
		if (i)
			putchar(' ');
		print_safe(screen, header->cmdline[i]);
	}
	putchar('\n');
}

static void print_host(const struct text_screen *screen,
		       const struct lbrvirt_perfdata_header *header)
{
	const char *const words[] = { header->hostname, header->osrelease,
				      header->arch };
	bool is_first = true;

	if (!header->hostname && !header->osrelease && !header->cpudesc)
		return;
	print_label("host");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i])
			continue;
		fputs(is_first ? "" : ", ", stdout);
		print_safe(screen, words[i]);
		is_first = false;
	}
	if (header->nr_cpus_online)
		printf("%s%" PRIu32 " CPU%s", is_first ? "" : ", ",
		       header->nr_cpus_online,
		       header->nr_cpus_online == 1 ? "" : "s");
	putchar('\n');
	print_note(screen, "CPU", header->cpudesc);
}

/* Where the host took much of the time. */
static void print_steal(const struct lbrvirt_perfdata *data)
{
	struct lbrvirt_steal steal;
	size_t nr = 0;

	while (lbrvirt_perfdata_steal(data, nr, &steal) == 0) {
		if (nr == 0)
			print_label("steal");
		if (nr < STEAL_SHOWN)
			printf("%s%.0f%% between %.0f s and %.0f s",
			       nr ? ", " : "", steal.percent,
			       (double)(steal.begin_ns - steal.origin_ns) /
				       NSEC_PER_SEC,
			       (double)(steal.end_ns - steal.origin_ns) /
				       NSEC_PER_SEC);
		nr++;
	}
	if (nr > STEAL_SHOWN)
		printf(", and %zu times more", nr - STEAL_SHOWN);
	if (nr)
		putchar('\n');
}

void report_print_head(const struct text_screen *screen, const char *path,
		       const struct lbrvirt_perfdata *data)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(data);
	const char *ladder = lbrvirt_perfdata_note(data, "ladder");

	print_label("file");
	print_safe(screen, path);
	fputs(header->is_finished ? "\n" :
				    " (the recorder did not end it properly)\n",
	      stdout);
	print_command(screen, header);
	print_host(screen, header);
	if (ladder)
		print_lines(screen, ladder);
	print_note(screen, "PV LBR", lbrvirt_perfdata_note(data, "pv"));
	print_note(screen, "overhead", lbrvirt_perfdata_note(data, "overhead"));
	print_steal(data);
}

static void print_event(const struct lbrvirt_perfdata *data,
			const struct lbrvirt_event *event)
{
	print_label("event");
	if (!event) {
		puts("unknown");
		return;
	}
	fputs(event->name, stdout);
	if (event->attr.freq)
		printf(", %s%" PRIu64 " samples a second",
		       lbrvirt_perfdata_note(data, "overhead") ? "up to " : "",
		       (uint64_t)event->attr.sample_freq);
	else if (event->attr.sample_period)
		printf(", a sample every %" PRIu64,
		       (uint64_t)event->attr.sample_period);
	printf("; stacks: %s\n", input_stack_source(data, event));
}

void report_print_leftovers(const struct profiles_leftovers *leftovers)
{
	if (leftovers->nr_unknown) {
		print_label("records");
		printf("%" PRIu64 " of unknown types skipped:",
		       leftovers->nr_unknown);
		for (size_t i = 0; i < leftovers->nr_types; i++)
			printf("%s type %" PRIu32 " (%" PRIu64 ")",
			       i ? "," : "", leftovers->types[i].type,
			       leftovers->types[i].nr);
		putchar('\n');
	}
	if (leftovers->nr_stray) {
		print_label("records");
		printf("%" PRIu64 " samples of no known event left out\n",
		       leftovers->nr_stray);
	}
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

/* @has_stacks: more than the sampled address was recorded. */
static void print_whole(const struct lbrvirt_profile_totals *totals,
			bool has_stacks)
{
	uint64_t n = totals->samples;

	print_label("stacks");
	if (!has_stacks) {
		printf("none were recorded; %" PRIu64 " distinct addresses\n",
		       totals->nr_stacks);
		return;
	}
	printf("%.1f%% complete, %.1f%% truncated, %.1f%% broken",
	       share(totals->complete, n), share(totals->truncated, n),
	       share(totals->broken, n));
	if (totals->unknown)
		printf(", %.1f%% unknown", share(totals->unknown, n));
	printf("; %" PRIu64 " distinct\n", totals->nr_stacks);
}

/* Samples by what their branch records were worth, where they have any. */
static void print_integrity(const struct lbrvirt_profile_totals *totals)
{
	size_t nr = sizeof(totals->integrity) / sizeof(totals->integrity[0]);
	const char *before = "";
	uint64_t all = 0;

	for (size_t i = LBRVIRT_INTEGRITY_INTACT; i < nr; i++)
		all += totals->integrity[i];
	if (!all)
		return;
	print_label("branches");
	for (size_t i = LBRVIRT_INTEGRITY_INTACT; i < nr; i++) {
		if (!totals->integrity[i])
			continue;
		printf("%s%.1f%% %s", before, share(totals->integrity[i], all),
		       lbrvirt_integrity_text((enum lbrvirt_integrity)i));
		before = ", ";
	}
	putchar('\n');
}

/* Where the frames came from, in one line. */
static void print_origins(const struct lbrvirt_profile_totals *totals)
{
	static const struct {
		enum lbrvirt_provenance provenance;
		const char *name;
	} shown[] = {
		{ LBRVIRT_FROM_LBR, "branch records" },
		{ LBRVIRT_FROM_CFI, "unwound" },
		{ LBRVIRT_FROM_FP, "frame pointers" },
	};
	size_t nr = sizeof(shown) / sizeof(shown[0]);
	const char *before = "";
	uint64_t all = 0;

	for (size_t i = 0; i < nr; i++)
		all += totals->frames_by_provenance[shown[i].provenance];
	if (!totals->frames_by_provenance[LBRVIRT_FROM_LBR])
		return;
	print_label("callers");
	for (size_t i = 0; i < nr; i++) {
		uint64_t part =
			totals->frames_by_provenance[shown[i].provenance];

		if (!part)
			continue;
		printf("%s%.1f%% from %s", before, share(part, all),
		       shown[i].name);
		before = ", ";
	}
	putchar('\n');
}

void report_print_sums(const struct lbrvirt_perfdata *data,
		       const struct lbrvirt_event *event,
		       struct lbrvirt_profile *profile)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);

	print_event(data, event);
	print_label("samples");
	printf("%" PRIu64 " in %.2f s, %" PRIu64 " lost", totals->samples,
	       (double)(totals->last_ns - totals->first_ns) / NSEC_PER_SEC,
	       totals->lost);
	if (totals->filtered_out)
		printf("; %" PRIu64 " others filtered out",
		       totals->filtered_out);
	putchar('\n');
	if (totals->samples)
		print_whole(totals, strcmp(input_stack_source(data, event),
					   "none") != 0);
	print_integrity(totals);
	print_origins(totals);
}

void report_print_provenance(struct lbrvirt_profile *profile)
{
	static const char *const names[] = {
		[LBRVIRT_FROM_SAMPLE] = "sampled address",
		[LBRVIRT_FROM_KERNEL] = "kernel's call chain",
		[LBRVIRT_FROM_FP] = "frame pointer",
		[LBRVIRT_FROM_CFI] = "call frame information",
		[LBRVIRT_FROM_LBR] = "branch record",
		[LBRVIRT_FROM_CHAIN] = "call chain, origin not said",
		[LBRVIRT_FROM_STITCH] = "branch record of the sample before",
	};
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);
	uint64_t all = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		all += totals->frames_by_provenance[i];
	printf("frames    %" PRIu64 "\n", all);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (totals->frames_by_provenance[i])
			printf("  %5.1f%%  %s\n",
			       share(totals->frames_by_provenance[i], all),
			       names[i]);
}
