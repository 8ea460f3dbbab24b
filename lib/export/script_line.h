/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of a script line that need nothing but the record at hand.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_LINE_H
#define LBRVIRT_EXPORT_SCRIPT_LINE_H

#include <stdio.h>

#include <lbrvirt/sample.h>

/* comm, ids, CPU and time. @is_narrow: a call chain follows. */
void script_line_start(const struct lbrvirt_record *record, const char *comm,
		       unsigned int fields, bool is_narrow, FILE *out);

/* One branch, with a blank before and after it. @dsos: the files of its two
 * addresses; NULL: they are not printed. */
void script_line_branch(const struct lbrvirt_branch *branch,
			const char *const dsos[2], FILE *out);

/* The mapping itself, without what script_line_start() prints. */
void script_line_mmap(const struct lbrvirt_record *record, FILE *out);

#endif
