/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an address of a process to the file there, its function and its code:
 * what is asked for by those who check branch records.
 */
#include "config.h"

#include "stack/unwind.h"

#include "stack/cfi.h"

bool unwinder_locate(struct unwinder *unwinder, const struct process *process,
		     uint64_t address, struct dso **ret_dso,
		     uint64_t *ret_vaddr)
{
	const struct map *map = process_find_map(process, address);

	if (!map || !dso_vaddr(unwinder_dsos(unwinder), map->dso,
			       address - map->start + map->offset, ret_vaddr))
		return false;
	*ret_dso = map->dso;
	return true;
}

bool unwinder_function(struct unwinder *unwinder, const struct process *process,
		       uint64_t address, uint64_t *ret_start, uint64_t *ret_end)
{
	struct dso *dso;
	uint64_t vaddr, start, end;

	if (!unwinder_locate(unwinder, process, address, &dso, &vaddr) ||
	    !cfi_table_function(unwinder_cfi(unwinder), dso, vaddr, &start,
				&end))
		return false;
	*ret_start = address - vaddr + start;
	*ret_end = address - vaddr + end;
	return true;
}

const unsigned char *unwinder_code(struct unwinder *unwinder,
				   const struct process *process,
				   uint64_t address, size_t size,
				   size_t *ret_size)
{
	struct dso *dso;
	uint64_t vaddr;

	if (!unwinder_locate(unwinder, process, address, &dso, &vaddr))
		return NULL;
	return dso_bytes(unwinder_dsos(unwinder), dso, vaddr, size, ret_size);
}
