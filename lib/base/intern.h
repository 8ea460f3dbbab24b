/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interning: equal byte strings get one small number, and one copy that stays
 * at its address as long as the table lives. Names, build-ids and whole stacks
 * go through here, so that the rest compares numbers.
 */
#ifndef LBRVIRT_BASE_INTERN_H
#define LBRVIRT_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern;

int intern_new(struct intern **ret_table);
void intern_free(struct intern *table);

/*
 * Find or add @size bytes. *@ret_id counts from 0 in order of first sight.
 * Returns 1 if they were new, 0 if known, -ENOMEM.
 */
int intern_add(struct intern *table, const void *bytes, size_t size,
	       uint32_t *ret_id);

/* The id of known bytes: 0, or -ENOENT. */
int intern_find(const struct intern *table, const void *bytes, size_t size,
		uint32_t *ret_id);

/* The bytes of @id, followed by a NUL that is not counted, 8-byte aligned. */
const void *intern_bytes(const struct intern *table, uint32_t id,
			 size_t *ret_size);

/* Add a C string and return the table's own copy, or NULL: out of memory. */
const char *intern_string(struct intern *table, const char *string);

uint32_t intern_count(const struct intern *table);

/* The hash used here, for tables with keys of their own. */
uint64_t intern_hash(const void *bytes, size_t size);

#endif
