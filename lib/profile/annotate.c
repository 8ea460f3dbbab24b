/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which function is meant, and where its samples fell. A name can stand for
 * several functions (of several files, or static ones of one file): the one
 * with most samples is taken, or, where none has any, with most branches.
 */
#include "config.h"

#include "profile/annotate.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "profile/branches.h"
#include "profile/profile.h"
#include "symbol/resolver.h"

/* A function of the name that is looked for. */
struct candidate {
	const struct lbrvirt_symbol *symbol; /* of some place in it */
	uint64_t samples;
	uint64_t branches;
};

struct search {
	struct lbrvirt_profile *profile;
	const char *name;
	const char *file; /* NULL: any */
	struct intern *keys;
	struct candidate *candidates;
	size_t nr;
	size_t capacity;
	uint64_t *samples; /* by location of the profile's stacks */
	uint64_t *periods;
	/* A function that calls of the name are inlined into. */
	const struct lbrvirt_symbol *outer;
	uint64_t outer_samples;
	/* A function that has the name in its own. */
	const struct lbrvirt_symbol *near;
	uint64_t near_samples;
	/* The file with most samples that nothing is known of. */
	struct dso *lost;
	uint64_t lost_samples;
};

/* Samples by the address they fell on. */
static int sum_locations(struct search *search)
{
	const struct stacks *stacks = &search->profile->stacks;

	search->samples =
		calloc(stacks->nr_locations + 1, sizeof(*search->samples));
	search->periods =
		calloc(stacks->nr_locations + 1, sizeof(*search->periods));
	if (!search->samples || !search->periods)
		return -ENOMEM;
	for (size_t i = 0; i < stacks->nr_entries; i++) {
		const struct stacks_entry *entry = &stacks->entries[i];
		uint32_t leaf;

		if (!entry->nr)
			continue;
		leaf = stacks->frames[entry->first];
		search->samples[leaf] += entry->samples;
		search->periods[leaf] += entry->period;
	}
	return 0;
}

static bool is_wanted_file(const struct search *search, const char *path)
{
	const char *slash = strrchr(path, '/');

	return !search->file || strcmp(path, search->file) == 0 ||
	       (slash && strcmp(slash + 1, search->file) == 0);
}

static void note_inlined(struct search *search,
			 const struct lbrvirt_symbol *symbols, size_t nr,
			 uint64_t samples)
{
	for (size_t i = 0; i + 1 < nr; i++) {
		if (strcmp(symbols[i].name, search->name) != 0 ||
		    samples <= search->outer_samples)
			continue;
		search->outer = &symbols[nr - 1];
		search->outer_samples = samples;
	}
}

/* The most sampled place of a function that is nearly called that. */
static void note_near(struct search *search,
		      const struct lbrvirt_symbol *symbol, uint64_t samples)
{
	if (!symbol->has_name || samples <= search->near_samples ||
	    !strstr(symbol->name, search->name))
		return;
	search->near = symbol;
	search->near_samples = samples;
}

/* A place in some function, with what was counted there. @file: what files
 * are told apart by. */
static int take_place(struct search *search, const void *file,
		      const struct lbrvirt_symbol *symbols, size_t nr,
		      uint64_t samples, uint64_t branches)
{
	const struct lbrvirt_symbol *symbol = &symbols[nr - 1];
	const uint64_t key[2] = { (uintptr_t)file, symbol->start };
	void *array = search->candidates;
	uint32_t id;
	int is_new;

	if (!is_wanted_file(search, symbol->dso))
		return 0;
	if (!symbol->has_name || strcmp(symbol->name, search->name) != 0) {
		note_inlined(search, symbols, nr, samples);
		note_near(search, symbol, samples);
		return 0;
	}
	if (array_reserve(&array, &search->capacity, search->nr + 1,
			  sizeof(*search->candidates)))
		return -ENOMEM;
	search->candidates = array;
	is_new = intern_add(search->keys, key, sizeof(key), &id);
	if (is_new < 0)
		return is_new;
	if (is_new)
		search->candidates[search->nr++] =
			(struct candidate){ .symbol = symbols };
	search->candidates[id].samples += samples;
	search->candidates[id].branches += branches;
	return 0;
}

/* Without its file no function has a name: that is why it is not found. */
static void note_lost(struct search *search, struct dso *dso, uint64_t samples)
{
	if (!dso || samples <= search->lost_samples ||
	    dso_elf(resolver_dsos(search->profile->resolver), dso))
		return;
	search->lost = dso;
	search->lost_samples = samples;
}

