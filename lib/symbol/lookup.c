/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers are kept under (file, offset in it) for files, so that all processes
 * share them; under (process, address) for code made at run time; under the
 * address for the kernel. A return address is put to the sources as the byte
 * before it, and kept apart from the same address sampled.
 */
#include "config.h"

#include "symbol/lookup.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/intern.h"
#include "symbol/cache.h"
#include "symbol/demangle.h"
#include "symbol/kernel.h"
#include "symbol/object.h"
#include "symbol/perf_maps.h"

/* Parts of cache_key.space; its low half is a dso's id or a pid. */
#define SPACE_FILE    (1ull << 32)
#define SPACE_PROCESS (2ull << 32)
#define SPACE_KERNEL  (3ull << 32)
#define SPACE_RETURN  (1ull << 40)
#define SPACE_KINDS   (3ull << 32)

/* What the symbols of no file, and of the kernel, have for their dso. */
#define DSO_UNKNOWN   "[unknown]"
#define DSO_OF_KERNEL "[kernel.kallsyms]"

/*
 * Each name of a file may be the end of a longer one, so that together they are
 * many times as long as the file. The longest that compilers make of templates
 * are a few KB.
 */
#define NAME_LENGTH_MAX 8192
#define LONG_NAME	"[long name]"

/* Opened when first asked for; NULL then: it cannot be had. */
struct object_slot {
	struct object *object;
	bool is_tried;
};

struct lookup {
	struct dso_table *dsos;
	char *kallsyms;	 /* NULL: /proc/kallsyms */
	char *debug_dir; /* NULL: none */
	bool is_elsewhere;
	bool no_inline;
	bool no_demangle;
	struct intern *strings;
	struct intern *mangled; /* names as in files, to index of readable */
	const char **readable;	/* NULL: not demangled yet */
	size_t readable_capacity;
	struct cache cache;
	struct object_slot *objects; /* by dso id */
	size_t nr_objects;
	size_t objects_capacity;
	struct perf_maps maps;
	struct kernel *kernel; /* NULL: not asked for yet */
};

/* One address on its way to symbols. */
struct question {
	const struct process *process;
	const struct lbrvirt_frame *frame;
	const struct map *map; /* NULL: unmapped */
	uint64_t probe;	       /* the address put to the sources */
	uint64_t dso_offset;   /* of the frame's address, not the probe's */
	const char *dso;
	struct cache_key key;
};

int lookup_new(struct dso_table *dsos, const struct lookup_opts *opts,
	       struct lookup **ret_lookup)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return -ENOMEM;
	lookup->dsos = dsos;
	lookup->is_elsewhere = opts->is_elsewhere;
	lookup->no_inline = opts->no_inline;
	lookup->no_demangle = opts->no_demangle;
	if (opts->kallsyms)
		lookup->kallsyms = strdup(opts->kallsyms);
	if (opts->debug_dir)
		lookup->debug_dir = strdup(opts->debug_dir);
	if (!lookup->kallsyms != !opts->kallsyms ||
	    !lookup->debug_dir != !opts->debug_dir ||
	    intern_new(&lookup->strings) || intern_new(&lookup->mangled) ||
	    perf_maps_init(&lookup->maps)) {
		lookup_free(lookup);
		return -ENOMEM;
	}
	*ret_lookup = lookup;
	return 0;
}

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	cache_fini(&lookup->cache);
	for (size_t i = 0; i < lookup->nr_objects; i++)
		object_free(lookup->objects[i].object);
	free(lookup->objects);
	perf_maps_fini(&lookup->maps);
	kernel_free(lookup->kernel);
	free(lookup->readable);
	intern_free(lookup->mangled);
	intern_free(lookup->strings);
	free(lookup->debug_dir);
	free(lookup->kallsyms);
	free(lookup);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool is_kernel_proper(const char *path)
{
	return strncmp(path, DSO_OF_KERNEL, strlen(DSO_OF_KERNEL)) == 0;
}

