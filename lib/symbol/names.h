/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Function symbols by address: what a file's symbol tables, kallsyms and the
 * maps of JIT compilers have in common. Filled once, sorted once, asked often.
 */
#ifndef LBRVIRT_SYMBOL_NAMES_H
#define LBRVIRT_SYMBOL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No symbol: the value of @outer where nothing is around. */
#define NAMES_NONE UINT32_MAX

enum name_binding {
	NAME_LOCAL,
	NAME_GLOBAL,
	NAME_WEAK,
};

struct name {
	uint64_t start;
	uint64_t end;	  /* == start: not known, reaches to @limit */
	uint64_t limit;	  /* no symbol without a size reaches beyond */
	const char *text; /* borrowed; still mangled */
	const char *dso;  /* kallsyms: "[module]"; else NULL */
	uint32_t outer;	  /* sorted: the symbol around this one */
	uint32_t order;	  /* set by names_add(): the how-manieth it is */
	uint8_t binding;  /* enum name_binding */
};

struct names {
	struct name *all; /* owned; sorted by names_sort() */
	size_t nr;
	size_t capacity;
	bool keeps_last; /* of two at one address, not the best one */
};

void names_fini(struct names *names);

/* Append a symbol. 0, -ENOMEM, or -EOVERFLOW: there are too many. */
int names_add(struct names *names, const struct name *name);

/*
 * Sort, keep the best name of each address, give those without a size one: up
 * to the next symbol, at most to their limit.
 */
void names_sort(struct names *names);

/* The innermost symbol at @address, or NULL. */
const struct name *names_find(const struct names *names, uint64_t address);

#endif
