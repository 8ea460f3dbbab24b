/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * profile.proto for pprof. Its fields may come in any order and repeated ones
 * one by one, so strings, functions and locations are written when a sample
 * first needs them, and mappings, whose ends are known last, at the end.
 *
 * Names that Go's pprof prints go to a terminal as they are, so controls are
 * taken out here. Addresses are the files' own, so that each file is mapped
 * from 0 on.
 *
 * Format: github.com/google/pprof, proto/profile.proto.
 */
#include "config.h"

#include <lbrvirt/export.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "export/escape.h"
#include "export/gzip.h"
#include "export/job.h"
#include "export/proto.h"

/* Handed to zlib in pieces of at least this. */
#define ENOUGH (64 * 1024)

/* Field numbers of the messages. */
enum profile_field {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_DURATION = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_COMMENT = 13,
};

enum value_type_field { VALUE_TYPE = 1, VALUE_UNIT = 2 };

enum sample_field { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES = 2, SAMPLE_LABEL = 3 };

enum label_field { LABEL_KEY = 1, LABEL_STRING = 2, LABEL_NUMBER = 3 };

enum mapping_field {
	MAPPING_ID = 1,
	MAPPING_LIMIT = 3,
	MAPPING_FILE = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILES = 8,
	MAPPING_HAS_LINES = 9,
	MAPPING_HAS_INLINED = 10,
};

enum location_field {
	LOCATION_ID = 1,
	LOCATION_MAPPING = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4,
};

enum line_field { LINE_FUNCTION = 1, LINE_NUMBER = 2 };

enum function_field {
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILE = 4,
};

/* A file, by the id of its name in strings. */
struct mapping {
	uint64_t limit;
	uint64_t samples; /* with it on top */
};

struct pprof {
	struct job job;
	struct gzip *gzip;
	struct intern *strings;	  /* id + 1; 0 is "" */
	struct intern *functions; /* name, file, source; id + 1 */
	struct intern *files;	  /* ids index mappings; id + 1 */
	struct mapping *mappings;
	const char **paths; /* the same, of the resolver */
	size_t mappings_capacity;
	size_t paths_capacity;
	bool *is_written; /* one a location */
	struct text clean;
	struct text message;
	struct text inner;
	struct text list;
	struct { /* strings that every sample has */
		uint64_t comm;
		uint64_t process;
		uint64_t thread;
	} keys;
};

/* Where the string stands in the table, after it was put there. */
static int put_string(struct pprof *p, const char *string, uint64_t *ret_index)
{
	uint32_t id;
	int is_new;

	p->clean.bytes.size = 0;
	escape_line(&p->clean, string, "");
	if (p->clean.is_short)
		return -ENOMEM;
	*ret_index = 0;
	if (!p->clean.bytes.size)
		return 0;
	is_new = intern_add(p->strings, p->clean.bytes.bytes,
			    p->clean.bytes.size, &id);
	if (is_new < 0)
		return -ENOMEM;
	if (is_new)
		proto_bytes(&p->job.text, PROFILE_STRING, p->clean.bytes.bytes,
			    p->clean.bytes.size);
	*ret_index = (uint64_t)id + 1;
	return 0;
}

static int put_function(struct pprof *p, const struct stacks_function *function,
			const char *file, uint64_t *ret_id)
{
	uint64_t key[3];
	uint32_t id;
	int is_new;

	if (put_string(p, function->symbol, &key[0]) ||
	    put_string(p, function->dso, &key[1]) ||
	    put_string(p, file ? file : "", &key[2]))
		return -ENOMEM;
	is_new = intern_add(p->functions, key, sizeof(key), &id);
	if (is_new < 0)
		return -ENOMEM;
	*ret_id = (uint64_t)id + 1;
	if (!is_new)
		return 0;
	proto_number(&p->message, FUNCTION_ID, *ret_id);
	proto_number(&p->message, FUNCTION_NAME, key[0]);
	proto_number(&p->message, FUNCTION_SYSTEM_NAME, key[0]);
	proto_number(&p->message, FUNCTION_FILE, key[2]);
	proto_message(&p->job.text, PROFILE_FUNCTION, &p->message);
	return 0;
}

static int find_mapping(struct pprof *p, const char *path, uint32_t *ret_index)
{
	void *mappings = p->mappings;
	void *paths = p->paths;
	int is_new = intern_add(p->files, path, strlen(path), ret_index);

	if (is_new < 0)
		return -ENOMEM;
	if (!is_new)
		return 0;
	if (array_reserve(&mappings, &p->mappings_capacity,
			  (size_t)*ret_index + 1, sizeof(*p->mappings)))
		return -ENOMEM;
	p->mappings = mappings;
	if (array_reserve(&paths, &p->paths_capacity, (size_t)*ret_index + 1,
			  sizeof(*p->paths)))
		return -ENOMEM;
	p->paths = paths;
	p->mappings[*ret_index] = (struct mapping){ 0 };
	p->paths[*ret_index] = path;
	return 0;
}

