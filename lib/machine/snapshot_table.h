/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a saved machine has besides files and CPUID: values of MSRs, and
 * perf_event_open()'s answers. snapshot.h has the forms.
 */
#ifndef LBRVIRT_MACHINE_SNAPSHOT_TABLE_H
#define LBRVIRT_MACHINE_SNAPSHOT_TABLE_H

#include <lbrvirt/context.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot_msr {
	unsigned int cpu;
	uint32_t msr;
	uint64_t value;
	int err; /* 0 or -EIO: reading it faults */
};

/* In the order in which a saved file has them: the first that fits decides. */
enum snapshot_kind {
	SNAPSHOT_PRECISE, /* precise_ip above 0 */
	SNAPSHOT_KERNEL,  /* the kernel is not excluded */
	SNAPSHOT_CALL_STACK,
	SNAPSHOT_BRANCHES,
	SNAPSHOT_HARDWARE,
	SNAPSHOT_ANY,
	SNAPSHOT_KIND_COUNT,
};

struct snapshot_answer {
	enum snapshot_kind kind;
	int err; /* 0 or -errno */
};

struct snapshot_table {
	struct snapshot_msr *msrs; /* in the file's order */
	size_t nr_msrs;
	size_t msrs_capacity;
	struct snapshot_answer answers[SNAPSHOT_KIND_COUNT]; /* likewise */
	size_t nr_answers;
};

void snapshot_table_fini(struct snapshot_table *table);

/* Add what a text says; it is overwritten meanwhile. @name is for error texts.
 * 0, -EBADMSG or -ENOMEM. */
int snapshot_table_parse_msr(struct lbrvirt_context *ctx, const char *name,
			     char *text, struct snapshot_table *table);
int snapshot_table_parse_open(struct lbrvirt_context *ctx, const char *name,
			      char *text, struct snapshot_table *table);

/* Whether an event is of a kind; all are SNAPSHOT_ANY. */
bool snapshot_table_is_of_kind(const struct perf_event_attr *attr,
			       enum snapshot_kind kind);

/* A kind's name in the file, and a negative errno's, or 0's; NULL: it has
 * none. */
const char *snapshot_table_kind_name(enum snapshot_kind kind);
const char *snapshot_table_errno_name(int err);

/* As machine_ops.msr_read(). -ENOENT, too, for what nobody wrote down. */
int snapshot_table_msr(const struct snapshot_table *table, unsigned int cpu,
		       uint32_t msr, uint64_t *ret_value);

/* Whether an event opens: 0 or -errno. */
int snapshot_table_open(const struct snapshot_table *table,
			const struct perf_event_attr *attr);

#endif
