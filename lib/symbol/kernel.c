/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kallsyms has lines of "address type name" and, for modules, "\t[module]".
 * Without the right to see addresses they are all zero. A kernel that booted
 * since the recording may be the same and yet lie elsewhere (KASLR): its own
 * text moves as a whole, by the distance of _text; modules do not.
 */
#include "config.h"

#include "symbol/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

#define FILE_MAX (256u * 1024 * 1024)
#define CHUNK	 (1024 * 1024)

/* A symbol has no size; where the next one is far, it ends here. */
#define FUNCTION_MAX (64 * 1024)

/* NT_GNU_BUILD_ID, name "GNU": /sys/kernel/notes has only a few notes. */
struct note_header {
	uint32_t name_size;
	uint32_t text_size;
	uint32_t type;
};

struct kernel {
	struct buffer text; /* the file; names point into it */
	struct names names;
	uint64_t text_start; /* address of _text in the file */
	uint64_t delta;	     /* recorded address - address in the file */
};

static int read_whole(const char *path, struct buffer *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = -1;
	int err = 0;

	if (fd < 0)
		return -ENOENT;
	while (!err && ret_text->size < FILE_MAX) {
		err = buffer_reserve(ret_text, CHUNK + 1);
		if (err)
			break;
		got = read(fd, ret_text->bytes + ret_text->size, CHUNK);
		if (got <= 0)
			break;
		ret_text->size += (size_t)got;
	}
	close(fd);
	if (err)
		return err;
	ret_text->bytes[ret_text->size] = '\0';
	return got < 0 ? -EIO : 0;
}

static bool is_same_build(const struct kernel_identity *identity)
{
	struct buffer notes = { .size = 0 };
	struct note_header header;
	bool is_same = false;
	size_t at = 0;

	if (read_whole("/sys/kernel/notes", &notes)) {
		buffer_fini(&notes);
		return false;
	}
	while (!is_same && at + sizeof(header) <= notes.size) {
		size_t name_size, text_size;

		memcpy(&header, notes.bytes + at, sizeof(header));
		at += sizeof(header);
		name_size = ((size_t)header.name_size + 3) & ~(size_t)3;
		text_size = ((size_t)header.text_size + 3) & ~(size_t)3;
		if (name_size + text_size > notes.size - at)
			break;
		is_same = header.type == 3 && header.name_size == 4 &&
			  memcmp(notes.bytes + at, "GNU", 4) == 0 &&
			  header.text_size == identity->build_id_size &&
			  memcmp(notes.bytes + at + name_size,
				 identity->build_id, header.text_size) == 0;
		at += name_size + text_size;
	}
	buffer_fini(&notes);
	return is_same;
}

/* Cut the next word off *@at, which ends by a blank, a tab or the line. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");

	*at = word + strcspn(word, " \t");
	if (**at)
		*(*at)++ = '\0';
	return *word ? word : NULL;
}

static int add_line(struct kernel *kernel, char *line)
{
	struct name name = { .start = 0 };
	char *address = next_word(&line);
	char *type = next_word(&line);
	char *text = next_word(&line);
	char *end;

	if (!address || !type || !text || type[1])
		return 0;
	name.start = strtoull(address, &end, 16);
	if (*end || name.start == 0)
		return 0;
	if (strcmp(text, "_text") == 0)
		kernel->text_start = name.start;
	if (!strchr("tTwW", type[0]))
		return 0;
	name.end = name.start;
	name.limit = name.start + FUNCTION_MAX;
	if (name.limit < name.start)
		return 0;
	name.text = text;
	name.dso = next_word(&line);
	name.binding = tolower((unsigned char)type[0]) == 'w' ? NAME_WEAK :
		       type[0] == 'T'			      ? NAME_GLOBAL :
								NAME_LOCAL;
	return names_add(&kernel->names, &name);
}

static int parse(struct kernel *kernel)
{
	char *line = (char *)kernel->text.bytes;
	int err = 0;

	while (line && *line && !err) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = '\0';
		err = add_line(kernel, line);
		line = next;
	}
	return err == -EOVERFLOW ? 0 : err;
}

/* Address of _text in this kernel's symbols, of which it is among the first; 0:
 * not to be had. */
static uint64_t find_our_text(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long address = 0;
	char name[64] = "";
	char line[512];

	for (int i = 0; file && i < 64 && strcmp(name, "_text") != 0; i++) {
		if (!fgets(line, sizeof(line), file) ||
		    sscanf(line, "%llx %*c %63s", &address, name) != 2)
			break;
	}
	if (file)
		fclose(file);
	return strcmp(name, "_text") == 0 ? address : 0;
}

/*
 * Whether this machine's kernel can have been the recorded one. Reading all of
 * its symbols takes longer than many a report.
 */
static bool is_ours(const struct kernel_identity *identity)
{
	uint64_t text_start;

	if (identity->build_id_size)
		return is_same_build(identity);
	if (identity->is_elsewhere)
		return false;
	text_start = identity->text_start ? find_our_text() : 0;
	return !text_start || text_start == identity->text_start;
}

static void relocate(struct kernel *kernel,
		     const struct kernel_identity *identity)
{
	if (identity->text_start && kernel->text_start)
		kernel->delta = identity->text_start - kernel->text_start;
}

int kernel_new(const char *path, const struct kernel_identity *identity,
	       struct kernel **ret_kernel)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	int err;

	if (!kernel)
		return -ENOMEM;
	if (!path && !is_ours(identity)) {
		*ret_kernel = kernel;
		return 0;
	}
	err = read_whole(path ? path : "/proc/kallsyms", &kernel->text);
	if (!err)
		err = parse(kernel);
	if (err == -ENOMEM) {
		kernel_free(kernel);
		return err;
	}
	names_sort(&kernel->names);
	relocate(kernel, identity);
	*ret_kernel = kernel;
	return 0;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	names_fini(&kernel->names);
	buffer_fini(&kernel->text);
	free(kernel);
}

const struct name *kernel_find(const struct kernel *kernel, uint64_t address,
			       uint64_t *ret_start)
{
	const struct name *name =
		names_find(&kernel->names, address - kernel->delta);

	if (!name || (name->dso && kernel->delta))
		return NULL;
	*ret_start = name->start + kernel->delta;
	return name;
}
