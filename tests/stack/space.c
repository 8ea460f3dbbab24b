/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/PID/maps to records.
 */
#include "config.h"

#include "stack/space.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void space_init(struct space *space, bool is_live)
{
	const struct dso_table_opts opts = { .is_live = is_live };

	memset(space, 0, sizeof(*space));
	ck_assert_int_eq(lbrvirt_context_new(&space->ctx), 0);
	ck_assert_int_eq(dso_table_new(space->ctx, &opts, &space->dsos), 0);
	ck_assert_int_eq(process_table_new(space->ctx, space->dsos,
					   &space->processes),
			 0);
	ck_assert_int_eq(
		unwinder_new(space->ctx, space->dsos, &space->unwinder), 0);
}

void space_fini(struct space *space)
{
	unwinder_free(space->unwinder);
	process_table_free(space->processes);
	dso_table_free(space->dsos);
	lbrvirt_context_free(space->ctx);
}

static uint32_t prot_of(const char *letters)
{
	return (letters[0] == 'r' ? PROT_READ : 0) |
	       (letters[1] == 'w' ? PROT_WRITE : 0) |
	       (letters[2] == 'x' ? PROT_EXEC : 0);
}

static void apply_line(struct space *space, pid_t pid, const char *line)
{
	struct lbrvirt_record record = { .type = PERF_RECORD_MMAP2,
					 .misc = PERF_RECORD_MISC_USER };
	struct lbrvirt_record_mmap *mmap = &record.mmap;
	char letters[5];
	uint64_t end;
	int path_at = 0;

	mmap->pid = (uint32_t)pid;
	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx32
		   ":%" SCNx32 " %" SCNu64 " %n",
		   &mmap->start, &end, letters, &mmap->offset, &mmap->dev_major,
		   &mmap->dev_minor, &mmap->inode, &path_at) < 7)
		return;
	mmap->size = end - mmap->start;
	mmap->prot = prot_of(letters);
	mmap->path = line[path_at] ? line + path_at : "//anon";
	/* As the kernel has it in its own records. */
	if (strcmp(mmap->path, "[vdso]") == 0)
		mmap->offset = 0;
	ck_assert_int_eq(process_table_apply(space->processes, &record), 0);
}

void space_read(struct space *space, pid_t pid)
{
	char line[1024];
	FILE *file;

	snprintf(line, sizeof(line), "/proc/%d/maps", (int)pid);
	file = fopen(line, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		apply_line(space, pid, line);
	}
	fclose(file);
	space->process = process_table_get(space->processes, (uint32_t)pid);
	ck_assert_ptr_nonnull(space->process);
}

struct lbrvirt_stack *space_stack(void)
{
	struct lbrvirt_stack *stack = calloc(1, sizeof(*stack));

	ck_assert_ptr_nonnull(stack);
	return stack;
}
