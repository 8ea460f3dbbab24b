/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines depend on the stack and on the fields alone, so they are kept under the
 * number that profile/stacks.h gives a distinct stack. A recording of ever new
 * stacks would fill the memory: beyond a limit all are forgotten.
 */
#include "config.h"

#include "export/script_chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/script_fields.h"
#include "export/script_line.h"

#define KEPT_MAX (64u * 1024 * 1024)

/* The lines of one distinct stack, in the text kept. */
struct script_lines {
	size_t at;
	size_t size;
};

int script_chain_init(struct script_chain *chain,
		      struct lbrvirt_resolver *resolver, bool has_verdict)
{
	chain->resolver = resolver;
	chain->has_verdict = has_verdict;
	return stacks_init(&chain->stacks, resolver, has_verdict);
}

void script_chain_fini(struct script_chain *chain)
{
	stacks_fini(&chain->stacks);
	text_fini(&chain->kept);
	free(chain->lines);
}

/*
 * How far the printed address lies before the frame's: perf prints the words
 * of a call chain as they are, but return addresses that it unwound itself
 * less one.
 */
static unsigned int step_back(unsigned int fields,
			      const struct lbrvirt_frame *frame)
{
	return frame->is_return && fields & SCRIPT_UNWOUND &&
			       frame->provenance != LBRVIRT_FROM_CHAIN &&
			       frame->provenance != LBRVIRT_FROM_KERNEL ?
		       1 :
		       0;
}

static int put_frame(struct script_chain *chain, unsigned int fields,
		     uint32_t pid, const struct lbrvirt_frame *frame)
{
	const struct lbrvirt_symbol *symbols;
	unsigned int back = step_back(fields, frame);
	struct text *text = &chain->kept;
	size_t nr;
	int err = lbrvirt_resolver_symbols(chain->resolver, pid, frame,
					   &symbols, &nr);

	if (err)
		return err;
	/* Addresses alone are one a frame: readers take them for the stack. */
	for (size_t i = fields & SCRIPT_SYM ? 0 : nr - 1; i < nr; i++) {
		const struct lbrvirt_symbol *function = &symbols[nr - 1];

		text_put_char(text, '\t');
		text_put_hex(text, function->dso_offset - back, 16);
		script_line_symbol(fields, &symbols[i], function, back, text);
		text_put_string(text,
				symbols[i].is_inlined ? " (inlined)\n" : "\n");
	}
	return 0;
}

/* Make the lines of the stack that was just added as number @id. */
static int keep_lines(struct script_chain *chain, unsigned int fields,
		      uint32_t pid, uint32_t id)
{
	const struct lbrvirt_stack *stack = &chain->stacks.stack;
	size_t at = chain->kept.bytes.size;
	void *lines = chain->lines;
	int err = array_reserve(&lines, &chain->lines_capacity, (size_t)id + 1,
				sizeof(*chain->lines));

	chain->lines = lines;
	for (size_t i = 0; !err && i < stack->nr; i++)
		err = put_frame(chain, fields, pid, &stack->frames[i]);
	if (err || chain->kept.is_short)
		return -ENOMEM;
	chain->lines[id] =
		(struct script_lines){ .at = at,
				       .size = chain->kept.bytes.size - at };
	return 0;
}

static int forget_lines(struct script_chain *chain)
{
	stacks_fini(&chain->stacks);
	memset(&chain->stacks, 0, sizeof(chain->stacks));
	chain->kept.bytes.size = 0;
	return stacks_init(&chain->stacks, chain->resolver, chain->has_verdict);
}

int script_chain_put(struct script_chain *chain, unsigned int fields,
		     const struct lbrvirt_record *record, struct text *text)
{
	const struct script_lines *lines;
	uint32_t id;
	int err;

	if (record->sample.user_stack_size)
		fields |= SCRIPT_UNWOUND;
	/* In place of a comm: equal stacks of other fields have other lines. */
	err = stacks_add(&chain->stacks, record, fields, &id);
	if (err == 1)
		err = keep_lines(chain, fields, record->pid, id);
	if (err)
		return err;
	lines = &chain->lines[id];
	/* Nothing may be kept as yet: a chain can be without a line. */
	if (lines->size)
		text_put(text, chain->kept.bytes.bytes + lines->at,
			 lines->size);
	return chain->kept.bytes.size > KEPT_MAX ? forget_lines(chain) : 0;
}
