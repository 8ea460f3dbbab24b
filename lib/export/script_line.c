/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Widths, words and punctuation of perf script 6.1, as other programs parse
 * them.
 */
#include "config.h"

#include "export/script_line.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "export/script_fields.h"

#define NSEC_PER_SEC  1000000000u
#define NSEC_PER_USEC 1000u

#define ID_WIDTH      5
#define COMM_WIDTH    16
#define CPU_WIDTH     3
#define SEC_WIDTH     5
#define NSEC_WIDTH    9
#define USEC_WIDTH    6

/* A number of seconds before it is known how long, and what may be written for
 * CPU, time and the punctuation of both. */
#define SECOND_MAX (SEC_WIDTH + TEXT_DECIMAL_MAX + 1)
#define WHEN_MAX   (4 * TEXT_DECIMAL_MAX + SECOND_MAX)

/* What the branch type says that its meaning is in new_type. */
#define BRANCH_TYPE_EXTENDED 15

/* perf gives what has no thread to the idle task, and prints -1. */
static void put_id(struct text *text, uint32_t id, unsigned int width)
{
	char digits[16];

	if (id <= INT32_MAX) {
		text_put_decimal(text, id, width);
		return;
	}
	snprintf(digits, sizeof(digits), "%d", (int)id);
	text_put_padded(text, digits, width);
}

static void put_ids(struct text *text, const struct lbrvirt_record *record,
		    unsigned int fields)
{
	size_t end;

	put_id(text, fields & SCRIPT_PID ? record->pid : record->tid, ID_WIDTH);
	if ((fields & SCRIPT_PID) && (fields & SCRIPT_TID)) {
		text_put_char(text, '/');
		end = text->bytes.size + ID_WIDTH;
		put_id(text, record->tid, 0);
		while (text->bytes.size < end && !text->is_short)
			text_put_char(text, ' ');
	}
	text_put_char(text, ' ');
}

void script_line_thread(const struct lbrvirt_record *record, const char *comm,
			unsigned int fields, struct text *text)
{
	if (fields & SCRIPT_COMM) {
		text_put_padded(text, comm,
				fields & SCRIPT_NARROW ? 0 : COMM_WIDTH);
		text_put_char(text, ' ');
	}
	if (fields & (SCRIPT_PID | SCRIPT_TID))
		put_ids(text, record, fields);
}

static unsigned char *make_cpu(unsigned char *to, uint32_t cpu)
{
	*to++ = '[';
	/* As perf: -1 where the record does not say. */
	if (cpu <= INT32_MAX) {
		to = text_make_decimal(to, cpu, CPU_WIDTH, '0');
	} else {
		memcpy(to, "-01", 3);
		to += 3;
	}
	memcpy(to, "] ", 2);
	return to + 2;
}

static void make_second(struct script_second *last, uint64_t second)
{
	unsigned char digits[SECOND_MAX] = { 0 };
	unsigned char *end = text_make_decimal(digits, second, SEC_WIDTH, ' ');

	*end++ = '.';
	last->second = second;
	last->size = (unsigned int)(end - digits);
	memcpy(last->digits, digits, sizeof(last->digits));
}

static unsigned char *make_time(unsigned char *to, uint64_t time_ns,
				bool has_ns, struct script_second *last)
{
	uint64_t second = time_ns / NSEC_PER_SEC;
	uint64_t rest = time_ns - second * NSEC_PER_SEC;

	if (second != last->second || !last->size)
		make_second(last, second);
	memcpy(to, last->digits, sizeof(last->digits));
	to += last->size;
	if (has_ns)
		to = text_make_decimal(to, rest, NSEC_WIDTH, '0');
	else
		to = text_make_decimal(to, rest / NSEC_PER_USEC, USEC_WIDTH,
				       '0');
	memcpy(to, ": ", 2);
	return to + 2;
}

void script_line_when(const struct lbrvirt_record *record, unsigned int fields,
		      struct script_second *last, struct text *text)
{
	unsigned char *to = text_room(text, WHEN_MAX);

