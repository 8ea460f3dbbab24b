/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a script says of code: of the address that was sampled, and of the ends
 * of branches.
 */
#ifndef LBRVIRT_EXPORT_SCRIPT_CODE_H
#define LBRVIRT_EXPORT_SCRIPT_CODE_H

#include <lbrvirt/sample.h>
#include <lbrvirt/symbol.h>

#include "export/script_memo.h"
#include "export/text.h"

/* script_memo_init() and _fini() are the owner's. */
struct script_code {
	struct lbrvirt_resolver *resolver; /* borrowed */
	struct script_memo memo;
};

/* " ADDRESS" with the names that @fields asks for. 0, or the resolver's error. */
int script_code_address(struct script_code *code, unsigned int fields,
			const struct lbrvirt_record *record, struct text *text);

/* All branches of the sample; @fields has one of their kinds. The same. */
int script_code_branches(struct script_code *code, unsigned int fields,
			 const struct lbrvirt_record *record,
			 struct text *text);

#endif