/* "/lib/modules/…/ext4.ko.xz" is "[ext4]", as perf and kallsyms have it. */
static const char *kernel_dso(struct lookup *lookup, const struct map *map)
{
	char text[256];
	const char *name;
	size_t size;

	if (!map || is_kernel_proper(map->dso->path))
		return DSO_OF_KERNEL;
	if (map->dso->path[0] == '[')
		return map->dso->path;
	name = last_component(map->dso->path);
	size = strcspn(name, ".");
	snprintf(text, sizeof(text), "[%.*s]", (int)(size < 200 ? size : 200),
		 name);
	return intern_string(lookup->strings, text);
}

/* Complete the question: where the address lies and how it is kept. */
static void locate(struct lookup *lookup, struct question *question)
{
	const struct lbrvirt_frame *frame = question->frame;
	const struct map *map;

	question->probe = frame->address;
	if (frame->is_return && frame->address)
		question->probe--;
	map = process_find_map(question->process, question->probe);
	question->map = map;
	question->dso_offset = frame->address;
	question->key.address = frame->address;
	if (frame->is_kernel) {
		question->key.space = SPACE_KERNEL;
		question->dso = kernel_dso(lookup, map);
	} else if (!map || map->dso->kind == DSO_KERNEL) {
		question->map = NULL;
		question->key.space = SPACE_PROCESS | question->process->pid;
		question->dso = DSO_UNKNOWN;
	} else if (map->dso->kind == DSO_ANON) {
		question->key.space = SPACE_PROCESS | question->process->pid;
		question->dso = map->dso->path;
	} else {
		question->dso_offset += map->offset - map->start;
		question->key.space = SPACE_FILE | map->dso->id;
		question->key.address = question->dso_offset;
		question->dso = map->dso->path;
	}
	if (frame->is_return)
		question->key.space |= SPACE_RETURN;
}

/*
 * What nobody has a name for: the file and the offset in it, and for what is
 * not even mapped, the address.
 */
static const char *make_name(struct lookup *lookup,
			     const struct question *question)
{
	char text[512];

	if (!question->map && !question->frame->is_kernel)
		snprintf(text, sizeof(text), "0x%" PRIx64,
			 question->dso_offset);
	else
		snprintf(text, sizeof(text), "%.400s+0x%" PRIx64,
			 last_component(question->dso), question->dso_offset);
	return intern_string(lookup->strings, text);
}

/* An entry of one symbol. @name NULL: it is made up. 0 or -ENOMEM. */
static int keep_one(struct lookup *lookup, const struct question *question,
		    const char *name, uint64_t start,
		    struct cache_entry **ret_entry)
{
	bool has_name = name != NULL;
	struct cache_entry *entry;
	struct lbrvirt_symbol *symbol;

	if (!name) {
		name = make_name(lookup, question);
		start = question->dso_offset;
	}
	if (!name || !question->dso)
		return -ENOMEM;
	entry = cache_add(&lookup->cache, &question->key, 1);
	if (!entry)
		return -ENOMEM;
	symbol = &entry->symbols[0];
	symbol->name = name;
	symbol->dso = question->dso;
	symbol->has_name = has_name;
	symbol->start = start;
	symbol->offset = question->dso_offset - start;
	symbol->dso_offset = question->dso_offset;
	symbol->vaddr = question->dso_offset;
	*ret_entry = entry;
	return 0;
}

/* The recorder gives the kernel's own mapping the address of _text for an
 * offset; modules have mappings of their own. */
static struct kernel_identity identify_kernel(const struct process *process)
{
	for (const struct map *map = process_next_map(process, 0); map;
	     map = process_next_map(process, map->end)) {
		if (!is_kernel_proper(map->dso->path))
			continue;
		return (struct kernel_identity){
			.text_start = map->offset,
			.build_id = map->dso->build_id,
			.build_id_size = map->dso->build_id_size,
		};
	}
	return (struct kernel_identity){ .text_start = 0 };
}

static int find_in_kernel(struct lookup *lookup, struct question *question,
			  struct cache_entry **ret_entry)
{
	struct kernel_identity identity;
	const struct name *name;
	uint64_t start = 0;
	int err;

