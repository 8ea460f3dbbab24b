/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's functions and its modules', from kallsyms, by absolute address.
 */
#ifndef LBRVIRT_SYMBOL_KERNEL_H
#define LBRVIRT_SYMBOL_KERNEL_H

#include "symbol/names.h"

struct kernel;

/* What a recording says of its kernel. */
struct kernel_identity {
	uint64_t text_start; /* address of _text then; 0 unknown */
	const uint8_t *build_id;
	uint8_t build_id_size; /* 0 unknown */
	bool is_elsewhere;     /* not of this machine's release */
};

/*
 * Read @path, or /proc/kallsyms if it is NULL. The latter is believed only if
 * it speaks of the same kernel: by build-id, else by its release and the
 * address of _text.
 * 0 or -ENOMEM. A file that cannot be read, one of zeros as the kernel gives
 * it to the unprivileged, or another kernel's: nothing has a name.
 */
int kernel_new(const char *path, const struct kernel_identity *identity,
	       struct kernel **ret_kernel);
void kernel_free(struct kernel *kernel);

/* The function at @address as recorded; its start in terms of the recording
 * to @ret_start. NULL: unknown. */
const struct name *kernel_find(const struct kernel *kernel, uint64_t address,
			       uint64_t *ret_start);

#endif