	if (!to)
		return;
	if (fields & SCRIPT_CPU)
		to = make_cpu(to, record->cpu);
	if (fields & SCRIPT_TIME)
		to = make_time(to, record->time_ns, fields & SCRIPT_NS, last);
	text_end(text, to);
}

static void put_source(const struct lbrvirt_symbol *symbol, struct text *text)
{
	const char *slash;

	if (!symbol->file || !symbol->line)
		return;
	slash = strrchr(symbol->file, '/');
	text_put_string(text, "\n  ");
	text_put_string(text, slash ? slash + 1 : symbol->file);
	text_put_char(text, ':');
	text_put_decimal(text, symbol->line, 0);
}

void script_line_offset(const struct lbrvirt_symbol *symbol, uint64_t offset,
			struct text *text)
{
	if (!symbol->has_name)
		return;
	text_put_string(text, "+0x");
	text_put_hex(text, offset, 0);
}

void script_line_dso(const struct lbrvirt_symbol *symbol, struct text *text)
{
	text_put_char(text, '(');
	text_put_string(text, symbol->dso);
	text_put_char(text, ')');
}

void script_line_symbol(unsigned int fields,
			const struct lbrvirt_symbol *symbol,
			const struct lbrvirt_symbol *function,
			unsigned int back, struct text *text)
{
	if (fields & SCRIPT_SYM) {
		text_put_char(text, ' ');
		text_put_string(text, symbol->name);
		if (fields & SCRIPT_SYMOFF)
			script_line_offset(symbol, function->offset - back,
					   text);
	}
	if ((fields & SCRIPT_DSO) && !symbol->is_inlined) {
		text_put_char(text, ' ');
		script_line_dso(symbol, text);
	}
	if (fields & SCRIPT_SRCLINE)
		put_source(symbol, text);
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

/* The longest of branch_type(). */
#define TYPE_MAX sizeof("FAULT_ALGN")
/* "/M/X/A/65535/" and the type, with what is written beyond a number. */
#define FLAGS_MAX  (16 + TEXT_DECIMAL_MAX + TYPE_MAX)
#define BRANCH_MAX (2 * (3 + TEXT_HEX_MAX) + TEXT_HEX_MAX + FLAGS_MAX)

static unsigned char *make_cycles(unsigned char *to, unsigned int cycles)
{
	/* Most are 0: few CPUs count them. */
	if (cycles < 10) {
		*to = (unsigned char)('0' + cycles);
		return to + 1;
	}
	return text_make_decimal(to, cycles, 0, ' ');
}

static unsigned char *make_flags(unsigned char *to, uint64_t flags)
{
	/* By MISPRED and PREDICTED. */
	static const unsigned char predictions[] = { '-', 'M', 'P', 'P' };
	const char *type;

	memcpy(to, "/-/-/-/", 8);
	to[1] = predictions[flags & 3];
	if (flags & (LBRVIRT_BRANCH_IN_TX | LBRVIRT_BRANCH_ABORT)) {
		to[3] = flags & LBRVIRT_BRANCH_IN_TX ? 'X' : '-';
		to[5] = flags & LBRVIRT_BRANCH_ABORT ? 'A' : '-';
	}
	to = make_cycles(to + 7, LBRVIRT_BRANCH_CYCLES(flags));
	*to++ = '/';
	for (type = branch_type(flags); *type; type++)
		*to++ = (unsigned char)*type;
	*to++ = ' ';
	return to;
}

void script_line_flags(const struct lbrvirt_branch *branch, struct text *text)
{
	unsigned char *to = text_room(text, FLAGS_MAX);

	if (to)
		text_end(text, make_flags(to, branch->flags));
}

/* The digits above the last eight, which many addresses in a row share. */
struct upper_digits {
	uint32_t upper;
	unsigned int nr; /* 0: there are none */
	unsigned char digits[TEXT_HEX_MAX];
};

static void make_upper(struct upper_digits *ret, uint32_t upper)
{
	unsigned char *end = text_make_hex(ret->digits, upper);

	ret->upper = upper;
	ret->nr = upper ? (unsigned int)(end - ret->digits) : 0;
}

static inline unsigned char *make_address(unsigned char *to, uint64_t address,
					  struct upper_digits *last)
{
	uint64_t digits = htole64(text_hex_digits((uint32_t)address));

	memcpy(to, "0x", 2);
	to += 2;
	if (address >> 32 != last->upper)
		make_upper(last, (uint32_t)(address >> 32));
	if (!last->nr)
		return text_make_hex(to, address);
	memcpy(to, last->digits, sizeof(digits));
	to += last->nr;
	memcpy(to, &digits, sizeof(digits));
	return to + sizeof(digits);
}

void script_line_branches(const struct lbrvirt_branch *branches, size_t nr,
			  struct text *text)
{
	unsigned char *to = text_room(text, nr * BRANCH_MAX);
	struct upper_digits last = { .nr = 0 };

	if (!to)
		return;
	for (size_t i = 0; i < nr; i++) {
		*to++ = ' ';
		to = make_address(to, branches[i].from, &last);
		*to++ = '/';
		to = make_address(to, branches[i].to, &last);
		to = make_flags(to, branches[i].flags);
	}
	text_end(text, to);
}

void script_line_page_size(uint64_t size, struct text *text)
{
	static const char units[] = { 'B', 'K', 'M', 'G' };
	size_t i = 0;

	text_put_char(text, ' ');
	if (!size) {
		text_put_string(text, "N/A");
		return;
	}
	/* perf goes on only while more than one unit is left: 1 GiB is 1024M. */
	while (size / 1024 > 1 && i + 1 < sizeof(units)) {
		size /= 1024;
		i++;
	}
	text_put_decimal(text, size, 0);
	text_put_char(text, units[i]);
}

/* A build-id that is not of the record itself perf does not print here. */
static void put_identity(const struct lbrvirt_record *record, struct text *text)
{
	const struct lbrvirt_record_mmap *mmap = &record->mmap;
	char numbers[80];

	if (!(record->misc & PERF_RECORD_MISC_MMAP_BUILD_ID)) {
		snprintf(numbers, sizeof(numbers),
			 " %02x:%02x %" PRIu64 " %" PRIu64, mmap->dev_major,
			 mmap->dev_minor, mmap->inode, mmap->inode_generation);
		text_put_string(text, numbers);
		return;
	}
	text_put_string(text, " <");
	for (unsigned int i = 0;
	     i < mmap->build_id_size && i < sizeof(mmap->build_id); i++) {
		text_put_hex(text, mmap->build_id[i] >> 4, 0);
		text_put_hex(text, mmap->build_id[i] & 0xf, 0);
	}
	text_put_char(text, '>');
}

void script_line_mmap(const struct lbrvirt_record *record, struct text *text)
{
	const struct lbrvirt_record_mmap *mmap = &record->mmap;
	bool is_mmap2 = record->type == PERF_RECORD_MMAP2;
	char numbers[128];

	snprintf(numbers, sizeof(numbers),
		 "PERF_RECORD_%s %d/%d: [%#" PRIx64 "(%#" PRIx64
		 ") @ %#" PRIx64,
		 is_mmap2 ? "MMAP2" : "MMAP", (int)mmap->pid, (int)mmap->tid,
		 mmap->start, mmap->size, mmap->offset);
	text_put_string(text, numbers);
	if (is_mmap2) {
		const char prot[] = {
			mmap->prot & PROT_READ ? 'r' : '-',
			mmap->prot & PROT_WRITE ? 'w' : '-',
			mmap->prot & PROT_EXEC ? 'x' : '-',
			mmap->flags & MAP_SHARED ? 's' : 'p',
		};

		put_identity(record, text);
		text_put_string(text, "]: ");
		text_put(text, prot, sizeof(prot));
	} else {
		text_put_string(text, "]: ");
		text_put_char(text, record->misc & PERF_RECORD_MISC_MMAP_DATA ?
					    'r' :
					    'x');
	}
	text_put_char(text, ' ');
	text_put_string(text, mmap->path);
	text_put_char(text, '\n');
}
