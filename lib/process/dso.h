/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that processes have mapped: one struct dso for each distinct file,
 * whoever maps it. It knows what the recording said of the file, finds the file
 * itself (through the target's root, the build-id cache, a symfs) and opens it
 * at most once. Unwinder and symbolizer keep what they derive from it in
 * tables of their own, indexed by dso->id.
 */
#ifndef LBRVIRT_PROCESS_DSO_H
#define LBRVIRT_PROCESS_DSO_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <lbrvirt/context.h>

enum dso_kind {
	DSO_FILE,    /* a file in some file system */
	DSO_VDSO,    /* "[vdso]": the image in our own address space */
	DSO_KERNEL,  /* "[kernel.kallsyms]…" and modules: absolute addresses */
	DSO_ANON,    /* "//anon", "[heap]", "[stack]", memfd: JIT code if any */
};

struct dso {
	uint32_t id;	  /* position in the table, from 0 */
	enum dso_kind kind;
	const char *path; /* as the record spells it, "" never; interned */
	uint8_t build_id[20];
	uint8_t build_id_size; /* 0: unknown so far */
	uint64_t device;       /* makedev(major, minor), 0 unknown */
	uint64_t inode;
};

struct dso_table;

struct dso_table_opts {
	const char *symfs;     /* look for files below this folder; NULL: "/" */
	const char *debug_dir; /* build-id cache; NULL: ~/.debug */
	bool is_elsewhere;     /* recorded by another kernel: not our vDSO */
	/*
	 * True while recording: files are opened at once and through
	 * /proc/PID/root, before their process is gone.
	 */
	bool is_live;
};

int dso_table_new(struct lbrvirt_context *ctx,
		  const struct dso_table_opts *opts,
		  struct dso_table **ret_table);
void dso_table_free(struct dso_table *table);
uint32_t dso_table_count(const struct dso_table *table);
struct dso *dso_table_at(const struct dso_table *table, uint32_t id);

/* What a mapping says of its file. */
struct dso_key {
	const char *path;
	const uint8_t *build_id; /* NULL: unknown */
	uint8_t build_id_size;
	uint64_t device;
	uint64_t inode;
	bool is_kernel;
	/* Live only: a process that has it mapped, and where. 0: none. */
	pid_t pid;
	uint64_t start;
	uint64_t end;
};

/*
 * Find or add the dso of a mapping. Files are one dso if path and build-id (or,
 * lacking one, device and inode) agree. If the table is live, a new file is
 * opened here: /proc/PID/map_files/START-END, then /proc/PID/root/PATH, then
 * PATH in our own root if build-id or inode agree.
 * 0 or -ENOMEM. A file that cannot be opened is no error.
 */
int dso_table_add(struct dso_table *table, const struct dso_key *key,
		  struct dso **ret_dso);

/*
 * The ELF file, opened when first asked for and kept; NULL if it cannot be
 * found or is no ELF, or its build-id is not the recording's (remembered: a
 * failure costs once). Read-only: do not change it through libelf.
 */
Elf *dso_elf(struct dso_table *table, struct dso *dso);

/*
 * Whether dso_elf() gives none though there is a file at its path: it is no ELF
 * or, by its build-id, another one than was recorded.
 */
bool dso_is_replaced(struct dso_table *table, struct dso *dso);

/* Path under which the ELF file was found, for messages and addr2line-like
 * output; NULL as above. */
const char *dso_file_path(struct dso_table *table, struct dso *dso);

/* A descriptor of the ELF file, or -1; the table's own: do not close. */
int dso_fd(struct dso_table *table, struct dso *dso);

/*
 * Offset in the file to the ELF's own virtual address, by its PT_LOAD
 * segments. False: in no segment, or no ELF. A vDSO's offsets count from its
 * image's beginning.
 */
bool dso_vaddr(struct dso_table *table, struct dso *dso, uint64_t file_offset,
	       uint64_t *ret_vaddr);

/*
 * Bytes of the file's loaded image at virtual address @vaddr: at most @size,
 * fewer at a segment's end. NULL: nothing there. They live with the table.
 */
const unsigned char *dso_bytes(struct dso_table *table, struct dso *dso,
			       uint64_t vaddr, size_t size, size_t *ret_size);

/*
 * Copy the open file into the build-id cache, in perf's layout
 * (DIR/.build-id/ab/cdef…/elf), unless it is there. For files that nobody can
 * reach by path later on (deleted, in a container's root). 0 or -errno.
 */
int dso_save_to_cache(struct dso_table *table, struct dso *dso);

/* Whether @path, seen from our own root, is still the same file. */
bool dso_is_reachable(struct dso_table *table, struct dso *dso);

#endif
