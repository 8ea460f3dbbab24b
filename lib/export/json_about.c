/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON inside HTML. A script element ends at the first "</script" whatever
 * stands around it, and "<!--" changes where it ends; JSON has "<" in strings
 * alone, where an escape means the same.
 */
#include "config.h"

#include "export/json_about.h"

#include <errno.h>
#include <string.h>

#include "export/job.h"
#include "export/json.h"
#include "export/json_diff.h"

/* Of what the script reads. */
#define FORMAT 2

static int add_optional(struct json_object *object, const char *key,
			const char *text)
{
	return text ? json_add_string(object, key, text) : 0;
}

static int add_command(struct json_object *root,
		       const struct lbrvirt_perfdata_header *header)
{
	struct json_object *words = json_object_new_array();
	int err = json_add(root, "command", words);

	for (size_t i = 0; !err && i < header->nr_cmdline; i++) {
		struct json_object *word = json_append_object(words);

		err = word ? json_add_string(word, "word", header->cmdline[i]) :
			     -ENOMEM;
	}
	return err;
}

static int add_recording(struct json_object *root,
			 const struct lbrvirt_perfdata *recording)
{
	const struct lbrvirt_perfdata_header *header =
		lbrvirt_perfdata_header(recording);

	if (!header)
		return 0;
	if (add_command(root, header) ||
	    add_optional(root, "hostname", header->hostname) ||
	    add_optional(root, "kernel", header->osrelease) ||
	    add_optional(root, "arch", header->arch) ||
	    add_optional(root, "cpu", header->cpudesc) ||
	    json_add_count(root, "cpus", header->nr_cpus_online) ||
	    json_add_bool(root, "finished", header->is_finished) ||
	    add_optional(root, "ladder",
			 lbrvirt_perfdata_note(recording, "ladder")) ||
	    add_optional(root, "overhead",
			 lbrvirt_perfdata_note(recording, "overhead")))
		return -ENOMEM;
	return 0;
}

static int add_event(struct json_object *root, const char *name,
		     const struct lbrvirt_perfdata *recording)
{
	const struct lbrvirt_event *event;
	size_t i = 0;

	if (json_add_string(root, "event", name) ||
	    json_add_bool(root, "is_time", job_is_clock(name, recording)))
		return -ENOMEM;
	while ((event = lbrvirt_perfdata_event(recording, i++)))
		if (strcmp(event->name, name) == 0)
			break;
	if (!event)
		return 0;
	return json_add_count(root, event->attr.freq ? "rate" : "every",
			      event->attr.freq ? event->attr.sample_freq :
						 event->attr.sample_period);
}

static int add_steal(struct json_object *root,
		     const struct lbrvirt_perfdata *recording)
{
	struct json_object *list = json_object_new_array();
	struct lbrvirt_steal steal;
	int err = json_add(root, "steal", list);

	for (size_t i = 0; !err && recording &&
			   lbrvirt_perfdata_steal(recording, i, &steal) == 0;
	     i++) {
		struct json_object *object = json_append_object(list);

		if (!object ||
		    json_add_count(object, "begin_ns",
				   steal.begin_ns - steal.origin_ns) ||
		    json_add_count(object, "end_ns",
				   steal.end_ns - steal.origin_ns) ||
		    json_add(object, "percent",
			     json_object_new_double(steal.percent)))
			err = -ENOMEM;
	}
	return err;
}

static int add_integrity(struct json_object *totals_object,
			 const struct lbrvirt_profile_totals *totals)
{
	size_t nr = sizeof(totals->integrity) / sizeof(totals->integrity[0]);
	struct json_object *object = json_object_new_object();
	int err = json_add(totals_object, "integrity", object);

	for (size_t i = LBRVIRT_INTEGRITY_INTACT; !err && i < nr; i++)
		if (totals->integrity[i])
			err = json_add_count(object,
					     lbrvirt_integrity_text(
						     (enum lbrvirt_integrity)i),
					     totals->integrity[i]);
	return err;
}

