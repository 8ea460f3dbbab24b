/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each text is made once for an address in its address space and kept: the
 * epochs in its key say which that was.
 */
#include "config.h"

#include "export/script_code.h"

#include "export/script_fields.h"
#include "export/script_line.h"

/* Mappings of the kernel and its modules, a process of their own. */
#define KERNEL_PID UINT32_MAX

/* The function at an address that is no return address. */
static int find_symbol(struct script_code *code,
		       const struct lbrvirt_record *record, uint64_t address,
		       bool is_kernel, const struct lbrvirt_symbol **ret_symbol)
{
	const struct lbrvirt_frame frame = { .address = address,
					     .is_kernel = is_kernel };
	const struct lbrvirt_symbol *symbols;
	size_t nr;
	int err = lbrvirt_resolver_symbols(code->resolver, record->pid, &frame,
					   &symbols, &nr);

	if (!err)
		*ret_symbol = &symbols[nr - 1];
	return err;
}

static uint64_t epoch_of(struct script_code *code, uint32_t pid)
{
	return lbrvirt_resolver_epoch(code->resolver, pid);
}

int script_code_address(struct script_code *code, unsigned int fields,
			const struct lbrvirt_record *record, struct text *text)
{
	const unsigned int names = SCRIPT_SYM | SCRIPT_DSO | SCRIPT_SRCLINE;
	const struct lbrvirt_symbol *symbol;
	uint64_t ip = record->sample.ip;
	bool is_kernel = (record->misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
			 PERF_RECORD_MISC_KERNEL;
	const struct script_memo_key key = {
		.epoch = epoch_of(code, is_kernel ? KERNEL_PID : record->pid),
		.address = ip,
		.target = is_kernel,
		.fields = fields & (names | SCRIPT_SYMOFF | SCRIPT_IP),
	};
	size_t first = text->bytes.size;
	int err;

	if (script_memo_put(&code->memo, &key, text))
		return 0;
	text_put_char(text, ' ');
	text_put_hex(text, ip, 16);
	if (fields & names) {
		err = find_symbol(code, record, ip, is_kernel, &symbol);
		if (err)
			return err;
		script_line_symbol(fields, symbol, symbol, 0, text);
	}
	script_memo_keep(&code->memo, &key, text, first);
	return 0;
}

static void put_plain_address(struct text *text, uint64_t address)
{
	text_put(text, "0x", 2);
	text_put_hex(text, address, 0);
}

static void put_named_end(unsigned int fields,
			  const struct lbrvirt_symbol *symbol, uint64_t address,
			  struct text *text)
{
	if (fields & SCRIPT_BRSTACKSYM) {
		text_put_string(text, symbol->name);
		script_line_offset(symbol, symbol->offset, text);
	} else {
		put_plain_address(text, fields & SCRIPT_BRSTACKOFF ?
						symbol->dso_offset :
						address);
	}
	if (fields & SCRIPT_DSO)
		script_line_dso(symbol, text);
}

/* One end of a branch, as "brstack" or one of the other two has it. */
static int put_end(struct script_code *code, unsigned int fields,
		   const struct lbrvirt_record *record, uint64_t address,
		   struct text *text)
{
	const struct lbrvirt_symbol *symbol;
	/* Kernel addresses are the upper half. */
	int err = find_symbol(code, record, address, address >> 63, &symbol);

	if (!err)
		put_named_end(fields, symbol, address, text);
	return err;
}

static int put_ends(struct script_code *code, unsigned int fields,
		    const struct lbrvirt_record *record,
		    const struct lbrvirt_branch *branch, struct text *text)
{
	int err;

	/* perf has no blank before the names. */
	if (!(fields & SCRIPT_BRSTACKSYM))
		text_put_char(text, ' ');
	err = put_end(code, fields, record, branch->from, text);
	text_put_char(text, '/');
	if (!err)
		err = put_end(code, fields, record, branch->to, text);
	return err;
}

int script_code_branches(struct script_code *code, unsigned int fields,
			 const struct lbrvirt_record *record, struct text *text)
{
	struct script_memo_key key = { .fields = fields };
	int err = 0;

	if (fields == SCRIPT_BRSTACK) {
		script_line_branches(record->sample.branches,
				     record->sample.nr_branches, text);
		return 0;
	}
	key.epoch = epoch_of(code, record->pid);
	key.kernel_epoch = epoch_of(code, KERNEL_PID);
	for (size_t i = 0; !err && i < record->sample.nr_branches; i++) {
		const struct lbrvirt_branch *b = &record->sample.branches[i];
		size_t first = text->bytes.size;

		key.address = b->from;
		key.target = b->to;
		if (!script_memo_put(&code->memo, &key, text)) {
			err = put_ends(code, fields, record, b, text);
			if (!err)
				script_memo_keep(&code->memo, &key, text,
						 first);
		}
		script_line_flags(b, text);
	}
	return err;
}
