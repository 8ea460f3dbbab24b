/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An annotated function as JSON. What was not recorded is left out, and never
 * a zero.
 */
#include "config.h"

#include "export/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Addresses as text: readers of JSON make floating-point numbers of others,
 * which 64 bits do not fit into. */
static int add_address(struct json_object *object, const char *key,
		       uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_add_string(object, key, text);
}

static int add_head(struct json_object *root,
		    const struct lbrvirt_annotation *annotation)
{
	if (json_add_string(root, "symbol", annotation->symbol) ||
	    json_add_string(root, "dso", annotation->dso) ||
	    json_add_string(root, "path", annotation->path) ||
	    add_address(root, "start", annotation->start) ||
	    add_address(root, "end", annotation->end) ||
	    json_add_count(root, "samples", annotation->samples) ||
	    json_add_count(root, "period", annotation->period) ||
	    json_add_count(root, "misplaced", annotation->misplaced) ||
	    json_add_count(root, "all_samples", annotation->all_samples) ||
	    json_add_count(root, "all_period", annotation->all_period) ||
	    json_add_count(root, "other_places", annotation->nr_other_places))
		return -ENOMEM;
	if (annotation->newer_source)
		return json_add_string(root, "newer_source",
				       annotation->newer_source);
	return 0;
}

static int add_instruction(struct json_object *list,
			   const struct lbrvirt_instruction *insn)
{
	struct json_object *object = json_append_object(list);

	if (!object || add_address(object, "address", insn->address) ||
	    json_add_string(object, "text", insn->text) ||
	    json_add_count(object, "samples", insn->samples) ||
	    json_add_count(object, "period", insn->period) ||
	    json_add_count(object, "block", insn->block))
		return -ENOMEM;
	if (insn->line != LBRVIRT_ANNOTATE_NONE &&
	    json_add_count(object, "line", insn->line))
		return -ENOMEM;
	if (insn->has_target && add_address(object, "target", insn->target))
		return -ENOMEM;
	if (!insn->target_name)
		return 0;
	if (json_add_string(object, "target_symbol", insn->target_name) ||
	    json_add_count(object, "target_offset", insn->target_offset))
		return -ENOMEM;
	return 0;
}

static int add_block(struct json_object *list,
		     const struct lbrvirt_annotation *annotation,
		     const struct lbrvirt_basic_block *block)
{
	const struct lbrvirt_instruction *first =
		&annotation->instructions[block->first];
	struct json_object *object = json_append_object(list);

	if (!object || add_address(object, "address", first->address) ||
	    json_add_count(object, "instructions", block->nr) ||
	    json_add_count(object, "samples", block->samples) ||
	    json_add_count(object, "period", block->period))
		return -ENOMEM;
	if (annotation->has_blocks &&
	    (json_add_count(object, "executions", block->executions) ||
	     json_add_count(object, "branched", block->branched)))
		return -ENOMEM;
	if (annotation->has_cycles &&
	    (json_add_count(object, "timed", block->timed) ||
	     json_add(object, "cycles",
		      json_object_new_double(block->cycles)) ||
	     json_add_bool(object, "shared_cycles", block->has_shared_cycles)))
		return -ENOMEM;
	if (annotation->has_branches &&
	    json_add_count(object, "taken", block->taken))
		return -ENOMEM;
	if (annotation->has_predictions &&
	    (json_add_count(object, "predicted", block->predicted) ||
	     json_add_count(object, "mispredicted", block->mispredicted)))
		return -ENOMEM;
	return 0;
}

static int add_line(struct json_object *list,
		    const struct lbrvirt_source_line *line)
{
	struct json_object *object = json_append_object(list);

	if (!object || json_add_string(object, "file", line->file) ||
	    json_add_count(object, "line", line->line) ||
	    json_add_count(object, "samples", line->samples) ||
	    json_add_count(object, "period", line->period))
		return -ENOMEM;
	return line->text ? json_add_string(object, "text", line->text) : 0;
}

static int add_lists(struct json_object *root,
		     const struct lbrvirt_annotation *annotation)
{
	struct json_object *lines = json_object_new_array();
	struct json_object *blocks = NULL;
	struct json_object *instructions = NULL;
	int err = json_add(root, "lines", lines);

	for (size_t i = 0; !err && i < annotation->nr_lines; i++)
		err = add_line(lines, &annotation->lines[i]);
	if (!err) {
		blocks = json_object_new_array();
		err = json_add(root, "blocks", blocks);
	}
	for (size_t i = 0; !err && i < annotation->nr_blocks; i++)
		err = add_block(blocks, annotation, &annotation->blocks[i]);
	if (!err) {
		instructions = json_object_new_array();
		err = json_add(root, "instructions", instructions);
	}
	for (size_t i = 0; !err && i < annotation->nr_instructions; i++)
		err = add_instruction(instructions,
				      &annotation->instructions[i]);
	return err;
}

int lbrvirt_export_annotation_json(const struct lbrvirt_annotation *annotation,
				   FILE *out)
{
	struct json_object *root;
	int err;

	if (!annotation || !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	err = add_head(root, annotation);
	if (!err)
		err = add_lists(root, annotation);
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}
