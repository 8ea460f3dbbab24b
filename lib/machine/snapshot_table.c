/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of a few words each, with # before remarks.
 */
#include "config.h"

#include "machine/snapshot_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

enum { WORDS_MAX = 3 };

/* A line's words; one more than WORDS_MAX if there are more. */
struct words {
	char *word[WORDS_MAX + 1];
	size_t nr;
};

static const char *const kinds[SNAPSHOT_KIND_COUNT] = {
	[SNAPSHOT_PRECISE] = "precise",	      [SNAPSHOT_KERNEL] = "kernel",
	[SNAPSHOT_CALL_STACK] = "call-stack", [SNAPSHOT_BRANCHES] = "branches",
	[SNAPSHOT_HARDWARE] = "hardware",     [SNAPSHOT_ANY] = "any",
};

struct answer {
	const char *name;
	int err;
};

/* What perf_event_open(2) can answer. */
static const struct answer answers[] = {
	{ "ok", 0 },	       { "E2BIG", -E2BIG },
	{ "EACCES", -EACCES }, { "EBUSY", -EBUSY },
	{ "EINVAL", -EINVAL }, { "EMFILE", -EMFILE },
	{ "ENODEV", -ENODEV }, { "ENOENT", -ENOENT },
	{ "ENOSYS", -ENOSYS }, { "EOPNOTSUPP", -EOPNOTSUPP },
	{ "EPERM", -EPERM },
};

void snapshot_table_fini(struct snapshot_table *table)
{
	free(table->msrs);
	memset(table, 0, sizeof(*table));
}

static struct words split(char *line)
{
	struct words words = { .nr = 0 };
	char *save = NULL;
	char *word;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, " \t\r", &save);
	while (word && words.nr <= WORDS_MAX) {
		words.word[words.nr++] = word;
		word = strtok_r(NULL, " \t\r", &save);
	}
	return words;
}

/* How the lines of a file are taken, and what they should have been. */
struct form {
	int (*take)(const struct words *words, struct snapshot_table *table);
	const char *wanted;
};

static int parse_lines(struct lbrvirt_context *ctx, const char *name,
		       char *text, const struct form *form,
		       struct snapshot_table *table)
{
	unsigned int number = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		struct words words = split(line);
		int err = 0;

		number++;
		if (words.nr > 0)
			err = form->take(&words, table);
		if (err == -ENOMEM)
			return error_set(ctx, ENOMEM, "out of memory");
		if (err)
			return error_set(ctx, EBADMSG, "%s:%u: wanted is %s",
					 name, number, form->wanted);
	}
	return 0;
}

/* Decimal, or hexadecimal after 0x, up to @max. */
static int parse_number(const char *word, uint64_t max, uint64_t *ret_number)
{
	bool is_hex = strncmp(word, "0x", 2) == 0;
	const char *digits = is_hex ? word + 2 : word;
	uint64_t number;

	if (!digits[0] ||
	    digits[strspn(digits,
			  is_hex ? "0123456789abcdefABCDEF" : "0123456789")])
		return -EBADMSG;
	errno = 0;
	number = strtoull(digits, NULL, is_hex ? 16 : 10);
	if (errno || number > max)
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

static int take_msr(const struct words *words, struct snapshot_table *table)
{
	void *msrs = table->msrs;
	uint64_t cpu, msr, value = 0;
	bool is_fault;

	if (words->nr != 3 || parse_number(words->word[0], UINT16_MAX, &cpu) ||
	    parse_number(words->word[1], UINT32_MAX, &msr))
		return -EBADMSG;
	is_fault = strcmp(words->word[2], "fault") == 0;
	if (!is_fault && parse_number(words->word[2], UINT64_MAX, &value))
		return -EBADMSG;
	if (array_reserve(&msrs, &table->msrs_capacity, table->nr_msrs + 1,
			  sizeof(*table->msrs)))
		return -ENOMEM;
	table->msrs = msrs;
	table->msrs[table->nr_msrs++] = (struct snapshot_msr){
		.cpu = (unsigned int)cpu,
		.msr = (uint32_t)msr,
		.value = value,
		.err = is_fault ? -EIO : 0,
	};
	return 0;
}

static int take_answer(const struct words *words, struct snapshot_table *table)
{
	size_t kind = 0;
	size_t i = 0;

	if (words->nr != 2)
		return -EBADMSG;
	while (kind < SNAPSHOT_KIND_COUNT &&
	       strcmp(words->word[0], kinds[kind]) != 0)
		kind++;
	while (i < sizeof(answers) / sizeof(answers[0]) &&
	       strcmp(words->word[1], answers[i].name) != 0)
		i++;
	if (kind == SNAPSHOT_KIND_COUNT ||
	    i == sizeof(answers) / sizeof(answers[0]) ||
	    table->nr_answers == SNAPSHOT_KIND_COUNT)
		return -EBADMSG;
	table->answers[table->nr_answers++] = (struct snapshot_answer){
		.kind = (enum snapshot_kind)kind,
		.err = answers[i].err,
	};
	return 0;
}

int snapshot_table_parse_msr(struct lbrvirt_context *ctx, const char *name,
			     char *text, struct snapshot_table *table)
{
	static const struct form form = {
		take_msr,
		"CPU REGISTER VALUE, such as 0 0x345 0x5, or fault for the value",
	};

	return parse_lines(ctx, name, text, &form, table);
}

int snapshot_table_parse_open(struct lbrvirt_context *ctx, const char *name,
			      char *text, struct snapshot_table *table)
{
	static const struct form form = {
		take_answer,
		"KIND ANSWER: precise, kernel, call-stack, branches, hardware or any, then ok or an errno such as EOPNOTSUPP",
	};

	return parse_lines(ctx, name, text, &form, table);
}

int snapshot_table_msr(const struct snapshot_table *table, unsigned int cpu,
		       uint32_t msr, uint64_t *ret_value)
{
	for (size_t i = 0; i < table->nr_msrs; i++) {
		const struct snapshot_msr *m = &table->msrs[i];

		if (m->cpu != cpu || m->msr != msr)
			continue;
		if (!m->err)
			*ret_value = m->value;
		return m->err;
	}
	return -ENOENT;
}

const char *snapshot_table_kind_name(enum snapshot_kind kind)
{
	return kinds[kind];
}

const char *snapshot_table_errno_name(int err)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].err == err)
			return answers[i].name;
	return NULL;
}

bool snapshot_table_is_of_kind(const struct perf_event_attr *attr,
			       enum snapshot_kind kind)
{
	bool has_branches = attr->sample_type & PERF_SAMPLE_BRANCH_STACK;

	switch (kind) {
	case SNAPSHOT_PRECISE:
		return attr->precise_ip;
	case SNAPSHOT_KERNEL:
		return !attr->exclude_kernel;
	case SNAPSHOT_CALL_STACK:
		return has_branches && (attr->branch_sample_type &
					PERF_SAMPLE_BRANCH_CALL_STACK);
	case SNAPSHOT_BRANCHES:
		return has_branches;
	case SNAPSHOT_HARDWARE:
		return attr->type != PERF_TYPE_SOFTWARE;
	default:
		return true;
	}
}

int snapshot_table_open(const struct snapshot_table *table,
			const struct perf_event_attr *attr)
{
	for (size_t i = 0; i < table->nr_answers; i++)
		if (snapshot_table_is_of_kind(attr, table->answers[i].kind))
			return table->answers[i].err;
	return table->nr_answers ? -ENOENT : -ENODATA;
}
