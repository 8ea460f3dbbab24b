/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a mapped file is to be found: by the mapping itself and through the
 * root of the process while that lives; below a folder that mirrors the
 * machine of the recording; in a build-id cache. Only regular files are ever
 * opened: a mapping may name a device, whose opening would do something.
 */
#ifndef LBRVIRT_PROCESS_DSO_OPEN_H
#define LBRVIRT_PROCESS_DSO_OPEN_H

#include <stddef.h>

#include "process/dso.h"

/*
 * Open @path for reading as a process with the root directory @root would:
 * symbolic links do not lead out of it. A descriptor, or -errno.
 */
int dso_open_below(const char *root, const char *path);

/* Open @path for reading as it stands. A descriptor, or -errno. */
int dso_open_path(const char *path);

/*
 * Open the file of a mapping in the running process @key->pid: by its
 * map_files entry, which finds deleted files too; else by path in the
 * process's root; else in ours, if the inode is the recorded one.
 * A descriptor, or -errno.
 */
int dso_open_live(const struct dso_key *key);

/* Number of forms that a build-id cache's entries have. */
#define DSO_CACHE_FORMS 3

/*
 * The path of a build-id's entry in the cache @debug_dir: form 0 is
 * .build-id/ab/cdef…/elf, 1 the same with "vdso", 2 the link .build-id/ab/cdef…
 * that perf made before 4.6. 0, or -EINVAL: too long, or no build-id.
 */
int dso_open_cache_path(const char *debug_dir, const struct dso *dso, int form,
			char *ret_path, size_t size);

#endif