	if (!lookup->kernel) {
		identity = identify_kernel(question->process);
		identity.is_elsewhere = lookup->is_elsewhere;
		err = kernel_new(lookup->kallsyms, &identity, &lookup->kernel);
		if (err)
			return err;
	}
	name = kernel_find(lookup->kernel, question->probe, &start);
	if (name && name->dso)
		question->dso = name->dso;
	return keep_one(lookup, question, name ? name->text : NULL, start,
			ret_entry);
}

static int find_in_perf_map(struct lookup *lookup,
			    const struct question *question,
			    struct cache_entry **ret_entry)
{
	const struct name *name;
	struct perf_map *map;
	const char *text = NULL;
	int err = perf_maps_find(&lookup->maps, question->process->pid, &map);

	if (err)
		return err;
	name = names_find(&map->names, question->probe);
	if (name) {
		text = intern_string(lookup->strings, name->text);
		if (!text)
			return -ENOMEM;
	}
	return keep_one(lookup, question, text, name ? name->start : 0,
			ret_entry);
}

/* 0 or -ENOMEM; NULL: the file cannot be had. */
static int find_object(struct lookup *lookup, struct dso *dso,
		       struct object **ret_object)
{
	void *objects = lookup->objects;
	struct object_slot *slot;
	int err = 0;

	if (array_reserve(&objects, &lookup->objects_capacity,
			  (size_t)dso->id + 1, sizeof(*lookup->objects)))
		return -ENOMEM;
	lookup->objects = objects;
	while (lookup->nr_objects <= dso->id)
		lookup->objects[lookup->nr_objects++] =
			(struct object_slot){ .object = NULL };
	slot = &lookup->objects[dso->id];
	if (!slot->is_tried)
		err = object_new(lookup->dsos, dso, lookup->debug_dir,
				 &slot->object);
	if (err == -ENOMEM)
		return err;
	slot->is_tried = true;
	*ret_object = slot->object;
	return 0;
}

/* Names recur far more often than they are new: each is demangled once. */
static const char *readable(struct lookup *lookup, const char *name)
{
	void *array = lookup->readable;
	uint32_t id;
	int added;

	if (strnlen(name, NAME_LENGTH_MAX + 1) > NAME_LENGTH_MAX)
		return LONG_NAME;
	if (lookup->no_demangle)
		return intern_string(lookup->strings, name);
	added = intern_add(lookup->mangled, name, strlen(name), &id);
	if (added < 0 ||
	    array_reserve(&array, &lookup->readable_capacity, (size_t)id + 1,
			  sizeof(*lookup->readable)))
		return NULL;
	lookup->readable = array;
	if (added)
		lookup->readable[id] = NULL;
	if (!lookup->readable[id])
		lookup->readable[id] = demangle(lookup->strings, name);
	return lookup->readable[id];
}

/*
 * Fill @symbol from @frame. Starts are kept as offsets in the file, as that of
 * the address itself is: the distance between two addresses of a function is
 * the same in either.
 */
static int fill_symbol(struct lookup *lookup, const struct question *question,
		       const struct source_frame *frame, uint64_t vaddr,
		       struct lbrvirt_symbol *symbol)
{
	symbol->has_name = frame->name != NULL;
	symbol->name = frame->name ? readable(lookup, frame->name) :
				     make_name(lookup, question);
	symbol->dso = question->dso;
	symbol->line = frame->line;
	symbol->is_inlined = frame->is_inlined;
	symbol->dso_offset = question->dso_offset;
	symbol->offset = frame->name ? vaddr - frame->start : 0;
	symbol->start = symbol->dso_offset - symbol->offset;
	symbol->vaddr = vaddr;
	if (frame->file)
		symbol->file = source_frame_path(frame, lookup->strings);
	if (!symbol->name || (frame->file && !symbol->file))
		return -ENOMEM;
	return 0;
}

/* Without inlined calls, the function stands where its innermost call does. */
static int drop_inlined(struct source_frame *frames, int nr)
{
	frames[nr - 1].file = frames[0].file;
	frames[nr - 1].line = frames[0].line;
	frames[0] = frames[nr - 1];
	return 1;
}

