/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Path and build-id; lacking one, device and inode. What is no file is told by
 * its name alone.
 */
#include "config.h"

#include "process/dso_key.h"

#include <string.h>

/*
 * Names that are no file's: "[heap]", "//anon", "anon_inode:…", the kernel's
 * names for shared memory. What is executed there was made by the program.
 */
enum dso_kind dso_key_kind(const struct dso_key *key)
{
	static const char *const anon[] = { "//", "/memfd:", "/dev/zero",
					    "/SYSV", "/anon_hugepage" };

	if (key->is_kernel)
		return DSO_KERNEL;
	if (strcmp(key->path, "[vdso]") == 0)
		return DSO_VDSO;
	if (key->path[0] != '/')
		return DSO_ANON;
	for (size_t i = 0; i < sizeof(anon) / sizeof(anon[0]); i++) {
		if (strncmp(key->path, anon[i], strlen(anon[i])) == 0)
			return DSO_ANON;
	}
	return DSO_FILE;
}

int dso_key_append(const struct dso_key *key, enum dso_kind kind,
		   struct buffer *buf)
{
	unsigned char kind_byte = (unsigned char)kind;
	int err = buffer_append(buf, &kind_byte, 1);

	if (!err)
		err = buffer_append(buf, key->path, strlen(key->path) + 1);
	if (err || kind == DSO_ANON)
		return err;
	if (key->build_id_size)
		return buffer_append(buf, key->build_id, key->build_id_size);
	err = buffer_append(buf, &key->device, sizeof(key->device));
	if (!err)
		err = buffer_append(buf, &key->inode, sizeof(key->inode));
	return err;
}
