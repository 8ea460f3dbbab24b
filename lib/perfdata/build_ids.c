/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The BUILD_ID table. Its entries say their own size; before Linux 5.13 they
 * did not say the build-id's, and all were of 20 bytes.
 */
#include "config.h"

#include "perfdata/build_ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "perfdata/format.h"

struct build_id {
	uint8_t bytes[20];
	uint8_t size;
};

void build_ids_fini(struct build_ids *ids)
{
	intern_free(ids->paths);
	free(ids->list);
	memset(ids, 0, sizeof(*ids));
}

int build_ids_add(struct build_ids *ids, const char *path, size_t length,
		  const uint8_t *build_id, uint8_t size)
{
	void *list = ids->list;
	uint32_t i;
	int is_new;
	int err;

	if (size == 0 || size > sizeof(ids->list[0].bytes) || length == 0)
		return 0;
	if (!ids->paths && intern_new(&ids->paths))
		return -ENOMEM;
	is_new = intern_add(ids->paths, path, length, &i);
	if (is_new <= 0)
		return is_new;
	err = array_reserve(&list, &ids->capacity, (size_t)i + 1,
			    sizeof(ids->list[0]));
	ids->list = list;
	if (err) {
		/* A path without a build-id must not be found. */
		intern_free(ids->paths);
		ids->paths = NULL;
		return err;
	}
	memcpy(ids->list[i].bytes, build_id, size);
	ids->list[i].size = size;
	return 0;
}

static int add_entry(struct build_ids *ids, struct view *table)
{
	struct format_build_id entry;
	struct view rest = *table;
	const unsigned char *bytes;
	uint16_t misc;
	uint16_t size;
	uint32_t type;
	uint8_t length;

	if (!view_u32(&rest, &type) || !view_u16(&rest, &misc) ||
	    !view_u16(&rest, &size) || size <= sizeof(entry) ||
	    !view_bytes(table, size, &bytes)) {
		table->size = 0;
		return 0;
	}
	memcpy(&entry, bytes, sizeof(entry));
	length = misc & FORMAT_MISC_BUILD_ID_SIZE ? entry.build_id_size :
						    sizeof(entry.build_id);
	return build_ids_add(ids, (const char *)bytes + sizeof(entry),
			     strnlen((const char *)bytes + sizeof(entry),
				     size - sizeof(entry)),
			     entry.build_id, length);
}

int build_ids_add_table(struct build_ids *ids, struct view table)
{
	int err = 0;

	while (!err && table.size)
		err = add_entry(ids, &table);
	return err;
}

int build_ids_find(const struct build_ids *ids, const char *path,
		   uint8_t *ret_build_id, uint8_t *ret_size)
{
	uint32_t i;

	if (!ids->paths || intern_find(ids->paths, path, strlen(path), &i))
		return -ENOENT;
	memcpy(ret_build_id, ids->list[i].bytes, ids->list[i].size);
	*ret_size = ids->list[i].size;
	return 0;
}
