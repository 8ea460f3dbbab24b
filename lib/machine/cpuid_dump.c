/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two forms of a line, told apart by how it begins:
 *
 *   "   0x00000004 0x01: eax=0x1c004122 ebx=... ecx=... edx=..."   cpuid -r
 *   "CPUID 00000004: 1C004122-01C0003F-0000003F-00000000 [SL 01]"  InstLatx64
 *
 * Every other line is a heading or a remark. Of headings only cpuid's "CPU 2:"
 * is needed, as it leaves out CPUs that are offline: InstLatx64 heads CPUs in
 * half a dozen ways, or not at all, but each begins with leaf 0.
 */
#include "config.h"

#include "machine/cpuid_dump.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "machine/cpus.h"

struct parser {
	struct lbrvirt_context *ctx;
	const char *name;
	struct cpuid_dump dump;
	uint32_t line;
	unsigned int cpu;
	bool has_leaf0; /* of this CPU */
};

void cpuid_dump_fini(struct cpuid_dump *dump)
{
	free(dump->entries);
	memset(dump, 0, sizeof(*dump));
}

/* @digits hexadecimal digits at *@text, which moves behind them. */
static bool take_hex(const char **text, size_t digits, uint32_t *ret_value)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	char copy[9] = "";

	assert(digits < sizeof(copy));
	if (strspn(*text, hex) != digits)
		return false;
	memcpy(copy, *text, digits);
	*ret_value = (uint32_t)strtoul(copy, NULL, 16);
	*text += digits;
	return true;
}

static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

/* What stands behind the leading "0x" of a line of cpuid -r. */
static bool parse_cpuid_r(const char *text, struct cpuid_dump_entry *entry)
{
	static const char *const names[] = { ": eax=0x", " ebx=0x", " ecx=0x",
					     " edx=0x" };
	uint32_t *const regs[] = { &entry->regs.eax, &entry->regs.ebx,
				   &entry->regs.ecx, &entry->regs.edx };

	if (!take_hex(&text, 8, &entry->leaf) || !take_word(&text, " 0x") ||
	    !take_hex(&text, 2, &entry->subleaf))
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!take_word(&text, names[i]) || !take_hex(&text, 8, regs[i]))
			return false;
	return text[strspn(text, " \t\r")] == '\0';
}

/*
 * Where a leaf has several lines without a subleaf they are counted. That is
 * right for caches and topology; of leaf 0xD such dumps do not tell which
 * subleafs they left out.
 */
static uint32_t next_subleaf(const struct parser *parser, uint32_t leaf)
{
	const struct cpuid_dump *dump = &parser->dump;
	const struct cpuid_dump_entry *last;

	if (dump->nr == 0)
		return 0;
	last = &dump->entries[dump->nr - 1];
	if (last->cpu != parser->cpu || last->leaf != leaf || leaf == 0)
		return 0;
	return last->subleaf + 1;
}

/* What stands behind the leaf and its colon of an InstLatx64 line. */
static bool parse_instlat(const struct parser *parser, const char *text,
			  struct cpuid_dump_entry *entry)
{
	uint32_t *const regs[] = { &entry->regs.eax, &entry->regs.ebx,
				   &entry->regs.ecx, &entry->regs.edx };
	const char *subleaf;

	for (size_t i = 0; i < 4; i++)
		if (!take_word(&text, i ? "-" : " ") ||
		    !take_hex(&text, 8, regs[i]))
			return false;
	if (!strchr(" \t\r", *text))
		return false;
	subleaf = strstr(text, "[SL ");
	if (!subleaf) {
		entry->subleaf = next_subleaf(parser, entry->leaf);
		return true;
	}
	subleaf += strlen("[SL ");
	return take_hex(&subleaf, 2, &entry->subleaf) && *subleaf == ']';
}

static int append(struct parser *parser, const struct cpuid_dump_entry *entry)
{
	struct cpuid_dump *dump = &parser->dump;
	void *entries = dump->entries;

	if (array_reserve(&entries, &dump->capacity, dump->nr + 1,
			  sizeof(*entry)))
		return error_set(parser->ctx, ENOMEM, "out of memory");
	dump->entries = entries;
	dump->entries[dump->nr++] = *entry;
	return 0;
}

static int add_entry(struct parser *parser, struct cpuid_dump_entry *entry)
{
	if (entry->leaf == 0 && entry->subleaf == 0) {
		if (parser->has_leaf0)
			parser->cpu++;
		parser->has_leaf0 = true;
	}
	if (parser->cpu >= CPUS_MAX)
		return error_set(parser->ctx, EBADMSG,
				 "%s:%" PRIu32 ": more than %d CPUs",
				 parser->name, parser->line, CPUS_MAX);
	entry->cpu = parser->cpu;
	entry->line = parser->line;
	return append(parser, entry);
}