static int put_location(struct pprof *p, uint32_t index)
{
	const struct stacks *stacks = p->job.stacks;
	const struct stacks_location *location = &stacks->locations[index];
	uint64_t address = stacks_address(location);
	uint32_t nr;
	const uint32_t *functions = stacks_functions(stacks, index, &nr);
	uint32_t mapping;
	int err = find_mapping(p, location->symbols[nr - 1].dso, &mapping);

	if (err)
		return err;
	if (address >= p->mappings[mapping].limit)
		p->mappings[mapping].limit =
			address == UINT64_MAX ? address : address + 1;
	p->list.bytes.size = 0;
	for (uint32_t i = 0; !err && i < nr; i++) {
		const struct lbrvirt_symbol *symbol = &location->symbols[i];
		uint64_t function;

		err = put_function(p, &stacks->functions[functions[i]],
				   symbol->file, &function);
		if (err)
			return err;
		proto_number(&p->inner, LINE_FUNCTION, function);
		proto_number(&p->inner, LINE_NUMBER,
			     symbol->file ? symbol->line : 0);
		proto_message(&p->list, LOCATION_LINE, &p->inner);
	}
	proto_number(&p->message, LOCATION_ID, (uint64_t)index + 1);
	proto_number(&p->message, LOCATION_MAPPING, (uint64_t)mapping + 1);
	proto_number(&p->message, LOCATION_ADDRESS, address);
	text_put(&p->message, p->list.bytes.bytes, p->list.bytes.size);
	p->message.is_short |= p->list.is_short;
	proto_message(&p->job.text, PROFILE_LOCATION, &p->message);
	p->is_written[index] = true;
	return 0;
}

static void put_label(struct pprof *p, uint64_t key, unsigned int field,
		      uint64_t value)
{
	proto_number(&p->inner, LABEL_KEY, key);
	proto_number(&p->inner, field, value);
	proto_message(&p->message, SAMPLE_LABEL, &p->inner);
}

static int put_locations(struct pprof *p, const struct stacks_entry *stack)
{
	const struct stacks *stacks = p->job.stacks;

	for (uint32_t i = 0; i < stack->nr; i++) {
		uint32_t location = stacks->frames[stack->first + i];
		uint32_t mapping;
		const struct stacks_location *l = &stacks->locations[location];

		if (!p->is_written[location] && put_location(p, location))
			return -ENOMEM;
		if (i)
			continue;
		if (find_mapping(p, l->symbols[l->nr - 1].dso, &mapping))
			return -ENOMEM;
		p->mappings[mapping].samples += stack->samples;
	}
	return 0;
}

static int put_sample(struct pprof *p, const struct stacks_entry *stack)
{
	const struct stacks *stacks = p->job.stacks;
	uint64_t comm;

	if (put_locations(p, stack) ||
	    put_string(p, stacks_string(stacks, stack->comm), &comm))
		return -ENOMEM;
	for (uint32_t i = 0; i < stack->nr; i++)
		proto_varint(&p->inner,
			     (uint64_t)stacks->frames[stack->first + i] + 1);
	proto_message(&p->message, SAMPLE_LOCATIONS, &p->inner);
	proto_varint(&p->inner, stack->samples);
	proto_varint(&p->inner, stack->period);
	proto_message(&p->message, SAMPLE_VALUES, &p->inner);
	put_label(p, p->keys.comm, LABEL_STRING, comm);
	put_label(p, p->keys.process, LABEL_NUMBER, stack->pid);
	if (stacks->by_thread)
		put_label(p, p->keys.thread, LABEL_NUMBER, stack->tid);
	proto_message(&p->job.text, PROFILE_SAMPLE, &p->message);
	return 0;
}

static int put_value_type(struct pprof *p, enum profile_field field,
			  const char *type, const char *unit)
{
	uint64_t type_index;
	uint64_t unit_index;

	if (put_string(p, type, &type_index) ||
	    put_string(p, unit, &unit_index))
		return -ENOMEM;
	proto_number(&p->message, VALUE_TYPE, type_index);
	proto_number(&p->message, VALUE_UNIT, unit_index);
	proto_message(&p->job.text, field, &p->message);
	return 0;
}

/* The command that was recorded, word by word, and the host. */
static int put_comments(struct pprof *p)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(p->job.file);
	uint64_t index;

	for (size_t i = 0; header && i < header->nr_cmdline; i++) {
		if (put_string(p, header->cmdline[i], &index))
			return -ENOMEM;
		proto_number(&p->job.text, PROFILE_COMMENT, index);
	}
	if (!header || !header->hostname)
		return 0;
	if (put_string(p, header->hostname, &index))
		return -ENOMEM;
	proto_number(&p->job.text, PROFILE_COMMENT, index);
	return 0;
}