static int take_samples(struct search *search)
{
	const struct lookup *lookup =
		resolver_lookup(search->profile->resolver);
	const struct stacks *stacks = &search->profile->stacks;
	int err = sum_locations(search);

	for (size_t i = 0; !err && i < stacks->nr_locations; i++) {
		const struct stacks_location *location = &stacks->locations[i];

		struct dso *dso = lookup_dso(lookup, location->symbols);

		if (!search->samples[i])
			continue;
		note_lost(search, dso, search->samples[i]);
		err = take_place(search, dso, location->symbols, location->nr,
				 search->samples[i], 0);
	}
	return err;
}

/*
 * Only for functions without samples. These symbols are of the branches'
 * resolver, whose files are others: the profile's is asked again by whoever
 * takes the candidate.
 */
static int take_branches(struct search *search,
			 const struct lbrvirt_branches *branches)
{
	int err = 0;

	for (size_t i = 0; !err && i < branches->nr_pairs; i++) {
		const struct lbrvirt_branch_pair *sums =
			&branches->pairs[i].sums;

		if (!branches->pairs[i].is_refused)
			err = take_place(search, sums->from.symbols[0].dso,
					 sums->from.symbols,
					 sums->from.nr_symbols, 0, sums->count);
	}
	return err;
}

static const struct candidate *best_of(const struct search *search)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < search->nr; i++) {
		const struct candidate *c = &search->candidates[i];

		if (!best || c->samples > best->samples ||
		    (c->samples == best->samples &&
		     c->branches > best->branches))
			best = c;
	}
	return best;
}

