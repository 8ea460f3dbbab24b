/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Widths, words and punctuation of perf script 6.1, as other programs parse
 * them.
 */
#include "config.h"

#include "export/script_line.h"

#include <inttypes.h>
#include <sys/mman.h>

#include "export/script_fields.h"

#define NSEC_PER_SEC  1000000000u
#define NSEC_PER_USEC 1000u

/* What the branch type says that its meaning is in new_type. */
#define BRANCH_TYPE_EXTENDED 15

void script_line_start(const struct lbrvirt_record *record, const char *comm,
		       unsigned int fields, bool is_narrow, FILE *out)
{
	/* perf gives what has no thread to the idle task, and prints -1. */
	int pid = (int)record->pid;
	int tid = (int)record->tid;

	if (fields & SCRIPT_COMM)
		fprintf(out, is_narrow ? "%s " : "%16s ", comm);
	if ((fields & SCRIPT_PID) && (fields & SCRIPT_TID))
		fprintf(out, "%5d/%-5d ", pid, tid);
	else if (fields & SCRIPT_PID)
		fprintf(out, "%5d ", pid);
	else if (fields & SCRIPT_TID)
		fprintf(out, "%5d ", tid);
	if (fields & SCRIPT_CPU)
		fprintf(out, "[%03d] ", (int)record->cpu);
	if (fields & SCRIPT_TIME)
		fprintf(out, "%5" PRIu64 ".%06" PRIu64 ": ",
			record->time_ns / NSEC_PER_SEC,
			record->time_ns % NSEC_PER_SEC / NSEC_PER_USEC);
}

static const char *branch_type(uint64_t flags)
{
	static const char *const names[16] = {
		"",    "COND",	  "UNCOND", "IND",	 "CALL",     "IND_CALL",
		"RET", "SYSCALL", "SYSRET", "COND_CALL", "COND_RET", "ERET",
		"IRQ", "SERROR",  "NO_TX",  "",
	};
	static const char *const extended[8] = {
		"FAULT_ALGN", "FAULT_DATA", "FAULT_INST", "ARCH_1",
		"ARCH_2",     "ARCH_3",	    "ARCH_4",	  "ARCH_5",
	};
	unsigned int type = LBRVIRT_BRANCH_TYPE(flags);
	unsigned int new_type = LBRVIRT_BRANCH_NEW_TYPE(flags);

	if (type == BRANCH_TYPE_EXTENDED)
		return new_type < 8 ? extended[new_type] : "";
	return names[type];
}

static char prediction(uint64_t flags)
{
	if (flags & LBRVIRT_BRANCH_PREDICTED)
		return 'P';
	return flags & LBRVIRT_BRANCH_MISPRED ? 'M' : '-';
}

void script_line_branch(const struct lbrvirt_branch *branch,
			const char *const dsos[2], FILE *out)
{
	const uint64_t addresses[2] = { branch->from, branch->to };
	uint64_t flags = branch->flags;

	for (int i = 0; i < 2; i++) {
		fprintf(out, i ? "/0x%" PRIx64 : " 0x%" PRIx64, addresses[i]);
		if (dsos[i])
			fprintf(out, "(%s)", dsos[i]);
	}
	fprintf(out, "/%c/%c/%c/%u/%s ", prediction(flags),
		flags & LBRVIRT_BRANCH_IN_TX ? 'X' : '-',
		flags & LBRVIRT_BRANCH_ABORT ? 'A' : '-',
		LBRVIRT_BRANCH_CYCLES(flags), branch_type(flags));
}

/* A build-id that is not of the record itself perf does not print here. */
static void print_identity(const struct lbrvirt_record *record, FILE *out)
{
	const struct lbrvirt_record_mmap *mmap = &record->mmap;

	if (!(record->misc & PERF_RECORD_MISC_MMAP_BUILD_ID)) {
		fprintf(out, " %02x:%02x %" PRIu64 " %" PRIu64, mmap->dev_major,
			mmap->dev_minor, mmap->inode, mmap->inode_generation);
		return;
	}
	fprintf(out, " <");
	for (unsigned int i = 0;
	     i < mmap->build_id_size && i < sizeof(mmap->build_id); i++)
		fprintf(out, "%02x", mmap->build_id[i]);
	fprintf(out, ">");
}

void script_line_mmap(const struct lbrvirt_record *record, FILE *out)
{
	const struct lbrvirt_record_mmap *mmap = &record->mmap;
	bool is_mmap2 = record->type == PERF_RECORD_MMAP2;

	fprintf(out,
		"PERF_RECORD_%s %d/%d: [%#" PRIx64 "(%#" PRIx64 ") @ %#" PRIx64,
		is_mmap2 ? "MMAP2" : "MMAP", (int)mmap->pid, (int)mmap->tid,
		mmap->start, mmap->size, mmap->offset);
	if (is_mmap2)
		print_identity(record, out);
	if (is_mmap2)
		fprintf(out, "]: %c%c%c%c %s\n",
			mmap->prot & PROT_READ ? 'r' : '-',
			mmap->prot & PROT_WRITE ? 'w' : '-',
			mmap->prot & PROT_EXEC ? 'x' : '-',
			mmap->flags & MAP_SHARED ? 's' : 'p', mmap->path);
	else
		fprintf(out, "]: %c %s\n",
			record->misc & PERF_RECORD_MISC_MMAP_DATA ? 'r' : 'x',
			mmap->path);
}
