/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table is written as an object of columns, each an array.
 */
#include "config.h"

#include "export/firefox_tables.h"

#include <string.h>

/* Of resources: a program or library. */
#define TYPE_LIBRARY 1

/* The number that was interned as @id. */
static uint32_t number_of(const struct intern *table, size_t id)
{
	return *(const uint32_t *)intern_bytes(table, (uint32_t)id, NULL);
}

static void put_place(struct text *text, uint32_t place)
{
	if (place == FIREFOX_NOTHING)
		text_put_string(text, "null");
	else
		text_put_decimal(text, place, 0);
}

/* The place of what was interned before. */
static void put_string_of(struct firefox_tables *tables,
			  const struct intern *table, const char *string)
{
	uint32_t place = FIREFOX_NOTHING;

	intern_find(table, string, strlen(string), &place);
	put_place(&tables->firefox->job.text, place);
}

static const struct firefox_node *node_at(const struct firefox_tables *tables,
					  size_t i)
{
	return intern_bytes(tables->nodes, (uint32_t)i, NULL);
}

static void put_node_frame(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text, node_at(tables, i)->frame);
}

static void put_node_prefix(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text, node_at(tables, i)->prefix);
}

static const struct stacks_location *
location_at(const struct firefox_tables *tables, size_t i)
{
	return &tables->firefox->job.stacks
			->locations[tables->frames[i].location];
}

static void put_frame_address(struct firefox_tables *tables, size_t i)
{
	const struct stacks_location *location = location_at(tables, i);
	struct text *text = &tables->firefox->job.text;

	if (firefox_is_exact(location))
		text_put_decimal(text, stacks_address(location), 0);
	else
		text_put_string(text, "-1");
}

static void put_frame_depth(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text,
		  location_at(tables, i)->nr - 1 - tables->frames[i].nr);
}

static void put_frame_category(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text,
		  location_at(tables, i)->is_kernel ? FIREFOX_KERNEL :
						      FIREFOX_USER);
}

static void put_frame_function(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text, tables->frames[i].function);
}

static void put_frame_symbol(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text, tables->frames[i].symbol);
}

static void put_frame_line(struct firefox_tables *tables, size_t i)
{
	const struct lbrvirt_symbol *symbol =
		&location_at(tables, i)->symbols[tables->frames[i].nr];
	bool is_known = symbol->file && symbol->line;

	put_place(&tables->firefox->job.text,
		  is_known ? symbol->line : FIREFOX_NOTHING);
}

static void put_zero(struct firefox_tables *tables, size_t i)
{
	(void)i;
	put_place(&tables->firefox->job.text, 0);
}

static void put_null(struct firefox_tables *tables, size_t i)
{
	(void)i;
	put_place(&tables->firefox->job.text, FIREFOX_NOTHING);
}

static void put_false(struct firefox_tables *tables, size_t i)
{
	(void)i;
	text_put_string(&tables->firefox->job.text, "false");
}

static const struct stacks_function *
function_at(const struct firefox_tables *tables, size_t i)
{
	uint32_t id = number_of(tables->functions, i);

	return &tables->firefox->job.stacks->functions[id];
}

static void put_function_name(struct firefox_tables *tables, size_t i)
{
	put_string_of(tables, tables->firefox->strings,
		      function_at(tables, i)->symbol);
}

static void put_function_resource(struct firefox_tables *tables, size_t i)
{
	const char *dso = function_at(tables, i)->dso;
	uint32_t place = FIREFOX_NOTHING;
	uint32_t lib;

	if (!intern_find(tables->firefox->libs, dso, strlen(dso), &lib))
		intern_find(tables->resources, &lib, sizeof(lib), &place);
	put_place(&tables->firefox->job.text, place);
}

static void put_function_source(struct firefox_tables *tables, size_t i)
{
	const char *source =
		tables->firefox->source_of[number_of(tables->functions, i)];

	if (source)
		put_string_of(tables, tables->firefox->sources, source);
	else
		put_null(tables, i);
}

static const char *lib_at(const struct firefox_tables *tables, size_t i)
{
	return intern_bytes(tables->firefox->libs,
			    number_of(tables->resources, i), NULL);
}

