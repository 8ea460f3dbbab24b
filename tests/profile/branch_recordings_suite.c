/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings with branches, made by others on Intel and AMD processors, beside
 * which stands what another decoder read in them. They are read where they
 * lie, in LBRVIRT_RECORDINGS or beside the source tree, and are no part of it.
 */
#include "config.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <lbrvirt/lbrvirt.h>

#include "base/buffer.h"
#include "profile/suites.h"

#define ENDING ".samples.tsv.gz"

/* The column of branches, counted from 0. */
#define COLUMN 7

struct pair {
	uint64_t from;
	uint64_t to;
	uint64_t count;
	uint64_t mispredicted;
	uint64_t cycles;
};

/* What the other decoder read, each pair of addresses once. */
struct oracle {
	struct buffer pairs;
	struct lbrvirt_branches_totals totals;
	uint64_t runs; /* two entries side by side, neither empty */
};

static glob_t list_recordings(void)
{
	const char *folder = getenv("LBRVIRT_RECORDINGS");
	const char *top = getenv("top_srcdir");
	glob_t found = { 0 };
	char pattern[4096];

	if (folder)
		snprintf(pattern, sizeof(pattern), "%s/*/*" ENDING, folder);
	else
		snprintf(pattern, sizeof(pattern),
			 "%s/../shared/recordings/*/*" ENDING, top ? top : ".");
	if (glob(pattern, 0, NULL, &found) != 0)
		printf("skipped: no recordings as %s; set LBRVIRT_RECORDINGS\n",
		       pattern);
	return found;
}

static struct pair *pairs_of(struct oracle *oracle)
{
	return (struct pair *)oracle->pairs.bytes;
}

static size_t nr_pairs_of(const struct oracle *oracle)
{
	return oracle->pairs.size / sizeof(struct pair);
}

static void note_branch(struct oracle *oracle, const struct pair *pair)
{
	ck_assert_int_eq(buffer_append(&oracle->pairs, pair, sizeof(*pair)), 0);
	oracle->totals.entries++;
	oracle->totals.mispredicted += pair->mispredicted;
	oracle->totals.cycles += pair->cycles;
}