static int find_in_object(struct lookup *lookup,
			  const struct question *question,
			  struct cache_entry **ret_entry)
{
	struct source_frame frames[SOURCE_DEPTH_MAX];
	struct lbrvirt_symbol symbols[SOURCE_DEPTH_MAX];
	struct dso *dso = question->map->dso;
	/* By how much the frame's address is beyond the one looked up. */
	uint64_t step = question->frame->address - question->probe;
	struct cache_entry *entry;
	struct object *object;
	bool has_vaddr;
	uint64_t vaddr;
	int err, nr = 0;

	err = find_object(lookup, dso, &object);
	if (err)
		return err;
	has_vaddr = object && dso_vaddr(lookup->dsos, dso,
					question->dso_offset - step, &vaddr);
	if (has_vaddr)
		nr = object_find(object, vaddr, frames);
	if (nr < 0)
		return nr;
	if (nr == 0) {
		err = keep_one(lookup, question, NULL, 0, ret_entry);
		if (!err && has_vaddr)
			(*ret_entry)->symbols[0].vaddr = vaddr + step;
		return err;
	}
	if (lookup->no_inline)
		nr = drop_inlined(frames, nr);

	memset(symbols, 0, (size_t)nr * sizeof(*symbols));
	for (int i = 0; i < nr && !err; i++)
		err = fill_symbol(lookup, question, &frames[i], vaddr + step,
				  &symbols[i]);
	if (err)
		return err;
	entry = cache_add(&lookup->cache, &question->key, (size_t)nr);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->symbols, symbols, (size_t)nr * sizeof(*symbols));
	*ret_entry = entry;
	return 0;
}

int lookup_symbols(struct lookup *lookup, const struct process *process,
		   const struct lbrvirt_frame *frame,
		   const struct lbrvirt_symbol **ret_symbols, size_t *ret_nr)
{
	struct question question = { .process = process, .frame = frame };
	struct cache_entry *entry;
	int err = 0;

	assert(process && frame);
	locate(lookup, &question);
	entry = cache_find(&lookup->cache, &question.key);
	if (!entry) {
		if (frame->is_kernel)
			err = find_in_kernel(lookup, &question, &entry);
		else if (!question.map)
			err = keep_one(lookup, &question, NULL, 0, &entry);
		else if (question.map->dso->kind == DSO_ANON)
			err = find_in_perf_map(lookup, &question, &entry);
		else
			err = find_in_object(lookup, &question, &entry);
	}
	if (err)
		return err;
	*ret_symbols = entry->symbols;
	*ret_nr = entry->nr;
	return 0;
}

struct dso *lookup_dso(const struct lookup *lookup,
		       const struct lbrvirt_symbol *symbols)
{
	const struct cache_entry *entry =
		(const void *)((const char *)symbols -
			       offsetof(struct cache_entry, symbols));

	if ((entry->key.space & SPACE_KINDS) != SPACE_FILE)
		return NULL;
	return dso_table_at(lookup->dsos, (uint32_t)entry->key.space);
}

int lookup_in_dso(struct lookup *lookup, struct dso *dso, uint64_t dso_offset,
		  const struct lbrvirt_symbol **ret_symbols, size_t *ret_nr)
{
	const struct lbrvirt_frame frame = { .address = dso_offset };
	const struct map map = { .dso = dso };
	struct question question = {
		.frame = &frame,
		.map = &map,
		.probe = dso_offset,
		.dso_offset = dso_offset,
		.dso = dso->path,
		.key = { SPACE_FILE | dso->id, dso_offset },
	};
	struct cache_entry *entry;
	int err = 0;

	entry = cache_find(&lookup->cache, &question.key);
	if (!entry)
		err = find_in_object(lookup, &question, &entry);
	if (err)
		return err;
	*ret_symbols = entry->symbols;
	*ret_nr = entry->nr;
	return 0;
}

int lookup_symbol_end(struct lookup *lookup, struct dso *dso, uint64_t vaddr,
		      uint64_t *ret_end)
{
	struct object *object;
	int err = find_object(lookup, dso, &object);

	if (!err)
		*ret_end = object ? object_symbol_end(object, vaddr) : 0;
	return err;
}
