/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The places are those of gdb and elfutils, each tried below the root through
 * which the file itself was found (a container's, a symfs) and below our own:
 * /usr/lib/debug/.build-id/ab/cdef….debug; the debuglink's name beside the
 * file, in .debug/ beside it, and in its folder below /usr/lib/debug. Then the
 * caches of perf and of debuginfod's clients. Nothing is fetched from a net.
 *
 * The link's name comes out of the target's file: what it names is looked at
 * before it is opened, and must be a regular file that the checksum knows.
 */
#include "config.h"

#include "symbol/debugfile.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "process/dso_open.h"

#define BUILD_ID_MAX 64
#define DEBUG_ROOT   "/usr/lib/debug"

/* What a file must have to be the right one. */
struct identity {
	const unsigned char *build_id;
	size_t build_id_size; /* 0: unknown */
	bool has_crc;
	uint32_t crc;
	char hex[2 * BUILD_ID_MAX + 1];
};

static void init_identity(struct identity *id, const void *build_id,
			  ssize_t size)
{
	memset(id, 0, sizeof(*id));
	if (size < 2 || size > BUILD_ID_MAX)
		return;
	id->build_id = build_id;
	id->build_id_size = (size_t)size;
	for (ssize_t i = 0; i < size; i++)
		sprintf(id->hex + 2 * i, "%02x", id->build_id[i]);
}

static bool has_same_crc(int fd, uint32_t wanted)
{
	unsigned char bytes[16 * 1024];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		crc = crc32(crc, bytes, (uInt)got);
		at += got;
	}
	return got == 0 && crc == wanted;
}

static bool is_right_file(const struct identity *id, Elf *elf, int fd)
{
	const void *build_id;
	ssize_t size;

	if (elf_kind(elf) != ELF_K_ELF)
		return false;
	size = dwelf_elf_gnu_build_id(elf, &build_id);
	if (id->build_id_size && size > 0)
		return (size_t)size == id->build_id_size &&
		       memcmp(build_id, id->build_id, (size_t)size) == 0;
	return id->has_crc && has_same_crc(fd, id->crc);
}

void debugfile_fini(struct debugfile *file)
{
	elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	*file = (struct debugfile){ .fd = -1 };
}

/* Takes @path over. 0: it is the file; -ENOENT: it is not. */
static int try_path(const struct identity *id, char *path,
		    struct debugfile *ret_file)
{
	struct debugfile file = { .fd = -1, .path = path };

	file.fd = dso_open_path(path);
	if (file.fd >= 0)
		file.elf = elf_begin(file.fd, ELF_C_READ_MMAP, NULL);
	/* Without a descriptor, libdw has no folder to look for more in. */
	if (file.elf && is_right_file(id, file.elf, file.fd) &&
	    elf_cntl(file.elf, ELF_C_FDREAD) == 0) {
		*ret_file = file;
		return 0;
	}
	debugfile_fini(&file);
	return -ENOENT;
}

__attribute__((format(printf, 3, 4))) static int
try_format(const struct identity *id, struct debugfile *ret_file,
	   const char *format, ...)
{
	char *path;
	va_list ap;
	int length;

	va_start(ap, format);
	length = vasprintf(&path, format, ap);
	va_end(ap);
	return length < 0 ? -ENOMEM : try_path(id, path, ret_file);
}

/*
 * The root that @query's file was found below, without the last slash: "" for
 * our own, or where it cannot be told. malloc'ed; NULL: out of memory.
 */
static char *find_root(const struct debugfile_query *query)
{
	size_t path_size = strlen(query->path);
	size_t file_size = query->file_path ? strlen(query->file_path) : 0;
	size_t root_size;

	if (query->path[0] != '/' || file_size < path_size)
		return strdup("");
	root_size = file_size - path_size;
	if (strcmp(query->file_path + root_size, query->path) != 0)
		return strdup("");
	return strndup(query->file_path, root_size);
}