static int put_head(struct pprof *p)
{
	const struct lbrvirt_profile_totals *totals = &p->job.profile->totals;
	const char *unit = p->job.is_time ? "nanoseconds" : "count";
	const char *name = job_period_name(&p->job);
	uint64_t duration = totals->last_ns - totals->first_ns;
	int err;

	/* A profile of no samples has no event's name. */
	if (!name[0])
		name = "events";
	proto_bytes(&p->job.text, PROFILE_STRING, "", 0);
	err = put_value_type(p, PROFILE_SAMPLE_TYPE, "samples", "count");
	if (!err)
		err = put_value_type(p, PROFILE_SAMPLE_TYPE, name, unit);
	if (!err)
		err = put_value_type(p, PROFILE_PERIOD_TYPE, name, unit);
	if (!err)
		err = put_string(p, "comm", &p->keys.comm);
	if (!err)
		err = put_string(p, "process", &p->keys.process);
	if (!err)
		err = put_string(p, "thread", &p->keys.thread);
	if (duration > INT64_MAX) /* the field's numbers are signed */
		duration = INT64_MAX;
	proto_number(&p->job.text, PROFILE_DURATION, duration);
	return err ? err : put_comments(p);
}

static int put_mapping(struct pprof *p, uint32_t index)
{
	char build_id[JOB_BUILD_ID_SIZE];
	uint64_t path_index;
	uint64_t build_id_index;

	job_build_id(&p->job, p->paths[index], build_id);
	if (put_string(p, p->paths[index], &path_index) ||
	    put_string(p, build_id, &build_id_index))
		return -ENOMEM;
	proto_number(&p->message, MAPPING_ID, (uint64_t)index + 1);
	proto_number(&p->message, MAPPING_LIMIT, p->mappings[index].limit);
	proto_number(&p->message, MAPPING_FILE, path_index);
	proto_number(&p->message, MAPPING_BUILD_ID, build_id_index);
	/* What is not known here, pprof would not find out either, and asking
	 * it to try makes it look for files and servers. */
	proto_number(&p->message, MAPPING_HAS_FUNCTIONS, 1);
	proto_number(&p->message, MAPPING_HAS_FILES, 1);
	proto_number(&p->message, MAPPING_HAS_LINES, 1);
	proto_number(&p->message, MAPPING_HAS_INLINED, 1);
	proto_message(&p->job.text, PROFILE_MAPPING, &p->message);
	return 0;
}

/* Neither the kernel nor "//anon" nor "[vdso]". */
static bool is_file(const char *path)
{
	return path[0] == '/' && path[1] != '/';
}

/* The first one is taken for the program: the file that ran most. */
static int put_mappings(struct pprof *p)
{
	uint32_t nr = intern_count(p->files);
	uint32_t program = 0;
	int err;

	for (uint32_t i = 1; i < nr; i++)
		if (is_file(p->paths[i]) &&
		    (!is_file(p->paths[program]) ||
		     p->mappings[i].samples > p->mappings[program].samples))
			program = i;
	err = nr ? put_mapping(p, program) : 0;
	for (uint32_t i = 0; !err && i < nr; i++)
		if (i != program)
			err = put_mapping(p, i);
	return err;
}

static int pass_on(struct pprof *p, size_t enough)
{
	if (p->job.text.is_short)
		return -ENOMEM;
	if (p->job.text.bytes.size < enough)
		return 0;
	return gzip_take(p->gzip, &p->job.text.bytes);
}

static int put_file(struct pprof *p)
{
	const struct stacks *stacks = p->job.stacks;
	int err = put_head(p);

	for (size_t i = 0; !err && i < stacks->nr_entries; i++) {
		if (!stacks->entries[i].samples)
			continue;
		err = put_sample(p, &stacks->entries[i]);
		if (!err)
			err = pass_on(p, ENOUGH);
	}
	if (!err)
		err = put_mappings(p);
	if (!err)
		err = pass_on(p, 0);
	return err ? err : gzip_finish(p->gzip);
}

static int set_up(struct pprof *p, FILE *out)
{
	int err = gzip_new(out, &p->gzip);

	if (!err)
		err = intern_new(&p->strings);
	if (!err)
		err = intern_new(&p->functions);
	if (!err)
		err = intern_new(&p->files);
	if (err)
		return err;
	p->is_written =
		calloc(p->job.stacks->nr_locations + 1, sizeof(*p->is_written));
	return p->is_written ? 0 : -ENOMEM;
}

static void tear_down(struct pprof *p)
{
	gzip_free(p->gzip);
	intern_free(p->strings);
	intern_free(p->functions);
	intern_free(p->files);
	free(p->mappings);
	free(p->paths);
	free(p->is_written);
	text_fini(&p->clean);
	text_fini(&p->message);
	text_fini(&p->inner);
	text_fini(&p->list);
}

int lbrvirt_export_pprof(struct lbrvirt_profile *profile,
			 const struct lbrvirt_export_opts *opts, FILE *out)
{
	struct pprof p = { .gzip = NULL };
	int err = job_begin(&p.job, profile, opts, out);

	if (!err)
		err = set_up(&p, out);
	if (!err)
		err = put_file(&p);
	tear_down(&p);
	return job_end(&p.job, err);
}