static int add_origins(struct json_object *totals_object,
		       const struct lbrvirt_profile_totals *totals)
{
	struct json_object *list = json_object_new_array();
	int err = json_add(totals_object, "origins", list);

	for (size_t i = 0; !err && i < STACKS_PROVENANCES; i++)
		if (json_object_array_add(
			    list, json_object_new_uint64(
					  totals->frames_by_provenance[i])))
			err = -ENOMEM;
	return err;
}

static int add_totals(struct json_object *root, struct lbrvirt_profile *profile)
{
	const struct lbrvirt_profile_totals *totals =
		lbrvirt_profile_totals(profile);
	struct json_object *object = json_object_new_object();

	if (json_add(root, "totals", object) ||
	    json_add_count(object, "samples", totals->samples) ||
	    json_add_count(object, "period", totals->period) ||
	    json_add_count(object, "lost", totals->lost) ||
	    json_add_count(object, "complete", totals->complete) ||
	    json_add_count(object, "truncated", totals->truncated) ||
	    json_add_count(object, "broken", totals->broken) ||
	    json_add_count(object, "unknown", totals->unknown) ||
	    json_add_count(object, "stacks", totals->nr_stacks) ||
	    json_add_count(object, "filtered", totals->filtered_out) ||
	    json_add_count(object, "span_ns",
			   totals->last_ns - totals->first_ns) ||
	    add_integrity(object, totals) || add_origins(object, totals))
		return -ENOMEM;
	return 0;
}

/* How many there are of what the packed bytes hold. */
static int add_sizes(struct json_object *root, const struct html_tree *tree)
{
	if (json_add_count(root, "format", FORMAT) ||
	    json_add_count(root, "nr_dsos", tree->nr_dsos) ||
	    json_add_count(root, "nr_functions", tree->nr_functions) ||
	    json_add_count(root, "nr_threads", tree->nr_threads) ||
	    json_add_count(root, "nr_nodes", tree->nr_nodes) ||
	    json_add_count(root, "nr_rows", tree->nr_rows))
		return -ENOMEM;
	return 0;
}

static int write_escaped(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t nr = strcspn(text, "<");

		if (fwrite(text, 1, nr, out) != nr)
			return -EIO;
		text += nr;
		if (*text == '\0')
			break;
		if (fputs("\\u003c", out) == EOF)
			return -EIO;
		text++;
	}
	return 0;
}

static int add_side(struct json_object *object,
		    const struct json_about_side *side)
{
	const struct lbrvirt_html_opts *opts = &side->opts;

	if (add_optional(object, "title", opts->title) ||
	    add_optional(object, "stack_source", opts->stack_source) ||
	    json_add_bool(object, "by_period", opts->by_period) ||
	    add_recording(object, opts->recording) ||
	    add_event(object, lbrvirt_profile_event(side->profile),
		      opts->recording) ||
	    add_steal(object, opts->recording) ||
	    add_totals(object, side->profile))
		return -ENOMEM;
	return 0;
}

static int add_diff(struct json_object *root, const struct json_about *about)
{
	struct json_object *before = json_object_new_object();
	struct json_object *diff = json_object_new_object();
	int err = json_add(root, "before", before);

	if (json_add(root, "diff", diff))
		err = -ENOMEM;
	if (!err)
		err = add_side(before, &about->before);
	if (!err)
		err = json_diff_add_totals(diff,
					   lbrvirt_diff_totals(about->diff));
	return err;
}

int json_about_write(const struct json_about *about,
		     const struct html_tree *tree, FILE *out)
{
	struct json_object *root = json_object_new_object();
	const char *text = NULL;
	int err = root ? add_sizes(root, tree) : -ENOMEM;

	if (!err)
		err = add_side(root, &about->after);
	if (!err && about->diff)
		err = add_diff(root, about);
	if (!err)
		text = json_object_to_json_string_ext(
			root, JSON_C_TO_STRING_PLAIN |
				      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!err)
		err = text ? write_escaped(text, out) : -ENOMEM;
	json_object_put(root);
	return err;
}
