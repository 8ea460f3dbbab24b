/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of files, and each file as ELF. The only file that calls libelf
 * to open anything. The ELF sits on bytes of ours (dso_image.h), so libelf
 * neither reads nor maps by itself, and no descriptor is needed for it.
 */
#include "config.h"

#include "process/dso.h"

#include <assert.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/intern.h"
#include "process/dso_cache.h"
#include "process/dso_image.h"
#include "process/dso_key.h"
#include "process/dso_open.h"

/* Loaded segments of a file: real ones have 2 to 6. */
#define MAX_SEGMENTS 64

/* A path is one file on this machine, however many the recording says it is:
 * so often it is opened. */
#define MAX_TRIES 64

struct segment {
	uint64_t offset;
	uint64_t vaddr;
	uint64_t size; /* in the file, all of it within the image */
};

/* A dso and what stands behind it. */
struct file {
	struct dso dso; /* first: a dso is cast back to its file */
	int fd;		/* live, or once asked for; else -1 */
	bool is_tried;	/* the ELF was looked for */
	Elf *elf;
	struct dso_image image;
	char *found_path; /* owned; NULL: none */
	struct segment *segments;
	size_t nr_segments;
};

struct dso_table {
	struct lbrvirt_context *ctx;
	char *symfs;	 /* owned, never NULL */
	char *debug_dir; /* owned; NULL: no cache */
	bool is_live;
	bool is_elsewhere;
	struct intern *keys; /* the id of a file's key is its dso's */
	struct intern *paths;
	uint8_t *tries; /* by a path's id: how often it was looked for */
	size_t tries_capacity;
	struct file **files; /* each allocated by itself: a dso never moves */
	size_t nr_files;
	size_t files_capacity;
};

static struct file *file_of(struct dso *dso)
{
	return (struct file *)dso;
}

static char *default_debug_dir(void)
{
	const char *home = getenv("HOME");
	char *path = NULL;

	if (home && *home && asprintf(&path, "%s/.debug", home) < 0)
		return NULL;
	return path;
}

int dso_table_new(struct lbrvirt_context *ctx,
		  const struct dso_table_opts *opts,
		  struct dso_table **ret_table)
{
	struct dso_table *table = calloc(1, sizeof(*table));

	if (!table || elf_version(EV_CURRENT) == EV_NONE)
		goto fail;
	table->ctx = ctx;
	table->is_live = opts && opts->is_live;
	table->is_elsewhere = opts && opts->is_elsewhere;
	table->symfs = strdup(opts && opts->symfs ? opts->symfs : "/");
	table->debug_dir = opts && opts->debug_dir ? strdup(opts->debug_dir) :
						     default_debug_dir();
	if (!table->symfs || intern_new(&table->keys) != 0 ||
	    intern_new(&table->paths) != 0)
		goto fail;
	*ret_table = table;
	return 0;
fail:
	dso_table_free(table);
	return error_set(ctx, ENOMEM, "out of memory");
}

static void forget_elf(struct file *file)
{
	elf_end(file->elf);
	file->elf = NULL;
	dso_image_close(&file->image);
	free(file->segments);
	file->segments = NULL;
	file->nr_segments = 0;
}

static void free_file(struct file *file)
{
	forget_elf(file);
	if (file->fd >= 0)
		close(file->fd);
	free(file->found_path);
	free(file);
}

void dso_table_free(struct dso_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->nr_files; i++)
		free_file(table->files[i]);
	free(table->files);
	free(table->tries);
	intern_free(table->keys);
	intern_free(table->paths);
	free(table->symfs);
	free(table->debug_dir);
	free(table);
}

uint32_t dso_table_count(const struct dso_table *table)
{
	return (uint32_t)table->nr_files;
}

struct dso *dso_table_at(const struct dso_table *table, uint32_t id)
{
	assert(id < table->nr_files);
	return &table->files[id]->dso;
}

static int add_file(struct dso_table *table, const struct dso_key *key,
		    enum dso_kind kind, struct file **ret_file)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->dso.id = (uint32_t)table->nr_files;
	file->dso.kind = kind;
	file->dso.device = key->device;
	file->dso.inode = key->inode;
	file->dso.build_id_size = key->build_id_size;
	if (key->build_id_size)
		memcpy(file->dso.build_id, key->build_id, key->build_id_size);
	file->dso.path = intern_string(table->paths, key->path);
	if (!file->dso.path) {
		free(file);
		return -ENOMEM;
	}
	if (table->is_live && kind == DSO_FILE) {
		file->fd = dso_open_live(key);
		if (file->fd < 0)
			file->fd = -1;
	}
	table->files[table->nr_files++] = file;
	*ret_file = file;
	return 0;
}

/* Room for the file comes first: a key that was added must have one. */
static int find_or_add(struct dso_table *table, const struct dso_key *key,
		       struct buffer *buf, struct dso **ret_dso)
{
	enum dso_kind kind = dso_key_kind(key);
	void *files = table->files;
	struct file *file;
	uint32_t id;
	int err = dso_key_append(key, kind, buf);

