/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as a page: one file that holds everything and fetches nothing. Two
 * elements that no browser executes carry the profile: one the facts about the
 * recording, as JSON; one names, tree and counts, packed. The packed bytes are
 * columns, since like stands beside like in them and deflates well:
 *
 *	files		length, bytes; for each
 *	functions	file, length, bytes; for each
 *	threads		process, thread, length, bytes; for each
 *	nodes		up; then function; then bits, but for the root
 *	counts		node less the row's before; then thread; CPU + 1 or 0;
 *			samples; period
 *
 * The script in export/page/profile.js reads them again. In a comparison, the
 * counts are others: export/html_diff.c.
 */
#include "config.h"

#include "export/html.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lbrvirt/export.h>

#include "base/error.h"
#include "export/html_pack.h"
#include "export/html_page.h"

static void pack_names(struct html_pack *pack, const struct html_tree *tree)
{
	for (size_t i = 0; i < tree->nr_dsos; i++)
		html_pack_text(pack, tree->dsos[i]);
	for (size_t i = 0; i < tree->nr_functions; i++) {
		html_pack_number(pack, tree->functions[i].dso);
		html_pack_text(pack, tree->functions[i].symbol);
	}
	for (size_t i = 0; i < tree->nr_threads; i++) {
		html_pack_number(pack, tree->threads[i].pid);
		html_pack_number(pack, tree->threads[i].tid);
		html_pack_text(pack, tree->threads[i].comm);
	}
}

static void pack_nodes(struct html_pack *pack, const struct html_tree *tree)
{
	for (size_t i = 1; i < tree->nr_nodes; i++)
		html_pack_number(pack, tree->nodes[i].up);
	for (size_t i = 1; i < tree->nr_nodes; i++)
		html_pack_number(pack, tree->nodes[i].function);
	for (size_t i = 1; i < tree->nr_nodes; i++)
		html_pack_bytes(pack, &tree->nodes[i].bits, 1);
}

static void pack_rows(struct html_pack *pack, const struct html_tree *tree)
{
	uint32_t before = 0;

	for (size_t i = 0; i < tree->nr_rows; i++) {
		html_pack_number(pack, tree->rows[i].node - before);
		before = tree->rows[i].node;
	}
	for (size_t i = 0; i < tree->nr_rows; i++)
		html_pack_number(pack, tree->rows[i].thread);
	for (size_t i = 0; i < tree->nr_rows; i++)
		html_pack_number(pack, tree->rows[i].cpu == PARTS_NO_CPU ?
					       0 :
					       (uint64_t)tree->rows[i].cpu + 1);
	for (size_t i = 0; i < tree->nr_rows; i++)
		html_pack_number(pack, tree->rows[i].samples);
	for (size_t i = 0; i < tree->nr_rows; i++)
		html_pack_number(pack, tree->rows[i].period);
}

static int write_packed(const struct html *html, FILE *out)
{
	struct html_pack *pack;
	int err = html_pack_new(out, &pack);

	if (err)
		return err;
	pack_names(pack, html->tree);
	pack_nodes(pack, html->tree);
	if (html->diff)
		html_diff_pack(pack, html->diff);
	else
		pack_rows(pack, html->tree);
	err = html_pack_finish(pack);
	html_pack_free(pack);
	return err;
}

int html_write(const struct html *html, FILE *out)
{
	int err;

	if (fputs(html_page_head, out) == EOF)
		return -EIO;
	err = json_about_write(&html->about, html->tree, out);
	if (!err && fputs(html_page_middle, out) == EOF)
		err = -EIO;
	if (!err)
		err = write_packed(html, out);
	if (!err && (fputs(html_page_tail, out) == EOF || fflush(out) == EOF))
		err = -EIO;
	return err;
}

int html_copy_opts(const struct lbrvirt_html_opts *opts,
		   struct lbrvirt_html_opts *ret_opts)
{
	const unsigned char *bytes = (const unsigned char *)opts;

	memset(ret_opts, 0, sizeof(*ret_opts));
	if (!opts)
		return 0;
	if (opts->size < sizeof(opts->size))
		return -EINVAL;
	for (size_t i = sizeof(*opts); i < opts->size; i++)
		if (bytes[i])
			return -EINVAL;
	memcpy(ret_opts, opts,
	       opts->size < sizeof(*opts) ? opts->size : sizeof(*opts));
	return 0;
}

int lbrvirt_export_html(struct lbrvirt_profile *profile,
			const struct lbrvirt_html_opts *opts, FILE *out)
{
	struct html_tree tree = { 0 };
	struct html html = { .tree = &tree, .about.after.profile = profile };
	int err;

	if (!profile || !out || html_copy_opts(opts, &html.about.after.opts))
		return error_set(
			profile ? profile->ctx : NULL, EINVAL,
			"a pointer is NULL, or the settings are of another version");
	err = html_tree_init(&tree);
	if (!err)
		err = html_tree_add(&tree, profile);
	if (!err)
		err = html_tree_finish(&tree);
	if (!err)
		err = html_write(&html, out);
	html_tree_fini(&tree);
	if (err == -ENOMEM)
		return error_set(profile->ctx, ENOMEM, "out of memory");
	if (err == -EIO)
		return error_set(profile->ctx, EIO,
				 "the page could not be written");
	return err;
}