/* "CPU 2:"; "CPU:" of cpuid -1 says nothing. */
static int take_heading(struct parser *parser, const char *text)
{
	unsigned long cpu;
	char *end;

	if (!take_word(&text, "CPU ") || *text < '0' || *text > '9')
		return 0;
	cpu = strtoul(text, &end, 10);
	if (strcmp(end, ":") != 0 && strcmp(end, ":\r") != 0)
		return 0;
	if (cpu >= CPUS_MAX)
		return error_set(parser->ctx, EBADMSG,
				 "%s:%" PRIu32 ": no kernel has a CPU %lu",
				 parser->name, parser->line, cpu);
	parser->cpu = (unsigned int)cpu;
	parser->has_leaf0 = false;
	return 0;
}

static int parse_line(struct parser *parser, const char *text)
{
	struct cpuid_dump_entry entry = { 0 };
	const char *rest = text + strspn(text, " \t");
	bool is_right;

	if (rest != text && take_word(&rest, "0x")) {
		is_right = parse_cpuid_r(rest, &entry);
	} else {
		rest = text;
		/* "CPUID Revision : ..." and the like are remarks. */
		if (!take_word(&rest, "CPUID ") ||
		    !take_hex(&rest, 8, &entry.leaf) || *rest++ != ':')
			return take_heading(parser, text);
		is_right = parse_instlat(parser, rest, &entry);
	}
	if (!is_right)
		return error_set(
			parser->ctx, EBADMSG,
			"%s:%" PRIu32
			": neither a line of cpuid -r nor one of an InstLatx64 dump",
			parser->name, parser->line);
	return add_entry(parser, &entry);
}

static int compare(const void *a, const void *b)
{
	const struct cpuid_dump_entry *x = a;
	const struct cpuid_dump_entry *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	if (x->leaf != y->leaf)
		return x->leaf < y->leaf ? -1 : 1;
	if (x->subleaf != y->subleaf)
		return x->subleaf < y->subleaf ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int parse_lines(struct parser *parser, char *text)
{
	char *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		int err;

		parser->line++;
		err = parse_line(parser, line);
		if (err)
			return err;
	}
	if (parser->dump.nr == 0)
		return error_set(
			parser->ctx, EBADMSG,
			"%s: no CPUID registers in it: wanted is what cpuid -r prints, or an InstLatx64 dump",
			parser->name);
	return 0;
}

int cpuid_dump_parse(struct lbrvirt_context *ctx, const char *name,
		     const char *text, struct cpuid_dump *ret_dump)
{
	struct parser parser = { .ctx = ctx, .name = name };
	char *copy;
	int err;

	assert(name && text && ret_dump);

	copy = strdup(text);
	if (!copy)
		return error_set(ctx, ENOMEM, "out of memory");
	err = parse_lines(&parser, copy);
	free(copy);
	if (err) {
		cpuid_dump_fini(&parser.dump);
		return err;
	}
	qsort(parser.dump.entries, parser.dump.nr, sizeof(*parser.dump.entries),
	      compare);
	*ret_dump = parser.dump;
	return 0;
}

/* The first entry that is not before @key. */
static size_t lower_bound(const struct cpuid_dump *dump,
			  const struct cpuid_dump_entry *key)
{
	size_t low = 0;
	size_t high = dump->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&dump->entries[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has_cpu(const struct cpuid_dump *dump, unsigned int cpu)
{
	const struct cpuid_dump_entry key = { .cpu = cpu };
	size_t at = lower_bound(dump, &key);

	return at < dump->nr && dump->entries[at].cpu == cpu;
}

void cpuid_dump_find(const struct cpuid_dump *dump, unsigned int cpu,
		     uint32_t leaf, uint32_t subleaf,
		     struct cpuid_regs *ret_regs)
{
	struct cpuid_dump_entry key = { .leaf = leaf, .subleaf = subleaf };
	size_t at;

	memset(ret_regs, 0, sizeof(*ret_regs));
	if (dump->nr == 0)
		return;
	key.cpu = has_cpu(dump, cpu) ? cpu : dump->entries[0].cpu;
	at = lower_bound(dump, &key);
	if (at < dump->nr && dump->entries[at].cpu == key.cpu &&
	    dump->entries[at].leaf == leaf &&
	    dump->entries[at].subleaf == subleaf)
		*ret_regs = dump->entries[at].regs;
}