	if (!err)
		err = array_reserve(&files, &table->files_capacity,
				    table->nr_files + 1, sizeof(*table->files));
	if (err)
		return err;
	table->files = files;
	if (intern_find(table->keys, buf->bytes, buf->size, &id) == 0) {
		/* Out of memory once left a key without a file. */
		if (id >= table->nr_files)
			return -ENOMEM;
		*ret_dso = &table->files[id]->dso;
		return 0;
	}
	if (intern_count(table->keys) != table->nr_files)
		return -ENOMEM;
	if (intern_add(table->keys, buf->bytes, buf->size, &id) < 0)
		return -ENOMEM;
	err = add_file(table, key, kind, &file);
	if (!err)
		*ret_dso = &file->dso;
	return err;
}

int dso_table_add(struct dso_table *table, const struct dso_key *key,
		  struct dso **ret_dso)
{
	struct dso_key clean = *key;
	struct buffer buf = { 0 };
	int err;

	assert(table && key->path && ret_dso);
	if (!*clean.path)
		clean.path = "//anon";
	if (!clean.build_id ||
	    clean.build_id_size > sizeof((*ret_dso)->build_id))
		clean.build_id_size = 0;
	err = find_or_add(table, &clean, &buf, ret_dso);
	buffer_fini(&buf);
	return err ? error_set(table->ctx, ENOMEM, "out of memory") : 0;
}

/* Take the loaded segments over, executable ones first, cut to the image. */
static bool read_segments(struct file *file)
{
	size_t nr = 0;

	if (elf_getphdrnum(file->elf, &nr) != 0 || nr == 0)
		return true;
	file->segments = calloc(MAX_SEGMENTS, sizeof(*file->segments));
	if (!file->segments)
		return false;
	for (size_t i = 0; i < 2 * nr && file->nr_segments < MAX_SEGMENTS;
	     i++) {
		bool is_exec = i < nr;
		GElf_Phdr phdr;
		uint64_t left;

		if (!gelf_getphdr(file->elf, (int)(i % nr), &phdr))
			break;
		if (phdr.p_type != PT_LOAD ||
		    is_exec != ((phdr.p_flags & PF_X) != 0) ||
		    phdr.p_offset >= file->image.size)
			continue;
		left = file->image.size - phdr.p_offset;
		file->segments[file->nr_segments++] = (struct segment){
			.offset = phdr.p_offset,
			.vaddr = phdr.p_vaddr,
			.size = phdr.p_filesz < left ? phdr.p_filesz : left,
		};
	}
	return true;
}

/* The build-id must be the recorded one; if none was recorded, take it over. */
static bool check_build_id(struct file *file)
{
	struct dso *dso = &file->dso;
	const void *bytes;
	ssize_t size = dwelf_elf_gnu_build_id(file->elf, &bytes);

	if (size <= 0 || (size_t)size > sizeof(dso->build_id))
		return true;
	if (dso->build_id_size)
		return dso->build_id_size == size &&
		       memcmp(dso->build_id, bytes, (size_t)size) == 0;
	memcpy(dso->build_id, bytes, (size_t)size);
	dso->build_id_size = (uint8_t)size;
	return true;
}

/* Make an ELF of the image just opened; leaves none behind if it is not. */
static bool accept_image(struct file *file, const char *found_path)
{
	file->elf = elf_memory((char *)file->image.bytes, file->image.size);
	if (file->elf && elf_kind(file->elf) == ELF_K_ELF &&
	    check_build_id(file) && read_segments(file)) {
		file->found_path = strdup(found_path);
		if (file->found_path)
			return true;
	}
	forget_elf(file);
	return false;
}

static bool accept_fd(struct file *file, int fd, const char *found_path)
{
	return dso_image_open(fd, &file->image) == 0 &&
	       accept_image(file, found_path);
}

static bool accept_and_close(struct file *file, int fd, const char *found_path)
{
	bool ok;

	if (fd < 0)
		return false;
	ok = accept_fd(file, fd, found_path);
	close(fd);
	return ok;
}

static bool may_try(struct dso_table *table, const struct dso *dso)
{
	size_t old = table->tries_capacity;
	void *tries = table->tries;
	uint32_t id;

	if (intern_find(table->paths, dso->path, strlen(dso->path), &id) != 0 ||
	    array_reserve(&tries, &table->tries_capacity, (size_t)id + 1, 1))
		return false;
	table->tries = tries;
	memset(table->tries + old, 0, table->tries_capacity - old);
	if (table->tries[id] == MAX_TRIES)
		return false;
	table->tries[id]++;
	return true;
}

static bool search_symfs(struct dso_table *table, struct file *file)
{
	bool is_root = strcmp(table->symfs, "/") == 0;
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%s",
			 is_root ? "" : table->symfs, file->dso.path);

	return n > 0 && (size_t)n < sizeof(path) &&
	       accept_and_close(file,
				dso_open_below(table->symfs, file->dso.path),
				path);
}

