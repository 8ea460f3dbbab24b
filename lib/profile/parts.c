/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stack's process and thread name are part of the stack, so the key of a part
 * needs no more than the thread's number and the CPU's.
 */
#include "config.h"

#include "profile/parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"

int parts_init(struct parts *parts)
{
	return intern_new(&parts->keys);
}

void parts_fini(struct parts *parts)
{
	intern_free(parts->keys);
	free(parts->entries);
}

int parts_add(struct parts *parts, uint32_t stack,
	      const struct lbrvirt_record *record, uint32_t *ret_id)
{
	const uint32_t key[] = {
		stack,
		record->tid,
		record->fields & PERF_SAMPLE_CPU ? record->cpu : PARTS_NO_CPU,
	};
	void *array = parts->entries;
	int is_new;

	if (array_reserve(&array, &parts->capacity, parts->nr + 1,
			  sizeof(*parts->entries)))
		return -ENOMEM;
	parts->entries = array;
	is_new = intern_add(parts->keys, key, sizeof(key), ret_id);
	if (is_new <= 0)
		return is_new;
	assert(*ret_id == parts->nr);
	parts->entries[parts->nr++] = (struct parts_entry){
		.stack = key[0],
		.tid = key[1],
		.cpu = key[2],
	};
	return 0;
}