static const char *hex_of(const struct dso *dso, char text[41])
{
	for (unsigned int i = 0; i < dso->build_id_size; i++) {
		text[2 * i] = "0123456789abcdef"[dso->build_id[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[dso->build_id[i] & 15];
	}
	text[2 * dso->build_id_size] = '\0';
	return text;
}

/* Why a file that samples fell into is not to be had. */
static int complain_of_file(struct lbrvirt_context *ctx, struct dso_table *dsos,
			    struct dso *dso)
{
	char id[41];

	if (dso_is_replaced(dsos, dso))
		return error_set(
			ctx, ENOENT,
			"%.300s is not the file that was recorded (build-id %s), it was changed since: name a folder with the old one by --symfs",
			dso->path,
			dso->build_id_size ? hex_of(dso, id) : "unknown");
	return error_set(
		ctx, ENOENT,
		"%.300s is not there any more, so its functions are not known: name a folder that has it by --symfs",
		dso->path);
}

static int complain(const struct search *search)
{
	struct lbrvirt_context *ctx = search->profile->ctx;

	if (search->outer)
		return error_set(
			ctx, ENOENT,
			"'%.200s' has no code of its own here, it is inlined: annotate '%.200s', where most of its samples are",
			search->name, search->outer->name);
	if (search->near)
		return error_set(
			ctx, ENOENT,
			"no sample fell into a function '%.200s': is it '%.400s'?",
			search->name, search->near->name);
	if (search->lost)
		return complain_of_file(
			ctx, resolver_dsos(search->profile->resolver),
			search->lost);
	return error_set(
		ctx, ENOENT,
		"no sample fell into a function '%.200s'%s%.200s: lbrprof report --flat lists those with samples",
		search->name, search->file ? " of " : "",
		search->file ? search->file : "");
}

/* The file that was recorded, or why it is not to be had. */
static int check_file(struct annotation *annotation, const char *dso_name)
{
	struct dso *dso = annotation->dso;

	if (!dso)
		return error_set(
			annotation->ctx, ENOENT,
			"the code of '%.200s' is in no file, but in %.200s: only code of programs and libraries can be annotated",
			annotation->shown.symbol, dso_name);
	annotation->shown.path = dso_file_path(annotation->dsos, dso);
	if (annotation->shown.path)
		return 0;
	return complain_of_file(annotation->ctx, annotation->dsos, dso);
}

/* Of all functions of a path, the profile's file. */
static struct dso *find_dso(const struct annotation *annotation,
			    const struct candidate *candidate)
{
	uint32_t nr = dso_table_count(annotation->dsos);

	if (candidate->samples)
		return lookup_dso(annotation->lookup, candidate->symbol);
	for (uint32_t i = 0; i < nr; i++) {
		struct dso *dso = dso_table_at(annotation->dsos, i);

		if ((dso->kind == DSO_FILE || dso->kind == DSO_VDSO) &&
		    strcmp(dso->path, candidate->symbol->dso) == 0)
			return dso;
	}
	return NULL;
}

static int find_function(struct annotation *annotation, struct search *search,
			 const struct lbrvirt_branches *branches)
{
	const struct candidate *best;
	int err = take_samples(search);

	if (!err && !search->nr && branches)
		err = take_branches(search, branches);
	if (err)
		return err;
	best = best_of(search);
	if (!best)
		return complain(search);
	annotation->dso = find_dso(annotation, best);
	annotation->shown.symbol =
		intern_string(annotation->strings, search->name);
	annotation->shown.dso =
		intern_string(annotation->strings, best->symbol->dso);
	annotation->shown.nr_other_places = search->nr - 1;
	if (!annotation->shown.symbol || !annotation->shown.dso)
		return -ENOMEM;
	/* All calls inlined there have the start of their function. */
	annotation->offset = best->symbol->start;
	return check_file(annotation, best->symbol->dso);
}

static void count_samples(struct annotation *annotation,
			  const struct search *search)
{
	const struct stacks *stacks = &search->profile->stacks;
	struct lbrvirt_annotation *shown = &annotation->shown;

	for (size_t i = 0; i < stacks->nr_locations; i++) {
		const struct lbrvirt_symbol *symbols =
			stacks->locations[i].symbols;
		uint64_t offset = symbols[0].dso_offset;
		size_t at;

		if (!search->samples[i] ||
		    offset - annotation->offset >= shown->end - shown->start ||
		    lookup_dso(annotation->lookup, symbols) != annotation->dso)
			continue;
		at = annotate_find(annotation, offset);
		if (at == LBRVIRT_ANNOTATE_NONE) {
			shown->misplaced += search->samples[i];
			continue;
		}
		annotation->instructions[at].samples += search->samples[i];
		annotation->instructions[at].period += search->periods[i];
		shown->samples += search->samples[i];
		shown->period += search->periods[i];
	}
	shown->all_samples = search->profile->totals.samples;
	shown->all_period = search->profile->totals.period;
}

static int build(struct annotation *annotation, struct search *search,
		 const struct lbrvirt_branches *branches,
		 const struct lbrvirt_annotate_opts *opts)
{
	int err = intern_new(&annotation->strings);

	if (!err)
		err = intern_new(&search->keys);
	if (!err)
		err = find_function(annotation, search, branches);
	if (!err)
		err = annotate_read_code(annotation, opts->is_intel);
	if (err)
		return err;
	count_samples(annotation, search);
	err = annotate_make_blocks(annotation, branches);
	if (!err)
		err = annotate_make_lines(annotation, opts->source_dir,
					  opts->no_source);
	return err;
}

int lbrvirt_annotate(struct lbrvirt_profile *profile,
		     struct lbrvirt_branches *branches, const char *symbol,
		     const struct lbrvirt_annotate_opts *opts,
		     struct lbrvirt_annotation **ret_annotation)
{
	static const struct lbrvirt_annotate_opts defaults = {
		.size = sizeof(defaults)
	};
	struct search search = { .profile = profile, .name = symbol };
	struct annotation *annotation;
	int err;

	if (!profile || !symbol || !ret_annotation ||
	    (opts && opts->size != sizeof(*opts)))
		return error_set(
			profile ? profile->ctx : NULL, EINVAL,
			"a pointer is NULL, or settings are of another version");
	if (!opts)
		opts = &defaults;
	annotation = calloc(1, sizeof(*annotation));
	if (!annotation)
		return error_set(profile->ctx, ENOMEM, "out of memory");
	profile_sum(profile);
	annotation->ctx = profile->ctx;
	annotation->lookup = resolver_lookup(profile->resolver);
	annotation->dsos = resolver_dsos(profile->resolver);
	search.file = opts->dso;
	err = build(annotation, &search, branches, opts);
	intern_free(search.keys);
	free(search.candidates);
	free(search.samples);
	free(search.periods);
	if (err) {
		lbrvirt_annotation_free(&annotation->shown);
		return err == -ENOMEM ? error_set(profile->ctx, ENOMEM,
						  "out of memory") :
					err;
	}
	*ret_annotation = &annotation->shown;
	return 0;
}

void lbrvirt_annotation_free(struct lbrvirt_annotation *annotation)
{
	struct annotation *inside = (struct annotation *)annotation;

	if (!inside)
		return;
	free(inside->instructions);
	free(inside->blocks);
	free(inside->lines);
	intern_free(inside->strings);
	free(inside);
}
