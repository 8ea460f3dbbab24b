/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an address in a process to its symbols, each worked out once: which of
 * the sources of names an address is put to, what the answer is kept under, and
 * what an address is called that none of them knows.
 */
#ifndef LBRVIRT_SYMBOL_LOOKUP_H
#define LBRVIRT_SYMBOL_LOOKUP_H

#include <lbrvirt/symbol.h>

#include "process/process.h"

struct lookup;

/* Strings are copied; as in lbrvirt_resolver_opts. */
struct lookup_opts {
	const char *kallsyms;
	const char *debug_dir;
	bool is_elsewhere;     /* recorded by another kernel than this one */
	bool no_inline;
	bool no_demangle;
};

/* @dsos is borrowed and must outlive the lookup. 0 or -ENOMEM. */
int lookup_new(struct dso_table *dsos, const struct lookup_opts *opts,
	       struct lookup **ret_lookup);
void lookup_free(struct lookup *lookup);

/*
 * The symbols of @frame in @process (for kernel frames, PROCESS_KERNEL's).
 * 0 or -ENOMEM. They live as long as the lookup.
 */
int lookup_symbols(struct lookup *lookup, const struct process *process,
		   const struct lbrvirt_frame *frame,
		   const struct lbrvirt_symbol **ret_symbols, size_t *ret_nr);

/* The file that @symbols, as lookup_symbols() gave them, are in; NULL: in none,
 * as the kernel's and those of code made at run time. */
struct dso *lookup_dso(const struct lookup *lookup,
		       const struct lbrvirt_symbol *symbols);

/* The symbols at an offset of a file, whoever has it mapped. As above. */
int lookup_in_dso(struct lookup *lookup, struct dso *dso, uint64_t dso_offset,
		  const struct lbrvirt_symbol **ret_symbols, size_t *ret_nr);

/* Where the ELF symbol at the file's own address @vaddr ends; 0: not known. 0
 * or -ENOMEM. */
int lookup_symbol_end(struct lookup *lookup, struct dso *dso, uint64_t vaddr,
		      uint64_t *ret_end);

#endif
