/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of a script line that need nothing but the record at hand.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_LINE_H
#define LBRVIRT_EXPORT_SCRIPT_LINE_H

#include <lbrvirt/sample.h>
#include <lbrvirt/symbol.h>

#include "export/text.h"

/* The second that was printed last: many samples are of one. */
struct script_second {
	uint64_t second;
	unsigned int size; /* of digits and point; 0: none was printed */
	unsigned char digits[24];
};

/* comm and ids. */
void script_line_thread(const struct lbrvirt_record *record, const char *comm,
			unsigned int fields, struct text *text);

/* CPU and time. */
void script_line_when(const struct lbrvirt_record *record, unsigned int fields,
		      struct script_second *last, struct text *text);

/* Offset in the function, if there is one; and the file, in parentheses. */
void script_line_offset(const struct lbrvirt_symbol *symbol, uint64_t offset,
			struct text *text);
void script_line_dso(const struct lbrvirt_symbol *symbol, struct text *text);

/*
 * Function, offset, file and source, as far as they are of @fields. @function
 * is the one @symbol is inlined in, or @symbol itself; @back is taken off its
 * offset.
 */
void script_line_symbol(unsigned int fields,
			const struct lbrvirt_symbol *symbol,
			const struct lbrvirt_symbol *function,
			unsigned int back, struct text *text);

/* What stands behind the two ends of a branch, and a blank. */
void script_line_flags(const struct lbrvirt_branch *branch, struct text *text);

/* Branches by their addresses alone, with what stands behind them. A record has
 * no more than fit in its 64 KiB. */
void script_line_branches(const struct lbrvirt_branch *branches, size_t nr,
			  struct text *text);

/* A size of pages, as " 4K". */
void script_line_page_size(uint64_t size, struct text *text);

/* The mapping itself, without what stands before it in a line. */
void script_line_mmap(const struct lbrvirt_record *record, struct text *text);

#endif