static void put_resource_lib(struct firefox_tables *tables, size_t i)
{
	put_place(&tables->firefox->job.text, number_of(tables->resources, i));
}

static void put_resource_name(struct firefox_tables *tables, size_t i)
{
	put_string_of(tables, tables->firefox->strings, lib_at(tables, i));
}

static void put_resource_type(struct firefox_tables *tables, size_t i)
{
	(void)i;
	put_place(&tables->firefox->job.text, TYPE_LIBRARY);
}

static const struct firefox_symbol *
symbol_at(const struct firefox_tables *tables, size_t i)
{
	return intern_bytes(tables->symbols, (uint32_t)i, NULL);
}

static void put_symbol_lib(struct firefox_tables *tables, size_t i)
{
	size_t function = symbol_at(tables, i)->function;

	put_string_of(tables, tables->firefox->libs,
		      function_at(tables, function)->dso);
}

static void put_symbol_address(struct firefox_tables *tables, size_t i)
{
	text_put_decimal(&tables->firefox->job.text,
			 symbol_at(tables, i)->address, 0);
}

static void put_symbol_name(struct firefox_tables *tables, size_t i)
{
	put_function_name(tables, symbol_at(tables, i)->function);
}

struct column {
	const char *name;
	void (*put)(struct firefox_tables *tables, size_t i);
};

static const struct column stack_columns[] = {
	{ "frame", put_node_frame },
	{ "prefix", put_node_prefix },
};

static const struct column frame_columns[] = {
	{ "address", put_frame_address },
	{ "inlineDepth", put_frame_depth },
	{ "category", put_frame_category },
	{ "subcategory", put_zero },
	{ "func", put_frame_function },
	{ "nativeSymbol", put_frame_symbol },
	{ "innerWindowID", put_zero },
	{ "line", put_frame_line },
	{ "column", put_null },
};

static const struct column function_columns[] = {
	{ "name", put_function_name },
	{ "isJS", put_false },
	{ "relevantForJS", put_false },
	{ "resource", put_function_resource },
	{ "source", put_function_source },
	{ "lineNumber", put_null },
	{ "columnNumber", put_null },
};

static const struct column resource_columns[] = {
	{ "lib", put_resource_lib },
	{ "name", put_resource_name },
	{ "host", put_null },
	{ "type", put_resource_type },
};

static const struct column symbol_columns[] = {
	{ "libIndex", put_symbol_lib },
	{ "address", put_symbol_address },
	{ "name", put_symbol_name },
	{ "functionSize", put_null },
};

static int put_table(struct firefox_tables *tables, const char *name,
		     const struct column *columns, size_t nr_columns, size_t nr)
{
	struct text *text = &tables->firefox->job.text;
	int err = 0;

	text_put_string(text, ",\n\"");
	text_put_string(text, name);
	text_put_string(text, "\":{\"length\":");
	text_put_decimal(text, nr, 0);
	for (size_t c = 0; c < nr_columns; c++) {
		text_put_string(text, ",\n\"");
		text_put_string(text, columns[c].name);
		text_put_string(text, "\":[");
		for (size_t i = 0; !err && i < nr; i++) {
			if (i)
				text_put_char(text, ',');
			columns[c].put(tables, i);
			err = job_pass_on(&tables->firefox->job);
		}
		text_put_char(text, ']');
	}
	text_put_char(text, '}');
	return err;
}

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

int firefox_tables_put(struct firefox_tables *tables)
{
	int err = put_table(tables, "stackTable", COLUMNS(stack_columns),
			    intern_count(tables->nodes));

	if (!err)
		err = put_table(tables, "frameTable", COLUMNS(frame_columns),
				tables->nr_frames);
	if (!err)
		err = put_table(tables, "funcTable", COLUMNS(function_columns),
				intern_count(tables->functions));
	if (!err)
		err = put_table(tables, "resourceTable",
				COLUMNS(resource_columns),
				intern_count(tables->resources));
	if (!err)
		err = put_table(tables, "nativeSymbols",
				COLUMNS(symbol_columns),
				intern_count(tables->symbols));
	return err;
}
