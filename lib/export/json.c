/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as JSON: what lbrprof report --json prints.
 */
#include "config.h"

#include "export/json.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "export/escape.h"

static struct json_object *string_of(const char *text)
{
	struct buffer clean = { 0 };
	struct json_object *string = NULL;

	if (!escape_append(&clean, text) && clean.size <= INT32_MAX)
		string = json_object_new_string_len((const char *)clean.bytes,
						    (int)clean.size);
	buffer_fini(&clean);
	return string;
}

int json_add(struct json_object *object, const char *key,
	     struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int json_add_count(struct json_object *object, const char *key, uint64_t count)
{
	return json_add(object, key, json_object_new_uint64(count));
}

int json_add_string(struct json_object *object, const char *key,
		    const char *text)
{
	return json_add(object, key, string_of(text));
}

int json_add_bool(struct json_object *object, const char *key, bool value)
{
	return json_add(object, key, json_object_new_boolean(value));
}

struct json_object *json_append_object(struct json_object *list)
{
	struct json_object *object = json_object_new_object();

	if (object && json_object_array_add(list, object)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

int json_write(struct json_object *root, FILE *out)
{
	const char *text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	if (fputs(text, out) == EOF || fputc('\n', out) == EOF ||
	    fflush(out) == EOF)
		return -EIO;
	return 0;
}

static int add_totals(struct json_object *root, struct lbrvirt_profile *profile,
		      const char *stack_source)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);
	struct json_object *stacks;

	if (json_add_count(root, "samples", totals->samples) ||
	    json_add_count(root, "lost", totals->lost) ||
	    json_add_string(root, "event", lbrvirt_profile_event(profile)) ||
	    json_add_string(root, "stack_source", stack_source))
		return -ENOMEM;
	stacks = json_object_new_object();
	if (json_add(root, "stacks", stacks) ||
	    json_add_count(stacks, "complete", totals->complete) ||
	    json_add_count(stacks, "truncated", totals->truncated) ||
	    json_add_count(stacks, "broken", totals->broken))
		return -ENOMEM;
	return 0;
}

/* @has_periods: samples do not all stand for the same, so counts of them say
 * little. */
static int add_symbol(struct json_object *list,
		      const struct lbrvirt_profile_symbol *symbol,
		      bool has_periods)
{
	struct json_object *object = json_append_object(list);

	if (!object)
		return -ENOMEM;
	if (json_add_string(object, "symbol", symbol->symbol) ||
	    json_add_string(object, "dso", symbol->dso) ||
	    json_add_count(object, "self", symbol->self) ||
	    json_add_count(object, "total", symbol->total))
		return -ENOMEM;
	if (!has_periods)
		return 0;
	if (json_add_count(object, "self_period", symbol->self_period) ||
	    json_add_count(object, "total_period", symbol->total_period))
		return -ENOMEM;
	return 0;
}

static int add_symbols(struct json_object *root,
		       struct lbrvirt_profile *profile, bool has_periods)
{
	const struct lbrvirt_profile_symbol *symbols;
	struct json_object *list;
	size_t nr;
	int err = lbrvirt_profile_symbols(profile, &symbols, &nr);

	if (err)
		return err;
	list = json_object_new_array();
	err = json_add(root, "symbols", list);
	for (size_t i = 0; !err && i < nr; i++)
		err = add_symbol(list, &symbols[i], has_periods);
	return err;
}

static int add_steal(struct json_object *root,
		     const struct lbrvirt_perfdata *data)
{
	struct json_object *list = json_object_new_array();
	struct lbrvirt_steal steal;
	int err = json_add(root, "steal", list);

	for (size_t i = 0;
	     !err && data && lbrvirt_perfdata_steal(data, i, &steal) == 0;
	     i++) {
		struct json_object *object = json_append_object(list);

		if (!object ||
		    json_add_count(object, "begin_ns", steal.begin_ns) ||
		    json_add_count(object, "end_ns", steal.end_ns) ||
		    json_add(object, "percent",
			     json_object_new_double(steal.percent)))
			err = -ENOMEM;
	}
	return err;
}

int lbrvirt_export_json(struct lbrvirt_profile *profile,
			const char *stack_source,
			const struct lbrvirt_perfdata *data, FILE *out)
{
	struct json_object *root;
	int err;

	if (!profile || !out)
		return -EINVAL;
	root = json_object_new_object();
	if (!root)
		return -ENOMEM;
	err = add_totals(root, profile, stack_source ? stack_source : "none");
	if (!err)
		err = add_symbols(root, profile,
				  lbrvirt_perfdata_note(data, "overhead"));
	if (!err)
		err = json_add_count(root, "period",
				     lbrvirt_profile_totals(profile)->period);
	if (!err)
		err = add_steal(root, data);
	if (!err)
		err = json_write(root, out);
	json_object_put(root);
	return err;
}
