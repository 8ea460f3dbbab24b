/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of 64-bit keys: which nodes of a tree are unfolded. A node is known by
 * a hash of its path and not by its address, so that it stays unfolded when
 * the tree is made anew.
 */
#ifndef LBRPROF_BROWSER_SET_H
#define LBRPROF_BROWSER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that a set takes at most: 4 MiB of them. */
#define BROWSER_SET_MAX 262144

struct browser_set {
	uint64_t *slots; /* 0: free */
	size_t nr_slots; /* a power of two */
	size_t nr;
};

void browser_set_fini(struct browser_set *set);

/* 0, -ENOMEM, or -EOVERFLOW: it is full. @key is not 0. */
int browser_set_add(struct browser_set *set, uint64_t key);
void browser_set_remove(struct browser_set *set, uint64_t key);
bool browser_set_has(const struct browser_set *set, uint64_t key);

/* The key of @symbol in @dso below the node with the key @parent; never 0. */
uint64_t browser_set_key(uint64_t parent, const char *symbol, const char *dso);

#endif
