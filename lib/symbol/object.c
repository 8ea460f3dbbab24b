/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of sources. Symbols: .symtab of the file, that of its debug file,
 * else .gnu_debugdata together with .dynsym (which share the symbols between
 * them). DWARF: the file's, else the debug file's. What is missing or damaged
 * leaves the rest in use.
 */
#include "config.h"

#include "symbol/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/debugfile.h"
#include "symbol/elf_names.h"
#include "symbol/minidebug.h"
#include "symbol/outside.h"

struct object {
	struct intern *strings; /* names of PLT entries */
	struct names names;
	struct debugfile debug;
	struct debugfile alt; /* what dwz took out of several debug files */
	struct buffer mini_image;
	Elf *mini;
	Dwarf *dwarf;
	Dwarf *alt_dwarf;
	Elf *no_alt; /* that alt_dwarf is in if there is none */
	struct source *source;
};

static int read_names(struct object *object, Elf *elf)
{
	int err;

	if (elf_names_has(elf, SHT_SYMTAB)) {
		err = elf_names_add(&object->names, elf, SHT_SYMTAB);
	} else if (object->debug.elf &&
		   elf_names_has(object->debug.elf, SHT_SYMTAB)) {
		err = elf_names_add(&object->names, object->debug.elf,
				    SHT_SYMTAB);
	} else {
		err = minidebug_open(elf, &object->mini_image, &object->mini);
		if (!err)
			err = elf_names_add(&object->names, object->mini,
					    SHT_SYMTAB);
		if (err == -ENOENT || err == -EBADMSG || err == 0)
			err = elf_names_add(&object->names, elf, SHT_DYNSYM);
	}
	if (err && err != -EOVERFLOW)
		return err;
	/* PLT slots of ifuncs are named by the symbols sorted so far. */
	names_sort(&object->names);
	err = elf_names_add_plt(&object->names, elf, object->strings);
	names_sort(&object->names);
	return err == -EOVERFLOW ? 0 : err;
}

/*
 * What dwz took out must be known before libdw first follows a reference to
 * it: else libdw looks for it by itself, opening whatever has that name.
 */
static int set_alt(struct object *object, const struct debugfile_query *query,
		   const char *file_path)
{
	int err = debugfile_find_alt(query, object->dwarf, file_path,
				     &object->alt);

	if (!err)
		object->alt_dwarf =
			dwarf_begin_elf(object->alt.elf, DWARF_C_READ, NULL);
	if (err == -ENOENT || (!err && !object->alt_dwarf))
		err = outside_nothing(&object->no_alt, &object->alt_dwarf);
	if (err)
		return err;
	dwarf_setalt(object->dwarf, object->alt_dwarf);
	/* It refers to no third file; what does so all the same stays in it. */
	dwarf_setalt(object->alt_dwarf, object->alt_dwarf);
	return 0;
}

static void forget_dwarf(struct object *object)
{
	source_free(object->source);
	object->source = NULL;
	dwarf_end(object->dwarf);
	object->dwarf = NULL;
	dwarf_end(object->alt_dwarf);
	object->alt_dwarf = NULL;
	elf_end(object->no_alt);
	object->no_alt = NULL;
	debugfile_fini(&object->alt);
}

/*
 * The DWARF of @elf, which was found at @file_path. 0 or -ENOMEM;
 * object->source stays NULL if there is none of use.
 */
static int read_source(struct object *object, Elf *elf, const char *file_path,
		       const struct debugfile_query *query)
{
	int err;

	object->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!object->dwarf)
		return 0;
	err = set_alt(object, query, file_path);
	if (!err)
		err = source_new(object->dwarf, &object->source);
	if (err)
		forget_dwarf(object);
	return err == -ENOENT ? 0 : err;
}

static int read_all(struct object *object, Elf *elf,
		    const struct debugfile_query *query)
{
	int err = read_source(object, elf, query->file_path, query);

	if (!err && (!object->source || !elf_names_has(elf, SHT_SYMTAB)))
		err = debugfile_find(query, &object->debug);
	if (err == -ENOENT)
		err = 0;
	if (!err && !object->source && object->debug.elf)
		err = read_source(object, object->debug.elf, object->debug.path,
				  query);
	return err ? err : read_names(object, elf);
}

int object_new(struct dso_table *dsos, struct dso *dso, const char *cache_dir,
	       struct object **ret_object)
{
	struct debugfile_query query = { .elf = dso_elf(dsos, dso),
					 .path = dso->path,
					 .file_path = dso_file_path(dsos, dso),
					 .cache_dir = cache_dir };
	struct object *object;
	int err;

	if (!query.elf)
		return -ENOENT;
	object = calloc(1, sizeof(*object));
	if (!object)
		return -ENOMEM;
	object->debug.fd = -1;
	object->alt.fd = -1;
	err = intern_new(&object->strings);
	if (!err)
		err = read_all(object, query.elf, &query);
	if (err) {
		object_free(object);
		return err;
	}
	*ret_object = object;
	return 0;
}

void object_free(struct object *object)
{
	if (!object)
		return;
	forget_dwarf(object);
	names_fini(&object->names);
	elf_end(object->mini);
	buffer_fini(&object->mini_image);
	debugfile_fini(&object->debug);
	intern_free(object->strings);
	free(object);
}

/* An inlined call without a name says nothing; its position goes unsaid. */
static int drop_nameless(struct source_frame *frames, int nr)
{
	int kept = 0;

	for (int i = 0; i < nr; i++) {
		if (i + 1 < nr && !frames[i].name)
			continue;
		frames[kept++] = frames[i];
	}
	return kept;
}

int object_find(struct object *object, uint64_t vaddr,
		struct source_frame ret_frames[SOURCE_DEPTH_MAX])
{
	const struct name *name = names_find(&object->names, vaddr);
	struct source_frame *last;
	int nr = 0;

	if (object->source)
		nr = source_find(object->source, vaddr, ret_frames,
				 SOURCE_DEPTH_MAX);
	if (nr < 0 || (nr == 0 && !name))
		return nr;
	if (nr == 0)
		ret_frames[nr++] = (struct source_frame){ .name = NULL };
	nr = drop_nameless(ret_frames, nr);
	last = &ret_frames[nr - 1];
	if (name) {
		last->name = name->text;
		last->start = name->start;
	} else if (!last->name) {
		last->start = vaddr;
	}
	for (int i = 0; i + 1 < nr; i++)
		ret_frames[i].start = last->start;
	return nr;
}

uint64_t object_symbol_end(const struct object *object, uint64_t vaddr)
{
	const struct name *name = names_find(&object->names, vaddr);

	return name && name->end > vaddr ? name->end : 0;
}
