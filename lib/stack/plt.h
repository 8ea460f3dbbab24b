/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stubs of the procedure linkage table: which function one stands for, and
 * whether a file has that function.
 */
#ifndef LBRVIRT_STACK_PLT_H
#define LBRVIRT_STACK_PLT_H

#include "process/dso.h"

/* A PLT entry jumps within its 16 bytes, an ENDBR64 before it included. */
#define PLT_STUB_SIZE 16

/* What a file says of a function. */
enum plt_symbol {
	PLT_ELSEWHERE, /* it has none of that name */
	PLT_HERE,      /* it has, and its address is told */
	PLT_CHOSEN,    /* it has, and code chooses its address (an ifunc) */
};

/* Whether @code begins with a jump to where only memory knows. */
bool plt_is_stub(const unsigned char *code, size_t size);

/*
 * The name of the function that the stub at @vaddr of @dso stands for. NULL:
 * it is no such stub, or has no name. Lives as long as the table.
 */
const char *plt_name(struct dso_table *dsos, struct dso *dso, uint64_t vaddr);

/*
 * Look up function @name in @dso. Of its versions the one at @wanted is
 * preferred.
 */
enum plt_symbol plt_find(struct dso_table *dsos, struct dso *dso,
			 const char *name, uint64_t wanted,
			 uint64_t *ret_vaddr);

/* Whether @dso is a dynamic linker, which binds functions when they are first
 * called. */
bool plt_is_linker(const struct dso *dso);

#endif