static bool search_cache(struct dso_table *table, struct file *file)
{
	char path[PATH_MAX];

	for (int form = 0; table->debug_dir && form < DSO_CACHE_FORMS; form++) {
		if (dso_open_cache_path(table->debug_dir, &file->dso, form,
					path, sizeof(path)) == 0 &&
		    accept_and_close(file, dso_open_path(path), path))
			return true;
	}
	return false;
}

static void search_elf(struct dso_table *table, struct file *file)
{
	if (file->dso.kind == DSO_VDSO && !table->is_elsewhere &&
	    dso_image_open_vdso(&file->image) == 0 &&
	    accept_image(file, file->dso.path))
		return;
	if (file->fd >= 0) {
		if (accept_fd(file, file->fd, file->dso.path))
			return;
		close(file->fd);
		file->fd = -1;
	}
	if (file->dso.kind == DSO_FILE && !table->is_live &&
	    may_try(table, &file->dso) && search_symfs(table, file))
		return;
	search_cache(table, file);
}

Elf *dso_elf(struct dso_table *table, struct dso *dso)
{
	struct file *file = file_of(dso);

	if (file->is_tried)
		return file->elf;
	file->is_tried = true;
	if (dso->kind == DSO_FILE || dso->kind == DSO_VDSO)
		search_elf(table, file);
	if (!file->elf && dso->kind == DSO_FILE)
		log_write(table->ctx, LBRVIRT_LOG_DEBUG,
			  "%s: no such file, not ELF, or not the one recorded",
			  dso->path);
	return file->elf;
}

bool dso_is_replaced(struct dso_table *table, struct dso *dso)
{
	int fd;

	if (dso->kind != DSO_FILE || dso_elf(table, dso))
		return false;
	fd = dso_open_below(table->symfs, dso->path);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

const char *dso_file_path(struct dso_table *table, struct dso *dso)
{
	return dso_elf(table, dso) ? file_of(dso)->found_path : NULL;
}

int dso_fd(struct dso_table *table, struct dso *dso)
{
	struct file *file = file_of(dso);

	if (!dso_elf(table, dso))
		return -1;
	if (file->fd < 0 && dso->kind == DSO_FILE) {
		file->fd = dso_open_path(file->found_path);
		if (file->fd < 0)
			file->fd = -1;
	}
	return file->fd;
}

bool dso_vaddr(struct dso_table *table, struct dso *dso, uint64_t file_offset,
	       uint64_t *ret_vaddr)
{
	struct file *file = file_of(dso);

	if (!dso_elf(table, dso))
		return false;
	for (size_t i = 0; i < file->nr_segments; i++) {
		const struct segment *segment = &file->segments[i];

		if (file_offset - segment->offset < segment->size) {
			*ret_vaddr =
				file_offset - segment->offset + segment->vaddr;
			return true;
		}
	}
	return false;
}

const unsigned char *dso_bytes(struct dso_table *table, struct dso *dso,
			       uint64_t vaddr, size_t size, size_t *ret_size)
{
	struct file *file = file_of(dso);

	if (!dso_elf(table, dso))
		return NULL;
	for (size_t i = 0; i < file->nr_segments; i++) {
		const struct segment *segment = &file->segments[i];
		uint64_t at = vaddr - segment->vaddr;

		if (at < segment->size) {
			uint64_t left = segment->size - at;

			*ret_size = size < left ? size : (size_t)left;
			return file->image.bytes + segment->offset + at;
		}
	}
	return NULL;
}

int dso_save_to_cache(struct dso_table *table, struct dso *dso)
{
	char path[PATH_MAX];
	int fd = dso_fd(table, dso);

	if (fd < 0)
		return error_set(table->ctx, ENOENT, "%s: no file to save",
				 dso->path);
	if (!table->debug_dir)
		return error_set(table->ctx, ENOENT,
				 "no build-id cache: HOME is not set");
	if (dso_open_cache_path(table->debug_dir, dso, 0, path, sizeof(path)) !=
	    0)
		return error_set(table->ctx, EINVAL,
				 "%s: has no build-id to save it under",
				 dso->path);
	return dso_cache_save(table->ctx, path, fd);
}

bool dso_is_reachable(struct dso_table *table, struct dso *dso)
{
	struct file *file = file_of(dso);
	struct stat by_path;
	struct stat by_fd;

	if (dso->kind == DSO_VDSO)
		return true;
	if (!dso_elf(table, dso) || stat(dso->path, &by_path) != 0)
		return false;
	if (file->fd < 0)
		return strcmp(file->found_path, dso->path) == 0;
	return fstat(file->fd, &by_fd) == 0 && by_fd.st_dev == by_path.st_dev &&
	       by_fd.st_ino == by_path.st_ino;
}
