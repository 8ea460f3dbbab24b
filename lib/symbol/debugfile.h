/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the debug information of a stripped file is: by build-id, by
 * .gnu_debuglink, and, for what several files share, by .gnu_debugaltlink.
 * A file is taken only if its build-id or its checksum agrees.
 */
#ifndef LBRVIRT_SYMBOL_DEBUGFILE_H
#define LBRVIRT_SYMBOL_DEBUGFILE_H

#include <elfutils/libdw.h>
#include <libelf.h>

/* The file whose debug information is looked for. */
struct debugfile_query {
	Elf *elf;
	const char *path; /* as the target sees it: "/usr/bin/app" */
	/* Where it was found by us: PATH below some root, or anything. */
	const char *file_path;
	const char *cache_dir; /* perf's build-id cache; NULL: none */
};

/* A file that was found. */
struct debugfile {
	int fd;	    /* -1: none */
	Elf *elf;   /* NULL: none */
	char *path; /* malloc'ed */
};

/*
 * Find and open the debug file. 0, -ENOENT or -ENOMEM; @ret_file is untouched
 * on failure.
 */
int debugfile_find(const struct debugfile_query *query,
		   struct debugfile *ret_file);

/* The same for what @dwarf, found in @file_path, refers to by
 * .gnu_debugaltlink (dwz -m). */
int debugfile_find_alt(const struct debugfile_query *query, Dwarf *dwarf,
		       const char *file_path, struct debugfile *ret_file);

/* Close; a file of zeros with fd -1 is allowed. */
void debugfile_fini(struct debugfile *file);

#endif