static int try_build_id(const struct identity *id, const char *root,
			struct debugfile *ret_file)
{
	if (!id->build_id_size)
		return -ENOENT;
	return try_format(id, ret_file,
			  "%s" DEBUG_ROOT "/.build-id/%.2s/%s.debug", root,
			  id->hex, id->hex + 2);
}

static int try_caches(const struct identity *id, const char *cache_dir,
		      struct debugfile *ret_file)
{
	const char *client = getenv("DEBUGINFOD_CACHE_PATH");
	const char *home = getenv("HOME");
	int err = -ENOENT;

	if (!id->build_id_size)
		return -ENOENT;
	if (cache_dir)
		err = try_format(id, ret_file, "%s/.build-id/%.2s/%s/debug",
				 cache_dir, id->hex, id->hex + 2);
	if (err == -ENOENT && client)
		err = try_format(id, ret_file, "%s/%s/debuginfo", client,
				 id->hex);
	if (err == -ENOENT && home)
		err = try_format(id, ret_file,
				 "%s/.cache/debuginfod_client/%s/debuginfo",
				 home, id->hex);
	return err;
}

/* @folder: that of the target's file, with its last slash. */
static int try_link(const struct identity *id, const char *root,
		    const char *folder, int folder_size, const char *link,
		    struct debugfile *ret_file)
{
	int err;

	err = try_format(id, ret_file, "%s%.*s%s", root, folder_size, folder,
			 link);
	if (err == -ENOENT)
		err = try_format(id, ret_file, "%s%.*s.debug/%s", root,
				 folder_size, folder, link);
	if (err == -ENOENT)
		err = try_format(id, ret_file, "%s" DEBUG_ROOT "%.*s%s", root,
				 folder_size, folder, link);
	return err;
}

static int find_by_link(const struct debugfile_query *query,
			struct identity *id, const char *root,
			struct debugfile *ret_file)
{
	const char *slash = strrchr(query->path, '/');
	GElf_Word crc;
	const char *link = dwelf_elf_gnu_debuglink(query->elf, &crc);
	int folder_size;
	int err;

	if (!link || !*link || strchr(link, '/') || !slash ||
	    slash - query->path > 4096)
		return -ENOENT;
	folder_size = (int)(slash - query->path) + 1;
	id->has_crc = true;
	id->crc = crc;
	err = try_link(id, root, query->path, folder_size, link, ret_file);
	if (err == -ENOENT && *root)
		err = try_link(id, "", query->path, folder_size, link,
			       ret_file);
	return err;
}

int debugfile_find(const struct debugfile_query *query,
		   struct debugfile *ret_file)
{
	const void *build_id = NULL;
	struct identity id;
	ssize_t size;
	char *root = find_root(query);
	int err;

	if (!root)
		return -ENOMEM;
	size = dwelf_elf_gnu_build_id(query->elf, &build_id);
	init_identity(&id, build_id, size);
	err = try_build_id(&id, root, ret_file);
	if (err == -ENOENT && *root)
		err = try_build_id(&id, "", ret_file);
	if (err == -ENOENT)
		err = find_by_link(query, &id, root, ret_file);
	if (err == -ENOENT)
		err = try_caches(&id, query->cache_dir, ret_file);
	free(root);
	return err;
}

int debugfile_find_alt(const struct debugfile_query *query, Dwarf *dwarf,
		       const char *file_path, struct debugfile *ret_file)
{
	const char *name, *slash = file_path ? strrchr(file_path, '/') : NULL;
	const void *build_id = NULL;
	struct identity id;
	ssize_t size;
	char *root;
	int err;

	size = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id);
	if (size <= 0)
		return -ENOENT;
	init_identity(&id, build_id, size);
	root = find_root(query);
	if (!root)
		return -ENOMEM;
	err = try_build_id(&id, root, ret_file);
	if (err == -ENOENT && *root)
		err = try_build_id(&id, "", ret_file);
	if (err == -ENOENT && name[0] == '/')
		err = try_format(&id, ret_file, "%s%s", root, name);
	else if (err == -ENOENT && slash)
		err = try_format(&id, ret_file, "%.*s/%s",
				 (int)(slash - file_path), file_path, name);
	free(root);
	return err;
}