/* "nr:from>to/flags from>to/flags …" */
static void note_branches(struct oracle *oracle, char *column)
{
	char *words = strchr(column, ':');
	bool has_before = false;
	char *rest;

	if (!words)
		return;
	oracle->totals.samples++;
	for (char *word = strtok_r(words + 1, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		struct pair pair = { .count = 1 };
		uint64_t flags;

		ck_assert_int_eq(sscanf(word,
					"%" SCNx64 ">%" SCNx64 "/%" SCNx64,
					&pair.from, &pair.to, &flags),
				 3);
		if (!pair.from && !pair.to) {
			oracle->totals.empty++;
			has_before = false;
			continue;
		}
		pair.mispredicted = flags & 1;
		pair.cycles = flags >> 4 & 0xffff;
		note_branch(oracle, &pair);
		oracle->runs += has_before;
		has_before = true;
	}
}

static int by_addresses(const void *va, const void *vb)
{
	return memcmp(va, vb, 2 * sizeof(uint64_t));
}

/* Each pair of addresses once. */
static void merge(struct oracle *oracle)
{
	struct pair *pairs = pairs_of(oracle);
	size_t nr = nr_pairs_of(oracle);
	size_t kept = 0;

	if (!nr)
		return;
	qsort(pairs, nr, sizeof(*pairs), by_addresses);
	for (size_t i = 1; i < nr; i++) {
		if (by_addresses(&pairs[kept], &pairs[i]) != 0) {
			pairs[++kept] = pairs[i];
			continue;
		}
		pairs[kept].count++;
		pairs[kept].mispredicted += pairs[i].mispredicted;
		pairs[kept].cycles += pairs[i].cycles;
	}
	oracle->pairs.size = (kept + 1) * sizeof(*pairs);
}

static void read_oracle(const char *path, struct oracle *oracle)
{
	gzFile file = gzopen(path, "rb");
	struct buffer line = { 0 };
	int c;

	ck_assert_ptr_nonnull(file);
	do {
		char byte;

		line.size = 0;
		while ((c = gzgetc(file)) >= 0 && c != '\n') {
			byte = (char)c;
			ck_assert_int_eq(buffer_append(&line, &byte, 1), 0);
		}
		byte = '\0';
		ck_assert_int_eq(buffer_append(&line, &byte, 1), 0);
		if (line.size > 1 && line.bytes[0] != '#') {
			char *column = (char *)line.bytes;

			for (int i = 0; i < COLUMN; i++)
				column = strchr(column, '\t') + 1;
			column[strcspn(column, "\t")] = '\0';
			note_branches(oracle, column);
		}
	} while (c >= 0);
	gzclose(file);
	buffer_fini(&line);
	merge(oracle);
}

/* Only branches, all of one event, and a file that is read to its end. */
static bool is_comparable(const struct lbrvirt_perfdata *data, const char *path)
{
	return !strstr(path, "nr-huge") && !strstr(path, "truncated") &&
	       lbrvirt_perfdata_event_count(data) == 1 &&
	       lbrvirt_event_has_branches(lbrvirt_perfdata_event(data, 0));
}

static void compare_totals(struct lbrvirt_branches *branches,
			   const struct oracle *oracle, const char *path)
{
	const struct lbrvirt_branches_totals *ours =
		lbrvirt_branches_totals(branches);
	const struct lbrvirt_branches_totals *theirs = &oracle->totals;
	const struct lbrvirt_branch_block *blocks;
	uint64_t runs = 0;
	size_t nr;

	ck_assert_msg(ours->samples == theirs->samples, "%s: samples", path);
	ck_assert_msg(ours->entries == theirs->entries, "%s: entries", path);
	ck_assert_msg(ours->empty == theirs->empty, "%s: empty", path);
	ck_assert_msg(ours->mispredicted == theirs->mispredicted,
		      "%s: mispredicted", path);
	ck_assert_msg(ours->cycles == theirs->cycles, "%s: cycles", path);
	ck_assert_int_eq(lbrvirt_branches_blocks(branches,
						 LBRVIRT_BRANCHES_BY_COUNT,
						 &blocks, &nr),
			 0);
	for (size_t i = 0; i < nr; i++)
		runs += blocks[i].count;
	ck_assert_msg(ours->block_runs == runs, "%s: blocks", path);
	ck_assert_msg(runs + ours->runs_across + ours->runs_backward +
				      ours->runs_too_long +
				      ours->runs_wrong_path ==
			      oracle->runs,
		      "%s: runs", path);
}

/*
 * Pairs of the kernel are at the same addresses in all processes; those of
 * programs can be compared if there is but one pair for each of ours.
 */
static void compare_pairs(struct lbrvirt_branches *branches,
			  struct oracle *oracle, const char *path)
{
	const struct lbrvirt_branch_pair *pairs;
	size_t nr_kernel = 0;
	size_t nr;

	ck_assert_int_eq(lbrvirt_branches_pairs(branches,
						LBRVIRT_BRANCHES_BY_COUNT,
						&pairs, &nr),
			 0);
	ck_assert_msg(nr <= nr_pairs_of(oracle), "%s: pairs", path);
	for (size_t i = 0; i < nr; i++) {
		bool is_kernel = pairs[i].from.address >> 63 &&
				 pairs[i].to.address >> 63;
		const struct pair key = { .from = pairs[i].from.address,
					  .to = pairs[i].to.address };
		const struct pair *theirs = bsearch(&key, pairs_of(oracle),
						    nr_pairs_of(oracle),
						    sizeof(key), by_addresses);

		ck_assert_msg(theirs != NULL, "%s: a pair of our own", path);
		nr_kernel += is_kernel;
		if (!is_kernel && nr != nr_pairs_of(oracle))
			continue;
		ck_assert_msg(
			pairs[i].count == theirs->count &&
				pairs[i].mispredicted == theirs->mispredicted &&
				pairs[i].cycles == theirs->cycles,
			"%s: %" PRIx64 " to %" PRIx64, path, key.from, key.to);
	}
	for (size_t i = 0; i < nr_pairs_of(oracle); i++)
		nr_kernel -= pairs_of(oracle)[i].from >> 63 &&
			     pairs_of(oracle)[i].to >> 63;
	ck_assert_msg(nr_kernel == 0, "%s: the kernel's pairs", path);
}

/* Returns whether there was anything to compare. */
static bool compare(struct lbrvirt_context *ctx, const char *oracle_path)
{
	char *path = strndup(oracle_path, strlen(oracle_path) - strlen(ENDING));
	struct lbrvirt_branches *branches;
	struct oracle oracle = { .runs = 0 };
	struct lbrvirt_perfdata *data;
	bool is_compared = false;

	ck_assert_ptr_nonnull(path);
	ck_assert_int_eq(lbrvirt_perfdata_open(ctx, path, NULL, &data), 0);
	if (is_comparable(data, path)) {
		ck_assert_int_eq(lbrvirt_branches_new(ctx, NULL, &branches), 0);
		ck_assert_int_eq(lbrvirt_branches_load(branches, data), 0);
		read_oracle(oracle_path, &oracle);
		compare_totals(branches, &oracle, path);
		compare_pairs(branches, &oracle, path);
		lbrvirt_branches_free(branches);
		buffer_fini(&oracle.pairs);
		is_compared = true;
	}
	lbrvirt_perfdata_close(data);
	free(path);
	return is_compared;
}

START_TEST(branches_are_counted_as_another_decoder_has_them)
{
	glob_t found = list_recordings();
	struct lbrvirt_context *ctx;
	size_t nr = 0;

	ck_assert_int_eq(lbrvirt_context_new(&ctx), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		nr += compare(ctx, found.gl_pathv[i]);
	ck_assert_msg(nr > 0 || found.gl_pathc == 0,
		      "no recording with branches among %zu", found.gl_pathc);
	globfree(&found);
	lbrvirt_context_free(ctx);
}
END_TEST

Suite *branch_recordings_suite(void)
{
	Suite *suite = suite_create("recordings of branches");
	TCase *tc = tcase_create("counts");

	tcase_add_test(tc, branches_are_counted_as_another_decoder_has_them);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return suite;
}
